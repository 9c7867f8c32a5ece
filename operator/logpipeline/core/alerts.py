"""Backlog -> an alert that is pending, firing, resolved. Transitions only; status keeps what they made."""

from collections.abc import Sequence
from dataclasses import replace

from logpipeline.api.conditions import Reason
from logpipeline.api.pipeline import Alerts
from logpipeline.api.status import AlertState
from logpipeline.core.model import Alert, Announcement, Measures, Urgency

BACKLOG_CRITICAL = "BacklogCritical"
RESOLVED_SHARE = 0.9
"""An alert is over when the backlog is this far below its threshold, or it would flap around it."""


def total_excess(stages: Sequence[Measures | None]) -> float | None:
    """Excess records of all stages that could be measured; None when none could."""
    known = [measures.exceeding for measures in stages if measures is not None]
    return sum(known) if known else None


def backlog_alert(
    alerts: Alerts, before: Alert | None, stages: Sequence[Measures | None], now: float
) -> tuple[Alert | None, tuple[Announcement, ...]]:
    """The next state of `BacklogCritical`, and what to tell. What is not known can raise it, not end it."""
    backlog = total_excess(stages)
    certain = all(measures is not None and not measures.lower_bound for measures in stages)
    message = f"{backlog or 0:,.0f} records wait in the pipeline; the threshold is {alerts.backlog:,}."
    if backlog is not None and backlog > alerts.backlog:
        return _raised(alerts, before, message, now)
    below = backlog is not None and backlog <= alerts.backlog * RESOLVED_SHARE
    if before is not None and certain:
        before = replace(before, message=message)
    if before is None or not certain or (before.state is AlertState.FIRING and not below):
        return before, ()
    if before.state is AlertState.PENDING:
        return None, ()
    took = f"{message} It fired {now - before.since:.0f} s ago."
    return None, (
        Announcement(Urgency.NORMAL, Reason.ALERT_RESOLVED, f"{BACKLOG_CRITICAL} resolved: {took}"),
    )


def _raised(
    alerts: Alerts, before: Alert | None, message: str, now: float
) -> tuple[Alert, tuple[Announcement, ...]]:
    pending = before or Alert(
        BACKLOG_CRITICAL, AlertState.PENDING, now, f"{BACKLOG_CRITICAL}-{now:.0f}", message
    )
    held = now - pending.since >= alerts.for_.total_seconds()
    if pending.state is AlertState.FIRING or not held:
        return Alert(pending.name, pending.state, pending.since, pending.id, message), ()
    fired = Alert(pending.name, AlertState.FIRING, now, pending.id, message)
    return fired, (Announcement(Urgency.WARNING, Reason.ALERT_FIRED, f"{BACKLOG_CRITICAL}: {message}"),)

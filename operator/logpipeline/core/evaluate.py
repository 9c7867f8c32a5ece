"""A window of readings -> backlog, rates and ages of one stage.

Rates come from counters that only grow (log end offsets, committed offsets), so a late or a lost reading
costs precision and never correctness. Arrays are (P,) over the partitions of the newest sample.
"""

import numpy as np

from logpipeline.api.conditions import Reason
from logpipeline.core.history import History, history_of
from logpipeline.core.model import Measures, Missing, Rates, Sample, Sharing, Window

ARRIVAL_SECONDS = (60.0, 300.0)
"""Arrival is the larger of its means over these: quick to see growth, slow to forget it."""
CONSUMPTION_SECONDS = 30.0
SLOPE_SECONDS = 30.0
"""Consumption is the mean over this, or over three commit intervals where those are longer."""
STALE_INTERVALS = 6
"""A newest reading older than so many usual intervals is no measurement any more."""
USUAL_INTERVAL_SECONDS = 5.0
MAX_FLOW_SECONDS = 30.0
"""At most so much consumption is taken to be in flow between two commits."""
LONGEST_DRAIN_SECONDS = 604_800.0
"""A backlog that takes longer than the longest `drainWithin` is as good as not shrinking."""


def evaluate(window: Window, now: float) -> Measures | Missing:
    """What `window` says at `now`; Missing when its newest reading is, or is stale, or there is none."""
    if not window:
        return Missing(now, Reason.NOT_YET_MEASURED, "Nothing has been measured yet.")
    newest = window[-1]
    if isinstance(newest, Missing):
        return newest
    history = history_of(window, newest)
    if now - newest.at > STALE_INTERVALS * max(USUAL_INTERVAL_SECONDS, history.interval_seconds):
        age = now - newest.at
        return Missing(now, Reason.SOURCE_TOO_SLOW, f"The last measurement is {age:.0f} s old.")
    return _measures(newest, history, now)


def _measures(newest: Sample, history: History, now: float) -> Measures:
    arrival = np.fmax(*(history.produced_per_second(seconds) for seconds in ARRIVAL_SECONDS))
    commit_interval = history.commit_interval_seconds
    consumption = history.consumed_per_second(max(CONSUMPTION_SECONDS, 3 * commit_interval))
    known = not bool(np.isnan(arrival).any())
    arrival_or_none = None if np.isnan(arrival).all() else np.nan_to_num(arrival)
    consumption_or_none = None if np.isnan(consumption).all() else np.nan_to_num(consumption)
    excess = _excess(newest, consumption_or_none, commit_interval)
    return Measures(
        at=newest.at,
        sharing=newest.sharing,
        partitions=newest.partitions,
        missing=len(newest.missing),
        lower_bound=not (newest.complete and known),
        backlog=newest.backlog,
        excess=excess,
        arrival=arrival_or_none,
        slope=_slope(history),
        consumption=consumption_or_none,
        oldest_seconds=_oldest_seconds(newest, history, now),
        drain_seconds=_drain_seconds(excess, arrival_or_none, consumption_or_none),
        estimated=newest.estimated,
        group=newest.group,
        missing_because=newest.missing_because,
    )


def _excess(newest: Sample, consumption: Rates | None, commit_interval_seconds: float) -> Rates:
    """(P,) records beyond what was consumed and is not committed yet: two commit intervals of flow.

    Commits are a staircase: between two of them a healthy group shows lag that nobody has to work off.
    A Redis group acknowledges record by record, so all that waits there is excess.
    """
    backlog = newest.backlog.astype(np.float64)
    if newest.sharing is Sharing.SHARED or consumption is None:
        return backlog
    flow = consumption * min(2 * commit_interval_seconds, MAX_FLOW_SECONDS)
    excess: Rates = np.maximum(backlog - flow, 0.0)
    return excess


def _slope(history: History) -> float:
    """Growth of the total arrival between the two halves of the last minute, records/s per second.

    Over longer spans a burst that is over would look like growth as long as the later one holds it.
    """
    if history.span_seconds < 1.5 * SLOPE_SECONDS:
        return 0.0
    recent = float(np.nansum(history.produced_per_second(SLOPE_SECONDS)))
    both = float(np.nansum(history.produced_per_second(2 * SLOPE_SECONDS)))
    return max(0.0, 2 * (recent - both) / SLOPE_SECONDS)


def _oldest_seconds(newest: Sample, history: History, now: float) -> float | None:
    """How long the oldest record has waited: told by the source, or since the log passed the group's offset.

    Where a record already waited when the window began it is at least so old.
    """
    if not newest.backlog.any():
        return 0.0
    if newest.oldest_at is not None:
        return max(0.0, now - newest.oldest_at)
    since = history.end_passed(newest.consumed)[newest.backlog > 0]
    if history.span_seconds == 0 or np.isnan(since).all():
        return None
    return max(0.0, now - float(np.nanmin(since)))


def _drain_seconds(excess: Rates, arrival: Rates | None, consumption: Rates | None) -> float | None:
    total = float(excess.sum())
    if total == 0:
        return 0.0
    if arrival is None or consumption is None:
        return None
    pace = float(consumption.sum() - arrival.sum())
    return total / pace if pace > total / LONGEST_DRAIN_SECONDS else None

"""Rates and backlog -> the records/s that the replicas of a stage must be able to take."""

from dataclasses import dataclass

import numpy as np

from logpipeline.api.pipeline import Scaling
from logpipeline.core.figures import spell_count, spell_rate
from logpipeline.core.limits import TRICKLE_SECONDS, is_late
from logpipeline.core.model import Applied, Measures
from logpipeline.core.readings import Rates
from logpipeline.core.rules import Rule

DEFAULT_UTILIZATION_PERCENT = 70
REBALANCE_SECONDS = 5.0
"""What a consumer group is taken to stand still for when its members change."""
TICK_SECONDS = 5.0
LOOK_AHEAD_LIMIT = 2.0
"""However steep the growth, at most so many times the present arrival is expected."""


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """What the records ask for."""

    load: Rates
    """(P,) records/s that must be taken."""
    rules: tuple[Applied, ...]


def lead_seconds(start_up_seconds: float) -> float:
    """From the moment a count is decided to the moment it works."""
    return start_up_seconds + REBALANCE_SECONDS + TICK_SECONDS


def demand(
    measures: Measures,
    scaling: Scaling,
    *,
    at_work: float,
    lead: float,
    alert_backlog: int,
    settled: bool = True,
) -> Demand:
    """The load of each partition: the largest of what arrives, what drains and what keeps an alert away.

    `at_work` is what the ready replicas can take, in records/s, and what was measured of the last minute was
    their doing where they are `settled`; `lead` seconds pass until others can.
    """
    arrival = np.zeros(len(measures.partitions)) if measures.arrival is None else measures.arrival
    ahead = look_ahead(arrival, measures.slope, lead)
    utilization = (scaling.target_utilization_percent or DEFAULT_UTILIZATION_PERCENT) / 100
    steady = ahead / utilization
    expected = (
        "not known yet" if measures.arrival is None else f"{spell_rate(ahead.sum())} at {utilization:.0%}"
    )
    rules = [Applied(Rule.ARRIVAL_TERM, expected)]

    within = scaling.drain_within.total_seconds()
    draining = drain_load(arrival, measures.excess, within)
    load: Rates = np.maximum(steady, draining)
    if (draining > steady).any():
        waiting, arriving = spell_count(measures.excess.sum()), spell_rate(arrival.sum())
        rules.append(Applied(Rule.DRAIN_TERM, f"{waiting} in {within:.0f} s on top of {arriving}"))

    if measures.arrival is None and settled and is_late(measures, scaling):
        guessed = guessed_load(measures, at_work, within)
        if (guessed > load).any():
            load = np.maximum(load, guessed)
            waiting, growing = spell_count(measures.excess.sum()), spell_rate(measures.pace or 0.0)
            numbers = f"{waiting} waiting, growing by {growing} beside {spell_rate(at_work)} at work"
            rules.append(Applied(Rule.ARRIVAL_UNKNOWN, numbers))

    warding = alert_load(ahead, measures.excess, at_work, lead, alert_backlog)
    if (warding > load).any():
        load = np.maximum(load, warding)
        numbers = f"{spell_rate(load.sum())} bring it below {spell_count(alert_backlog)} in {lead:.0f} s"
        rules.append(Applied(Rule.ALERT_TERM, numbers))
    return Demand(load, tuple(rules))


def look_ahead(arrival: Rates, slope: float, lead: float) -> Rates:
    """(P,) records/s expected when a count decided now works, along the recent slope."""
    total = float(arrival.sum())
    if total == 0:
        return arrival
    expected: Rates = arrival * min(1 + slope * lead / total, LOOK_AHEAD_LIMIT)
    return expected


def drain_load(arrival: Rates, excess: Rates, within: float) -> Rates:
    """(P,) records/s that empty the excess `within` seconds, with what the rebalance itself adds."""
    load: Rates = np.where(excess > 0, arrival + (excess + arrival * REBALANCE_SECONDS) / within, 0.0)
    return load


def guessed_load(measures: Measures, at_work: float, within: float) -> Rates:
    """(P,) records/s that empty the excess `within` seconds, where what arrives is told by nobody.

    While so much waits all that are at work are busy: what arrives is what they take, and the growth of what
    waits. Zeros where that is not known, or where no more waits than they take in a moment.
    """
    total = float(measures.excess.sum())
    if measures.pace is None or total <= at_work * min(TRICKLE_SECONDS, within):
        return np.zeros_like(measures.excess)
    asked = max(0.0, at_work + measures.pace + total / within)
    load: Rates = measures.excess * (asked / total)
    return load


def alert_load(ahead: Rates, excess: Rates, at_work: float, lead: float, alert_backlog: int) -> Rates:
    """(P,) records/s that bring the backlog back to its alert threshold as soon as can be; zeros below it.

    Replicas decided now work after `lead` seconds. What waits by then is the excess, and what comes in
    beyond the `at_work` records/s that the replicas of today can take. What of that is above the threshold
    is to be gone within another `lead`.
    """
    arriving = float(ahead.sum())
    growth = max(0.0, arriving - at_work) * lead
    waiting = excess + (ahead * (growth / arriving) if arriving > 0 else 0.0)
    total = float(waiting.sum())
    if total <= alert_backlog:
        return np.zeros_like(ahead)
    load: Rates = ahead + waiting * ((1 - alert_backlog / total) / lead)
    return load

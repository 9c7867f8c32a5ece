"""Rates and backlog -> the records/s that the replicas of a stage must be able to take."""

from dataclasses import dataclass

import numpy as np

from logpipeline.api.duration import spell
from logpipeline.api.pipeline import Scaling
from logpipeline.core.arrays import some, sum_of
from logpipeline.core.capacity import Known
from logpipeline.core.figures import spell_count, spell_rate
from logpipeline.core.headroom import Pace, found_utilization, utilization
from logpipeline.core.limits import TRICKLE_SECONDS, is_late
from logpipeline.core.model import Applied, Measures
from logpipeline.core.readings import Rates
from logpipeline.core.rules import Rule

TICK_SECONDS = 5.0
STRIDE_SECONDS = 240.0
"""A step up is to do for so long beyond its lead: each costs a rebalance."""
LOOK_AHEAD_LIMIT = 2.0
"""However steep the growth, at most so many times the present arrival is expected."""


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """What the records ask for."""

    load: Rates
    """(P,) records/s that must be taken, each partition by the consumer that reads it."""
    total: float
    """Records/s that all replicas together must be able to take: the load, with the head room of the
    whole."""
    rules: tuple[Applied, ...]


def pace_of(start_up_seconds: float, pause_seconds: float) -> Pace:
    """From the moment a count is decided to the moment it works, and what the change itself costs."""
    return Pace(start_up_seconds + pause_seconds + TICK_SECONDS, pause_seconds)


def demand(
    measures: Measures,
    scaling: Scaling,
    capacity: Known,
    *,
    at_work: float,
    pace: Pace,
    alert_backlog: int,
    settled: bool = True,
    queued: Rates | None = None,
    coming: float | None = None,
) -> Demand:
    """The load of each partition: the largest of what arrives, what drains and what keeps an alert away.

    `at_work` is what the ready replicas can take, in records/s, and what was measured of the last minute
    was their doing where they are `settled`; others can after the lead of `pace`. Head room that the spec
    asks for belongs to the whole: a partition cannot be divided, so for the one consumer that has most of
    them only what noise, pauses and doubt need is added.

    A count that has to change is to do for a while, with what will be `queued` by then; and `coming`
    records/s may be about to come of the stage before: the larger of them and what arrives counts, never
    both.
    """
    lead = pace.lead
    excess = measures.excess
    if queued is not None:
        lead, excess = lead + STRIDE_SECONDS, np.maximum(excess, queued)
    arrival = np.zeros(len(measures.partitions)) if measures.arrival is None else measures.arrival
    ahead = look_ahead(arrival, measures.slope, lead)
    planned = utilization(scaling, measures.noise, pace, capacity.confidence)
    found = found_utilization(scaling, measures.noise, pace, capacity.confidence)
    steady = ahead / max(planned, found)
    arriving = sum_of(ahead)
    asked = capacity.replicas(arriving / planned)
    expected = (
        "arrival not known yet"
        if measures.arrival is None
        else f"arrival {spell_rate(arriving)} needs {asked} at {100 * planned:.0f} % "
        f"(c={spell_rate(capacity.records_per_second)}, {capacity.origin})"
    )
    rules = [Applied(Rule.ARRIVAL_TERM, expected)]

    if coming is not None and coming > arriving:
        ahead = raised_to(ahead, coming)
        arriving = sum_of(ahead)
        steady = ahead / max(planned, found)
        more = capacity.replicas(coming / planned) - asked
        asked += more
        rules.append(Applied(Rule.FLOW, f"+{more} as {spell_rate(coming)} will come of the stage before"))

    within = scaling.drain_within.total_seconds()
    load, draining = steady, drain_load(arrival, excess, within, pace.pause)
    if some(draining > load):
        load = np.maximum(load, draining)
        more, waiting = _more(asked, load, capacity), spell_count(measures.exceeding)
        asked += more
        numbers = f"+{more} to drain {waiting} in {spell(scaling.drain_within)}"
        rules.append(Applied(Rule.DRAIN_TERM, numbers))

    if measures.arrival is None and settled and is_late(measures, scaling):
        guessed = guessed_load(measures, at_work, within)
        if some(guessed > load):
            load = np.maximum(load, guessed)
            more, waiting = _more(asked, load, capacity), spell_count(measures.exceeding)
            asked += more
            growing = f"growing by {spell_rate(measures.pace or 0.0)} beside {spell_rate(at_work)} at work"
            numbers = f"+{more} as {waiting} wait, {growing}"
            rules.append(Applied(Rule.ARRIVAL_UNKNOWN, numbers))

    warding = alert_load(ahead, measures.excess, at_work, lead, alert_backlog)
    if some(warding > load):
        load = np.maximum(load, warding)
        more = _more(asked, load, capacity)
        numbers = f"+{more} to be below {spell_count(alert_backlog)} in {lead:.0f} s"
        rules.append(Applied(Rule.ALERT_TERM, numbers))
    return Demand(load, max(arriving / planned, sum_of(load)), tuple(rules))


def raised_to(arrival: Rates, total: float) -> Rates:
    """(P,) records/s that are `total` in all, shared out as now; evenly where nothing arrives yet."""
    now = sum_of(arrival)
    shares: Rates = np.full_like(arrival, total / len(arrival)) if now == 0 else arrival * (total / now)
    return shares


def _more(asked: int, load: Rates, capacity: Known) -> int:
    """Replicas that `load` asks for beyond those that are `asked` for already."""
    return max(0, capacity.replicas(sum_of(load)) - asked)


def look_ahead(arrival: Rates, slope: float, lead: float) -> Rates:
    """(P,) records/s expected when a count decided now works, along the recent slope."""
    total = sum_of(arrival)
    if total == 0:
        return arrival
    expected: Rates = arrival * min(1 + slope * lead / total, LOOK_AHEAD_LIMIT)
    return expected


def drain_load(arrival: Rates, excess: Rates, within: float, pause: float) -> Rates:
    """(P,) records/s that empty the excess `within` seconds, with what the pause of the change adds."""
    if not some(excess):
        return np.zeros_like(excess)
    load: Rates = np.where(excess > 0, arrival + (excess + arrival * pause) / within, 0.0)
    return load


def guessed_load(measures: Measures, at_work: float, within: float) -> Rates:
    """(P,) records/s that empty the excess `within` seconds, where what arrives is told by nobody.

    While so much waits all that are at work are busy: what arrives is what they take, and the growth of what
    waits. Zeros where that is not known, or where no more waits than they take in a moment.
    """
    total = measures.exceeding
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
    arriving = sum_of(ahead)
    growth = max(0.0, arriving - at_work) * lead
    waiting = excess + ahead * (growth / arriving) if growth > 0 else excess
    total = sum_of(waiting)
    if total <= alert_backlog:
        return np.zeros_like(ahead)
    load: Rates = ahead + waiting * ((1 - alert_backlog / total) / lead)
    return load

"""Rates and backlog -> the records/s that the replicas of a stage must be able to take."""

from dataclasses import dataclass

import numpy as np

from logpipeline.api.pipeline import Scaling
from logpipeline.core.model import Applied, Measures, Rates
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


def demand(measures: Measures, scaling: Scaling, lead: float, alert_backlog: int) -> Demand:
    """The load of each partition: the larger of what arrives and what drains; more, to keep an alert away."""
    arrival = np.zeros(len(measures.partitions)) if measures.arrival is None else measures.arrival
    ahead = look_ahead(arrival, measures.slope, lead)
    utilization = (scaling.target_utilization_percent or DEFAULT_UTILIZATION_PERCENT) / 100
    steady = ahead / utilization
    rules = [Applied(Rule.ARRIVAL_TERM, f"{_rate(ahead.sum())} at {utilization:.0%}")]

    within = scaling.drain_within.total_seconds()
    draining = drain_load(arrival, measures.excess, within)
    load: Rates = np.maximum(steady, draining)
    if (draining > steady).any():
        numbers = f"{_count(measures.excess.sum())} in {within:.0f} s on top of {_rate(arrival.sum())}"
        rules.append(Applied(Rule.DRAIN_TERM, numbers))

    short = alert_load(ahead, measures.excess, lead, alert_backlog) - float(load.sum())
    if short > 0:
        load = load + short * measures.excess / measures.excess.sum()
        rules.append(Applied(Rule.ALERT_TERM, f"{_rate(load.sum())} keep it below {_count(alert_backlog)}"))
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


def alert_load(ahead: Rates, excess: Rates, lead: float, alert_backlog: int) -> float:
    """Records/s that take within the lead time what would stand above the threshold by then; else 0."""
    waiting, arriving = float(excess.sum()), float(ahead.sum())
    above = waiting + arriving * lead - alert_backlog
    return arriving + above / lead if waiting > 0 and above > 0 else 0.0


def _rate(per_second: float) -> str:
    return f"{_count(per_second)}/s"


def _count(records: float) -> str:
    """Three figures, as people say them: 1.24M, 310k, 42."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if records >= size:
            return f"{records / size:.3g}{letter}"
    return f"{records:.3g}"

"""One stage's drain is the next stage's arrival: what will come of the stage before, before it is here."""

from dataclasses import dataclass, replace

from logpipeline.core.model import Measures

WINDOW_SECONDS = 300.0
"""So long what goes in and what comes out is counted before the two are compared."""
AGREEING_SHARE = 0.25
"""Ratios of two windows that are farther apart were not made by the stage before alone."""
NEWEST_WEIGHT = 0.5


@dataclass(frozen=True, slots=True)
class Outflow:
    """What a stage hands on."""

    stage: str
    per_second: float
    """Records/s that it will consume, when what was decided works."""
    consumed: float | None
    """Records that it ever consumed; None where that is not wholly known."""
    consuming: float | None = None
    """Records/s that it consumes now; None where that is not known."""


@dataclass(frozen=True, slots=True)
class Inflow:
    """How many records come of one that the stage before consumes."""

    since: float
    """When the window that goes on began, Unix seconds."""
    consumed: float
    """Records that the stage before had consumed by then."""
    produced: float
    """Records that had arrived here by then."""
    ratio: float | None = None
    """None before the first window is over."""
    agreed: bool = False
    """The last two windows showed the same."""


def watch_inflow(before: Inflow | None, measures: Measures, source: Outflow | None) -> Inflow | None:
    """Count on, and compare when a window is over; begin anew where something was not known or fell."""
    if source is None or source.consumed is None or measures.produced is None or measures.lower_bound:
        return None if before is None else replace(before, since=-1.0)
    now = measures.at
    begun = Inflow(now, source.consumed, measures.produced)
    if before is None:
        return begun
    went_in, came_out = source.consumed - before.consumed, measures.produced - before.produced
    if before.since < 0 or went_in < 0 or came_out < 0:
        return replace(begun, ratio=before.ratio, agreed=before.agreed)
    if now - before.since < WINDOW_SECONDS or went_in == 0:
        return before
    ratio = came_out / went_in
    if before.ratio is None:
        return replace(begun, ratio=ratio)
    agreed = abs(ratio - before.ratio) <= AGREEING_SHARE * max(ratio, before.ratio)
    mean = NEWEST_WEIGHT * ratio + (1 - NEWEST_WEIGHT) * before.ratio
    return replace(begun, ratio=mean if agreed else ratio, agreed=agreed)


def expected_arrival(inflow: Inflow | None, source: Outflow | None) -> float | None:
    """Records/s that will come of the stage before; None where that is not known, or others write here, too.

    Whoever else writes to the same topic makes a ratio that changes when the stage before is faster or
    slower: then it says nothing.
    """
    if inflow is None or inflow.ratio is None or not inflow.agreed or source is None:
        return None
    return inflow.ratio * source.per_second

"""Growth that was announced is no surprise."""

from collections.abc import Iterable
from dataclasses import replace

from logpipeline.core.floors.floor import Floor
from logpipeline.core.model import Measures

TOLERANCE = 0.05
"""By so much what arrives may seem to be more than announced, for noise."""


def unsurprised(measures: Measures, floors: Iterable[Floor]) -> Measures:
    """What was measured, without the slope where an event announced it and all that it takes is asked for.

    A sale that opens looks as if it would double within the next minute. Up to what was announced it is
    expected, and the floor is there for it; a count for twice that would cost a rebalance at the worst
    moment. What goes beyond is a surprise like others.
    """
    if measures.arrival is None or measures.slope == 0:
        return measures
    total = float(measures.arrival.sum())
    expected = any(
        floor.per_second is not None
        and total <= floor.per_second * (1 + TOLERANCE)
        and floor.replicas >= floor.needed
        for floor in floors
    )
    return replace(measures, slope=0.0) if expected else measures

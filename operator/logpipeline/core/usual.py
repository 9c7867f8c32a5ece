"""What is usual at the time of an event: what its multiplier multiplies."""

from collections.abc import Sequence

import numpy as np

from logpipeline.core.occurrence import Occurrence, Usual
from logpipeline.core.readings import Rates

LEAST_SECONDS = 3_600.0
"""Less history says nothing of what is usual."""
DAY_SECONDS = 86_400.0
WEEK_SECONDS = 7 * DAY_SECONDS
"""With so much of it the days differ by what they are, not by chance."""
ALMOST = 0.99
"""Of a time must be known for it to count as known: a history seldom begins just at its edge."""


def usual_of(
    at: Rates, per_second: Rates, times: Occurrence, eventful: Sequence[tuple[float, float]] = ()
) -> Usual | None:
    """What is usual between start and end, of (K,) steps that begin `at` and have `per_second` records/s.

    The median over the days before of the mean in the same slot, without slots in which an event was (each
    from its start to its end in `eventful`). With less than a week of history the mean of the last 24 hours;
    None with less than an hour. What comes from the warming on is not looked at.
    """
    known = (at < times.warming) & np.isfinite(per_second)
    at, per_second = at[known], per_second[known]
    if len(at) == 0 or times.warming - float(at[0]) < ALMOST * LEAST_SECONDS:
        return None
    if times.warming - float(at[0]) >= ALMOST * WEEK_SECONDS:
        slots = _slots(at, per_second, times, eventful)
        if slots:
            return Usual(float(np.median(slots)), f"median of the same slot on {len(slots)} days")
    last = per_second[at >= times.warming - DAY_SECONDS]
    if len(last) == 0:
        return None
    hours = min(DAY_SECONDS, times.warming - float(at[0])) / 3_600
    return Usual(float(last.mean()), f"mean of the last {hours:.0f} h")


def _slots(
    at: Rates, per_second: Rates, times: Occurrence, eventful: Sequence[tuple[float, float]]
) -> list[float]:
    """The mean rate in the same slot of each day before on which nothing was announced."""
    slots = []
    back = DAY_SECONDS
    while times.end - back > float(at[0]):
        begins, ends = times.start - back, times.end - back
        back += DAY_SECONDS
        if ends > times.warming or any(first < ends and last > begins for first, last in eventful):
            continue
        inside = per_second[(at >= begins) & (at < ends)]
        if len(inside):
            slots.append(float(inside.mean()))
    return slots

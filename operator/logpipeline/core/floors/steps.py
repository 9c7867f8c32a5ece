"""When how much of a plan is to be there: in steps that wait for proof, and never beyond their share of time.

All follows from the time, the occurrence and what is observed: whoever takes over in the middle goes on.
"""

import math
from dataclasses import dataclass

from logpipeline.core.occurrence import Occurrence

STEPS = 4
"""Each twice the one before: the first, an eighth, pulls the image where nodes lack it."""


@dataclass(frozen=True, slots=True)
class Step:
    """Where the warming is."""

    replicas: int
    """Of the planned ones, those that are to be there."""
    number: int
    """From 1 on."""
    of: int


def steps_within(seconds: float, step_seconds: float) -> int:
    """How many there is time for: each takes a start-up and a rebalance. One is everything at once."""
    return max(1, min(STEPS, int(seconds / step_seconds) if step_seconds > 0 else STEPS))


def step_at(planned: int, proven: int | None, times: Occurrence, now: float, step_seconds: float) -> Step:
    """The step that is due at `now`: the next one as soon as the last is proven, or its share of time over.

    From `ready` on all is asked for. What cannot be proven holds nothing up.
    """
    count = steps_within(times.ready - times.warming, step_seconds)
    if now >= times.ready or planned == 0:
        return Step(planned, count, count)
    counts = _counts(planned, count)
    by_time = 1 + int(count * max(0.0, now - times.warming) / (times.ready - times.warming))
    by_proof = 1 + sum(each <= (proven or 0) for each in counts[:-1])
    number = min(max(by_time, by_proof), count)
    return Step(counts[number - 1], number, count)


def tapered(planned: int, times: Occurrence, now: float) -> int:
    """What is left of a plan after the end: half as much with each share of the ramp down, then nothing."""
    if now < times.end:
        return planned
    if now >= times.over:
        return 0
    return _counts(planned, STEPS)[-1 - int(STEPS * (now - times.end) / (times.over - times.end))]


def _counts(planned: int, steps: int) -> list[int]:
    """Of the steps, the last of which is all that is planned."""
    return [math.ceil(planned / 2 ** (steps - 1 - place)) for place in range(steps)]

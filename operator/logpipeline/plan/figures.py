"""What a course of floors amounts to: pod-hours, and what they cost."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from logpipeline.core.floors.floor import Floor
from logpipeline.plan.course import Look

HOUR = 3_600.0


class Stretch(NamedTuple):
    """A time over which a floor does not change."""

    begins: float
    ends: float
    replicas: int
    floor: Floor | None
    """The one that counts; None where none does."""


def stretches(looks: Sequence[Look], begins: float, ends: float) -> Sequence[Stretch]:
    """The floors from `begins` to `ends`; looks before that tell how it stands at first."""
    found: list[Stretch] = []
    for look, after in zip(looks, [*(each.at for each in looks[1:]), ends], strict=True):
        first, last = max(look.at, begins), min(after, ends)
        if first >= last:
            continue
        if found and found[-1].replicas == look.replicas and _same(found[-1].floor, look.highest):
            found[-1] = found[-1]._replace(ends=last)
        else:
            found.append(Stretch(first, last, look.replicas, look.highest))
    return found


def pod_hours(course: Sequence[Stretch], least: int) -> float:
    """Of the pods above `least` that the floors hold."""
    return sum(_hours(course, least))


def _hours(course: Sequence[Stretch], least: int) -> Iterator[float]:
    for each in course:
        yield max(0, each.replicas - least) * (each.ends - each.begins) / HOUR


def _same(one: Floor | None, other: Floor | None) -> bool:
    return (None if one is None else one.sale) == (None if other is None else other.sale)

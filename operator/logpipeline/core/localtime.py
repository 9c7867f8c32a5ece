"""What a clock on a wall shows -> Unix seconds.

Twice a year a local time may not exist, since the clocks jump over it, or come twice. Both are resolved, and
said. Moments are in the order of the local times, whatever the zone does: who walks through a calendar
by local time walks through it by moment too.
"""

from bisect import bisect_left
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo


class Moment(NamedTuple):
    """A moment that was given as a local time."""

    at: int
    """Unix seconds."""
    note: str = ""
    """How the local time was understood, where it does not exist or comes twice."""


def moment(local: datetime, zone: ZoneInfo) -> Moment:
    """The moment at which clocks in `zone` show `local`, which is naive and has no fraction of a second.

    One that does not exist is moved to the end of the gap, which is what clocks show then; of two the first
    is taken. Which it is, the two readings of a `datetime` tell that differ in `fold`: PEP 495.
    """
    readings = [local.replace(tzinfo=zone, fold=fold) for fold in (0, 1)]
    first, second = (round(reading.timestamp()) for reading in readings)
    if first == second:
        return Moment(first)
    if first < second:
        offset = readings[0].isoformat().removeprefix(local.isoformat())
        twice = f"{local.isoformat()} comes twice in {zone.key}, where clocks go back then"
        return Moment(first, f"{twice}: the first is taken, at UTC{offset}")
    jump = _change(second, first, zone)
    gap = f"{local.isoformat()} does not exist in {zone.key}, where clocks go forward then"
    return Moment(jump, f"{gap}: {shown_at(jump, zone).isoformat()} is taken")


def shown_at(at: float, zone: ZoneInfo) -> datetime:
    """What clocks in `zone` show at a moment: naive."""
    return datetime.fromtimestamp(at, zone).replace(tzinfo=None)


def _change(before: int, after: int, zone: ZoneInfo) -> int:
    """The second between the two at which the clocks of `zone` are changed."""
    changed = datetime.fromtimestamp(after, zone).utcoffset()
    seconds = range(before, after + 1)
    return seconds[
        bisect_left(seconds, 1, key=lambda at: datetime.fromtimestamp(at, zone).utcoffset() == changed)
    ]

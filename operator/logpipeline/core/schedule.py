"""A schedule -> the times that an announced event happens.

A cron expression names local times, each of which is then a moment (`core/localtime.py`). So an event at
02:30 each day happens once on every day, also where clocks show 02:30 never or twice. What happens every
quarter of an hour happens at each quarter that clocks show, and not again while they show it again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import islice, takewhile
from math import ceil
from typing import Final
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from logpipeline.api.conditions import Reason
from logpipeline.api.sale import SalesEventSpec, Schedule
from logpipeline.core.localtime import Moment, moment, shown_at
from logpipeline.core.model import Obstacle
from logpipeline.core.occurrence import Occurrence

MOST: Final = 1_000
"""Occurrences that are listed at once."""
_FIRST, _LAST = datetime(2000, 1, 1), datetime(2999, 12, 31, 23, 59, 59)  # noqa: DTZ001 - local times
_SECOND: Final = timedelta(seconds=1)
_MIDNIGHT, _LAST_SECOND = time(), time(23, 59, 59)


def problem(spec: SalesEventSpec) -> Obstacle | None:
    """Why it never happens; None where it does, or did."""
    calendar = _read(spec.schedule)
    if isinstance(calendar, Obstacle):
        return calendar
    if next(calendar.forward(_FIRST - _SECOND), None) is None:
        return Obstacle(
            Reason.NEVER_STARTS, "schedule: until and except leave no time to start: nothing will happen"
        )
    return None


def occurrences(spec: SalesEventSpec, since: float, until: float) -> list[Occurrence]:
    """Those whose span, from the beginning of warming to the end of the ramp down, touches [since, until].

    In order, and each once. No more than MOST, the earliest of them, of which the last one says so. None
    where there is a problem with the schedule.
    """
    calendar = _read(spec.schedule)
    if isinstance(calendar, Obstacle):
        return []
    tail, lead = _tail_seconds(spec), spec.lead_time.total_seconds()
    starts = takewhile(lambda start: start.at - lead <= until, calendar.starts(since - tail))
    found = [_occurrence(spec, start) for start in islice(starts, MOST + 1)]
    if len(found) > MOST:
        note = f"{found[MOST - 1].note}; more follow: {MOST:,} are listed".removeprefix("; ")
        return [*found[: MOST - 1], replace(found[MOST - 1], note=note)]
    return found


def current_or_next(spec: SalesEventSpec, now: float) -> Occurrence | None:
    """The one under way, of several the earliest that is not over; else the next; else the last that was.

    None where there is a problem with the schedule.
    """
    calendar = _read(spec.schedule)
    if isinstance(calendar, Obstacle):
        return None
    tail = _tail_seconds(spec)
    ahead = (start for start in calendar.starts(now - tail) if start.at + tail > now)
    start = next(ahead, None) or next(calendar.backward(), None)
    return None if start is None else _occurrence(spec, start)


@dataclass(frozen=True, slots=True)
class _Calendar:
    """A schedule that was read: local times in a zone."""

    zone: ZoneInfo
    at: datetime | None
    cron: str
    until: datetime
    excepted: frozenset[date]

    def starts(self, since: float) -> Iterator[Moment]:
        """The starts from `since` on, in order, each once."""
        earliest, latest = (moment(local, self.zone).at for local in (_FIRST, _LAST))
        first = ceil(min(max(since, earliest), latest))
        # What clocks show a second before is before every local time that is a moment from then on.
        for start in self.forward(shown_at(first - 1, self.zone)):
            if start.at >= first:
                yield start

    def forward(self, after: datetime) -> Iterator[Moment]:
        """The starts whose local times come after this one, in order, each once."""
        known = -1
        for start in filter(None, map(self._start, self._times(after, back=False))):
            if start.at > known:
                yield start
                known = start.at

    def backward(self) -> Iterator[Moment]:
        """All the starts, from the last one on back."""
        return filter(None, map(self._start, self._times(self.until + _SECOND, back=True)))

    def _start(self, local: datetime) -> Moment | None:
        """The moment of a local time; None where it is moved into a day on which none starts."""
        start = moment(local, self.zone)
        return None if start.note and shown_at(start.at, self.zone).date() in self.excepted else start

    def _times(self, beyond: datetime, *, back: bool) -> Iterator[datetime]:
        """The local times beyond one, forward or back, on days on which it may start."""
        if self.at is not None:
            if (self.at < beyond) if back else (self.at > beyond):
                yield self.at
            return
        ticks = CronSim(self.cron, beyond, reverse=back)
        while (local := next(ticks, None)) is not None and _FIRST <= local <= self.until:
            if local.date() not in self.excepted:
                yield local
            else:  # on to the next day at once: it may be one of 1,440 times of this one
                edge = _MIDNIGHT if back else _LAST_SECOND
                ticks = CronSim(self.cron, datetime.combine(local, edge), reverse=back)


def _read(schedule: Schedule) -> _Calendar | Obstacle:
    try:
        zone = ZoneInfo(schedule.time_zone)
    except (LookupError, ValueError, OSError):  # what it raises for names of folders, too
        what = f"schedule.timeZone: there is no time zone {schedule.time_zone}"
        return Obstacle(Reason.TIME_ZONE_UNKNOWN, f"{what}: name one such as Asia/Shanghai")
    given = (
        ("at", schedule.at),
        ("until", schedule.until),
        *(("except", text) for text in schedule.except_),
    )
    for field, text in given:
        if text is not None and not _exists(text):
            return Obstacle(Reason.SCHEDULE_INVALID, f"schedule.{field}: there is no {text} in any calendar")
    if schedule.cron is not None and (refused := _refused(schedule.cron)) is not None:
        return refused
    return _Calendar(
        zone,
        datetime.fromisoformat(schedule.at) if schedule.at else None,
        schedule.cron or "",
        datetime.fromisoformat(schedule.until) if schedule.until else _LAST,
        frozenset(map(date.fromisoformat, schedule.except_)),
    )


def _exists(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _refused(cron: str) -> Obstacle | None:
    """Why a cron expression is none, or never comes true; None where it is one that does."""
    minute, hour, day, month, weekday = cron.split()
    error = _cron_error(cron)
    if error is None:
        if next(CronSim(cron, _FIRST), None) is not None:
            return None
    elif _cron_error(f"{minute} {hour} {day} * {weekday}") is not None or _cron_error(f"* * * {month} *"):
        what = error.removeprefix("Bad ")
        return Obstacle(Reason.SCHEDULE_INVALID, f"schedule.cron: the {what} of {cron!r} cannot be read")
    return Obstacle(
        Reason.NEVER_STARTS, f"schedule.cron: {cron!r} names a day that no month has: nothing will happen"
    )


def _cron_error(cron: str) -> str | None:
    try:
        CronSim(cron, _FIRST)
    except CronSimError as error:
        return str(error)
    return None


def _tail_seconds(spec: SalesEventSpec) -> float:
    """From a start until its ramp down is over."""
    return (spec.duration + spec.ramp_down).total_seconds()


def _occurrence(spec: SalesEventSpec, start: Moment) -> Occurrence:
    end = start.at + spec.duration.total_seconds()
    return Occurrence(
        warming=start.at - spec.lead_time.total_seconds(),
        ready=start.at - spec.ready_before.total_seconds(),
        start=float(start.at),
        end=end,
        over=end + spec.ramp_down.total_seconds(),
        note=start.note,
    )

"""Times as people read them: in one zone, and short."""

from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from logpipeline.plan.plan import PlannedSale


def zone_of(sale: PlannedSale) -> tzinfo:
    """The event's own."""
    return ZoneInfo(sale.spec.schedule.time_zone)


def common_zone(sales: Iterable[PlannedSale]) -> tuple[tzinfo, str]:
    """That of all these events, and its name; UTC where they differ."""
    names = {sale.spec.schedule.time_zone for sale in sales}
    if len(names) != 1:
        return UTC, "UTC"
    name = names.pop()
    return ZoneInfo(name), name


def spell_moment(at: float, zone: tzinfo) -> str:
    """`2026-11-11 00:00`, with seconds where there are some."""
    return _short(datetime.fromtimestamp(at, zone), "%Y-%m-%d ")


def spell_clock(at: float, zone: tzinfo) -> str:
    """`00:00`, with seconds where there are some."""
    return _short(datetime.fromtimestamp(at, zone), "")


def spell_later(at: float, before: float, zone: tzinfo) -> str:
    """The time of day alone where it is on the day of `before`."""
    first, then = (datetime.fromtimestamp(each, zone) for each in (before, at))
    return _short(then, "" if first.date() == then.date() else "%m-%d ")


def _short(at: datetime, date: str) -> str:
    return at.strftime(f"{date}%H:%M:%S" if at.second else f"{date}%H:%M")

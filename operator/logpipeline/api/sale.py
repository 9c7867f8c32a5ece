"""The spec of a SalesEvent: when much more than usual will come, how much, and for whom."""

from typing import Annotated, ClassVar, Final

from pydantic import Field

from logpipeline.api.base import ApiModel, Matches, Rule
from logpipeline.api.duration import Between, Duration, cel_seconds, parse
from logpipeline.api.names import DnsLabel
from logpipeline.api.pipeline import Replicas
from logpipeline.api.selector import Selector

_DATE: Final = r"2[0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_CLOCK: Final = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?"
LocalTime = Annotated[
    str,
    Field(max_length=19),
    Matches(
        f"{_DATE}T{_CLOCK}",
        "must be a local time such as 2026-11-11T00:00:00, without an offset: its zone is timeZone",
    ),
]
Date = Annotated[str, Field(max_length=10), Matches(_DATE, "must be a date such as 2026-12-24")]
Cron = Annotated[
    str,
    Field(max_length=200),
    Matches(
        r"\s*[^\s@]+(\s+[^\s@]+){4}\s*",
        "must be five fields, such as '0 20 * * 5': minute, hour, day, month and day of the week",
    ),
]
TimeZone = Annotated[
    str,
    Field(max_length=64),
    Matches("[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*", "must be the name of a time zone, such as Asia/Shanghai"),
]


class Schedule(ApiModel):
    """When: once at a moment, or again and again by a cron expression."""

    validations: ClassVar = (
        Rule(
            "has(self.at) != has(self.cron)",
            "exactly one of at and cron must be given",
            holds=lambda schedule: (schedule.at is None) != (schedule.cron is None),
        ),
        Rule(
            "has(self.cron) || (!has(self.until) && !has(self.except))",
            "until and except belong to cron: an event that happens once has neither",
            holds=lambda schedule: schedule.cron or not (schedule.until or schedule.except_),
        ),
    )

    at: LocalTime | None = None
    """The start of an event that happens once, as a clock on a wall in `timeZone` shows it."""
    cron: Cron | None = None
    """The starts of one that happens again and again: `0 20 * * 5` is each Friday at 20:00 in `timeZone`."""
    time_zone: TimeZone = "UTC"
    """Name of the zone in which `at`, `cron`, `until` and `except` are meant."""
    until: LocalTime | None = None
    """With `cron`: none starts after this."""
    except_: Annotated[tuple[Date, ...], Field(max_length=100, alias="except")] = ()
    """With `cron`: none starts on these days."""


class Expected(ApiModel):
    """How much will come: as a rate, as a multiple of what is usual, or as replica counts."""

    validations: ClassVar = (
        Rule(
            "[has(self.recordsPerSecond), has(self.multiplier), has(self.replicas)]"
            ".filter(given, given).size() == 1",
            "exactly one of recordsPerSecond, multiplier and replicas must be given",
            holds=lambda expected: len(expected.model_dump(exclude_none=True)) == 1,
        ),
        # The API server compares a whole number with the whole part of its minimum: it would take 0.
        Rule(
            "!has(self.multiplier) || self.multiplier >= 0.1",
            "multiplier must be greater than or equal to 0.1",
        ),
    )

    records_per_second: Annotated[int, Field(ge=1, le=1_000_000_000)] | None = None
    """Records that will reach the first stage of each pipeline every second."""
    multiplier: Annotated[float, Field(ge=0.1, le=1_000)] | None = None
    """So many times the rate that is usual at that time."""
    replicas: Annotated[dict[DnsLabel, Replicas], Field(min_length=1, max_length=8)] | None = None
    """Replicas by the name of the stage, for those who know no rate."""


class SalesEventSpec(ApiModel):
    """What is announced: pipelines are warmed ahead, and kept warm until it is over."""

    validations: ClassVar = (
        Rule(
            f"{cel_seconds('self.readyBefore')} <= {cel_seconds('self.leadTime')}",
            "readyBefore must not be longer than leadTime: warming begins leadTime before the start",
            holds=lambda sale: sale.ready_before <= sale.lead_time,
        ),
    )

    pipeline_selector: Selector
    """LogPipelines of the same namespace, by their labels. `{}` selects all of them."""
    schedule: Schedule
    """When it starts."""
    duration: Annotated[Duration, Between("1m", "31d")]
    """How long it lasts."""
    lead_time: Annotated[Duration, Between("0s", "7d")] = parse("1h")
    """So long before the start warming begins."""
    ready_before: Annotated[Duration, Between("0s", "7d")] = parse("15m")
    """So long before the start all replicas are to be proven ready."""
    ramp_down: Annotated[Duration, Between("0s", "7d")] = parse("30m")
    """Over so long after the end the floor goes down again."""
    suspend: bool = False
    """Leave it out for now, as if it were not there."""
    expected: Expected
    """How much will come."""

"""What clocks show in spring and autumn, and which moment is meant by it."""

# ruff: noqa: DTZ001 - local times

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logpipeline.core.localtime import moment, shown_at

ZONES = ["Europe/Berlin", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe", "Pacific/Apia", "UTC"]
LOCAL = st.datetimes(datetime(2005, 1, 1), datetime(2045, 1, 1)).map(
    lambda local: local.replace(microsecond=0)
)
NEAR = st.sampled_from(
    [datetime(2026, 3, 29, 2), datetime(2026, 10, 25, 2), datetime(2026, 10, 4, 2), datetime(2011, 12, 30)]
)
TIMES = LOCAL | st.builds(lambda at, by: at + timedelta(seconds=by), NEAR, st.integers(-90_000, 90_000))


def told(text: str, zone: str) -> tuple[str, str]:
    at, note = moment(datetime.fromisoformat(text), ZoneInfo(zone))
    return f"{datetime.fromtimestamp(at, ZoneInfo('UTC')):%Y-%m-%dT%H:%M:%SZ}", note


@pytest.mark.parametrize(
    ("zone", "local", "utc"),
    [
        ("Europe/Berlin", "2026-03-29T01:59:59", "2026-03-29T00:59:59Z"),
        ("Europe/Berlin", "2026-03-29T03:00:00", "2026-03-29T01:00:00Z"),
        ("Europe/Berlin", "2026-10-25T01:59:59", "2026-10-24T23:59:59Z"),
        ("Europe/Berlin", "2026-10-25T03:00:00", "2026-10-25T02:00:00Z"),
        ("Asia/Shanghai", "2026-11-11T00:00:00", "2026-11-10T16:00:00Z"),
        ("Asia/Shanghai", "2026-03-29T02:30:00", "2026-03-28T18:30:00Z"),
        ("Asia/Shanghai", "2026-10-25T02:30:00", "2026-10-24T18:30:00Z"),
    ],
)
def test_a_time_that_clocks_show_once_needs_no_words(zone: str, local: str, utc: str) -> None:
    assert told(local, zone) == (utc, "")


@pytest.mark.parametrize(
    ("zone", "local", "utc", "shown"),
    [
        ("Europe/Berlin", "2026-03-29T02:00:00", "2026-03-29T01:00:00Z", "2026-03-29T03:00:00"),
        ("Europe/Berlin", "2026-03-29T02:30:00", "2026-03-29T01:00:00Z", "2026-03-29T03:00:00"),
        ("Europe/Berlin", "2026-03-29T02:59:59", "2026-03-29T01:00:00Z", "2026-03-29T03:00:00"),
        ("America/New_York", "2026-03-08T02:30:00", "2026-03-08T07:00:00Z", "2026-03-08T03:00:00"),
        ("Australia/Lord_Howe", "2026-10-04T02:10:00", "2026-10-03T15:30:00Z", "2026-10-04T02:30:00"),
        # A zone that left out a whole day, and one whose clocks jump over midnight.
        ("Pacific/Apia", "2011-12-30T12:00:00", "2011-12-30T10:00:00Z", "2011-12-31T00:00:00"),
        ("America/Nuuk", "2026-03-28T23:30:00", "2026-03-29T01:00:00Z", "2026-03-29T00:00:00"),
    ],
)
def test_a_time_that_clocks_jump_over_is_when_they_have_jumped(
    zone: str, local: str, utc: str, shown: str
) -> None:
    gap = f"{local} does not exist in {zone}, where clocks go forward then: {shown} is taken"
    assert told(local, zone) == (utc, gap)


@pytest.mark.parametrize(
    ("zone", "local", "utc", "offset"),
    [
        ("Europe/Berlin", "2026-10-25T02:00:00", "2026-10-25T00:00:00Z", "+02:00"),
        ("Europe/Berlin", "2026-10-25T02:59:59", "2026-10-25T00:59:59Z", "+02:00"),
        ("America/New_York", "2026-11-01T01:30:00", "2026-11-01T05:30:00Z", "-04:00"),
        ("Australia/Lord_Howe", "2026-04-05T01:45:00", "2026-04-04T14:45:00Z", "+11:00"),
    ],
)
def test_of_a_time_that_comes_twice_the_first_is_meant(zone: str, local: str, utc: str, offset: str) -> None:
    twice = f"{local} comes twice in {zone}, where clocks go back then: the first is taken, at UTC{offset}"
    assert told(local, zone) == (utc, twice)


@given(zone=st.sampled_from(ZONES).map(ZoneInfo), one=TIMES, other=TIMES)
def test_moments_are_in_the_order_of_the_local_times(zone: ZoneInfo, one: datetime, other: datetime) -> None:
    earlier, later = sorted((one, other))
    assert moment(earlier, zone).at <= moment(later, zone).at


@given(zone=st.sampled_from(ZONES).map(ZoneInfo), local=TIMES)
def test_clocks_show_what_was_meant_unless_it_is_said_otherwise(zone: ZoneInfo, local: datetime) -> None:
    at, note = moment(local, zone)
    shown = shown_at(at, zone)
    assert (shown > local and f"{shown.isoformat()} is taken" in note) or shown == local
    assert bool(note) == (len({local.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1)}) == 2)

"""When an event happens: once, again and again, over changes of the clocks, and never."""

# ruff: noqa: DTZ001 - local times

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from logpipeline.api.conditions import Reason
from logpipeline.api.sale import SalesEventSpec
from logpipeline.core.occurrence import Occurrence
from logpipeline.core.schedule import MOST, current_or_next, occurrences, problem

DAY, HOUR = 86_400.0, 3_600.0
ZONES = ["Europe/Berlin", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe", "America/Nuuk", "UTC"]


def sale(duration: str = "1h", lead: str = "1h", **schedule: Any) -> SalesEventSpec:  # noqa: ANN401 (YAML)
    """An event with a schedule, whose ramp down takes as long as its readiness before: half an hour."""
    return SalesEventSpec.model_validate(
        {
            "pipelineSelector": {},
            "schedule": schedule,
            "duration": duration,
            "leadTime": lead,
            "readyBefore": "0s",
            "rampDown": "30m",
            "expected": {"multiplier": 40},
        }
    )


def at(text: str) -> float:
    """Unix seconds of a time in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def starts(found: Sequence[Occurrence]) -> list[str]:
    return [f"{datetime.fromtimestamp(one.start, UTC):%m-%dT%H:%M}" for one in found]


def of_days(spec: SalesEventSpec, first: str, last: str) -> list[str]:
    """What starts on days of the calendar of UTC."""
    begin, end = at(first), at(last) + DAY
    return starts([one for one in occurrences(spec, begin, end) if begin <= one.start < end])


def test_an_event_that_happens_once_has_its_five_times_and_no_others() -> None:
    spec = sale(at="2026-11-11T00:00:00", timeZone="Asia/Shanghai", duration="4h", lead="2h")
    start = at("2026-11-10T16:00:00")
    assert occurrences(spec, 0, 4e9) == [
        Occurrence(start - 2 * HOUR, start, start, start + 4 * HOUR, start + 4.5 * HOUR)
    ]
    assert problem(spec) is None


@pytest.mark.parametrize(
    ("zone", "cron", "days", "expected"),
    [
        (
            "Europe/Berlin",
            "30 2 * * *",
            ("2026-03-28", "2026-03-30"),
            ["03-28T01:30", "03-29T01:00", "03-30T00:30"],
        ),
        (
            "Europe/Berlin",
            "30 2 * * *",
            ("2026-10-24", "2026-10-26"),
            ["10-24T00:30", "10-25T00:30", "10-26T01:30"],
        ),
        ("Europe/Berlin", "0 20 * * *", ("2026-03-28", "2026-03-29"), ["03-28T19:00", "03-29T18:00"]),
        (
            "America/New_York",
            "30 2 * * *",
            ("2026-03-07", "2026-03-09"),
            ["03-07T07:30", "03-08T07:00", "03-09T06:30"],
        ),
        (
            "America/New_York",
            "30 1 * * *",
            ("2026-10-31", "2026-11-02"),
            ["10-31T05:30", "11-01T05:30", "11-02T06:30"],
        ),
        (
            "Asia/Shanghai",
            "30 2 * * *",
            ("2026-03-28", "2026-03-30"),
            ["03-28T18:30", "03-29T18:30", "03-30T18:30"],
        ),
        ("Asia/Shanghai", "30 2 * * *", ("2026-10-24", "2026-10-25"), ["10-24T18:30", "10-25T18:30"]),
        (
            "Australia/Lord_Howe",
            "10 2 * * *",
            ("2026-10-02", "2026-10-04"),
            ["10-02T15:40", "10-03T15:30", "10-04T15:10"],
        ),
        (
            "Australia/Lord_Howe",
            "45 1 * * *",
            ("2026-04-03", "2026-04-05"),
            ["04-03T14:45", "04-04T14:45", "04-05T15:15"],
        ),
        # Each quarter of an hour: what is jumped over is one with the next, what is shown again is not new.
        (
            "Europe/Berlin",
            "*/15 1-3 29 3 *",
            ("2026-03-29", "2026-03-29"),
            [
                "03-29T00:00",
                "03-29T00:15",
                "03-29T00:30",
                "03-29T00:45",
                "03-29T01:00",
                "03-29T01:15",
                "03-29T01:30",
                "03-29T01:45",
            ],
        ),
        (
            "Europe/Berlin",
            "*/30 2,3 25 10 *",
            ("2026-10-25", "2026-10-25"),
            ["10-25T00:00", "10-25T00:30", "10-25T02:00", "10-25T02:30"],
        ),
    ],
)
def test_on_a_day_on_which_the_clocks_change_it_happens_as_often_as_on_others(
    zone: str, cron: str, days: tuple[str, str], expected: list[str]
) -> None:
    assert of_days(sale(cron=cron, timeZone=zone), *days) == expected


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("clock", ["0 0", "30 1", "45 1", "10 2", "30 2", "30 3", "30 23"])
def test_what_is_daily_happens_once_on_each_day_of_the_year(zone: str, clock: str) -> None:
    spec = sale(cron=f"{clock} * * *", timeZone=zone, until="2026-12-31T23:59:59")
    begin = datetime(2026, 1, 1, tzinfo=ZoneInfo(zone)).timestamp()
    found = [one.start for one in occurrences(spec, begin, begin + 370 * DAY) if one.start >= begin]
    assert len(found) == 365
    assert max(later - earlier for earlier, later in pairwise(found)) <= DAY + HOUR


@pytest.mark.parametrize(
    ("schedule", "start", "words"),
    [
        ({"at": "2026-03-29T02:30:00"}, "2026-03-29T01:00:00", "does not exist in Europe/Berlin"),
        ({"at": "2026-10-25T02:30:00"}, "2026-10-25T00:30:00", "comes twice in Europe/Berlin"),
        ({"cron": "30 2 29 3 *", "until": "2026-12-31T00:00:00"}, "2026-03-29T01:00:00", "does not exist"),
        ({"cron": "30 2 25 10 *", "until": "2026-12-31T00:00:00"}, "2026-10-25T00:30:00", "comes twice"),
    ],
)
def test_how_a_time_was_understood_is_said(schedule: dict[str, str], start: str, words: str) -> None:
    [found] = occurrences(sale(timeZone="Europe/Berlin", **schedule), at("2026-01-01"), at("2027-01-01"))
    assert found.start == at(start)
    assert words in found.note


def test_until_is_the_last_time_at_which_it_may_start() -> None:
    spec = sale(cron="0 20 * * *", until="2026-11-12T20:00:00")
    assert of_days(spec, "2026-11-11", "2026-11-14") == ["11-11T20:00", "11-12T20:00"]


def test_on_the_days_that_are_excepted_it_does_not_happen() -> None:
    spec = sale(cron="0 8,20 * * *", timeZone="Asia/Shanghai", **{"except": ["2026-11-12"]})
    assert of_days(spec, "2026-11-11", "2026-11-12") == ["11-11T00:00", "11-11T12:00"]


def test_what_a_jump_of_the_clocks_would_move_into_an_excepted_day_is_left_out() -> None:
    spec = sale(cron="30 23 * * *", timeZone="America/Nuuk", **{"except": ["2026-03-29"]})
    assert of_days(spec, "2026-03-28", "2026-03-31") == ["03-28T01:30", "03-31T00:30"]


@pytest.mark.parametrize("schedule", [{"at": "2026-03-29T02:30:00"}, {"cron": "30 2 29 3 *"}])
def test_it_is_listed_from_the_second_of_its_warming_to_that_at_which_it_is_over(
    schedule: dict[str, str],
) -> None:
    spec = sale(timeZone="Europe/Berlin", **schedule)
    [one] = occurrences(spec, at("2026-03-29"), at("2026-03-30"))
    assert occurrences(spec, one.over, one.over) == occurrences(spec, one.warming, one.warming) == [one]
    assert occurrences(spec, one.over + 1, one.over + 1) == []
    assert occurrences(spec, one.warming - 1, one.warming - 1) == []


def test_a_lead_that_is_longer_than_the_gap_between_two_overlaps() -> None:
    spec = sale(cron="0 * * * *", lead="3h")
    near = occurrences(spec, at("2026-11-11T12:05:00"), at("2026-11-11T12:05:00"))
    assert starts(near) == ["11-11T11:00", "11-11T12:00", "11-11T13:00", "11-11T14:00", "11-11T15:00"]
    current = current_or_next(spec, at("2026-11-11T12:05:00"))
    assert current is not None
    assert starts([current]) == ["11-11T11:00"]


@pytest.mark.parametrize(
    ("now", "shown"),
    [
        ("2026-01-01T00:00:00", "11-09T20:00"),  # the next
        ("2026-11-09T19:00:00", "11-09T20:00"),  # its warming begins
        ("2026-11-09T21:29:59", "11-09T20:00"),  # its ramp down is nearly over
        ("2026-11-09T21:30:00", "11-10T20:00"),  # it is over
        ("2027-01-01T00:00:00", "11-10T20:00"),  # the last there was
    ],
)
def test_the_one_that_is_shown_is_under_way_or_next_or_was_the_last(now: str, shown: str) -> None:
    spec = sale(cron="0 20 9,10 11 *", until="2026-11-10T20:00:00")
    found = current_or_next(spec, at(now))
    assert found is not None
    assert starts([found]) == [shown]


@pytest.mark.parametrize(
    ("schedule", "reason", "words"),
    [
        ({"at": "2026-02-30T00:00:00"}, Reason.SCHEDULE_INVALID, "schedule.at: there is no 2026-02-30"),
        ({"at": "2100-02-29T00:00:00"}, Reason.SCHEDULE_INVALID, "there is no 2100-02-29"),
        (
            {"cron": "0 0 * * *", "until": "2026-06-31T00:00:00"},
            Reason.SCHEDULE_INVALID,
            "schedule.until: there",
        ),
        (
            {"cron": "0 0 * * *", "except": ["2026-11-31"]},
            Reason.SCHEDULE_INVALID,
            "schedule.except: there is",
        ),
        (
            {"cron": "0 24 * * *"},
            Reason.SCHEDULE_INVALID,
            "schedule.cron: the hour of '0 24 * * *' cannot be read",
        ),
        ({"cron": "0 0 32 2 *"}, Reason.SCHEDULE_INVALID, "the day-of-month of"),
        ({"cron": "0 0 30 13 *"}, Reason.SCHEDULE_INVALID, "the month of"),
        ({"cron": "0 0 * * FRI-SUN"}, Reason.SCHEDULE_INVALID, "the day-of-week of"),
        ({"cron": "0 0 30 2 *"}, Reason.NEVER_STARTS, "'0 0 30 2 *' names a day that no month has"),
        ({"cron": "0 0 31 4,6 *"}, Reason.NEVER_STARTS, "names a day that no month has"),
        ({"cron": "0 0 */31 * MON#5"}, Reason.NEVER_STARTS, "names a day that no month has"),
        (
            {"cron": "0 8 1 1 *", "until": "2000-01-01T00:00:00"},
            Reason.NEVER_STARTS,
            "until and except leave no",
        ),
        (
            {"cron": "0 8 1 1 *", "until": "2000-12-31T00:00:00", "except": ["2000-01-01"]},
            Reason.NEVER_STARTS,
            "leave",
        ),
        (
            {"cron": "0 0 * * *", "timeZone": "Europe/Berln"},
            Reason.TIME_ZONE_UNKNOWN,
            "no time zone Europe/Berln",
        ),
        (
            {"cron": "0 0 * * *", "timeZone": "Europe"},
            Reason.TIME_ZONE_UNKNOWN,
            "there is no time zone Europe:",
        ),
    ],
)
def test_what_never_happens_is_said_in_a_sentence(
    schedule: dict[str, Any], reason: Reason, words: str
) -> None:
    spec = sale(**schedule)
    found = problem(spec)
    assert found is not None
    assert found.reason is reason
    assert words in found.message
    assert occurrences(spec, 0, 4e9) == []
    assert current_or_next(spec, at("2026-11-11")) is None


def test_a_leap_day_comes_and_is_waited_for() -> None:
    spec = sale(cron="0 0 29 2 *")
    assert problem(spec) is None
    found = current_or_next(spec, at("2096-03-01"))
    assert found is not None
    assert found.start == at("2104-02-29")


def test_so_many_that_nobody_reads_them_are_cut_short_and_that_is_said() -> None:
    found = occurrences(sale(cron="* * * * *"), at("2026-01-01"), at("2027-01-01"))
    assert len(found) == MOST
    assert found[-1].note == "more follow: 1,000 are listed"
    assert not any(one.note for one in found[:-1])


@pytest.mark.parametrize(("since", "until"), [(float("-inf"), 0), (-1e18, 1e9), (4e10, float("inf")), (2, 1)])
def test_a_time_before_or_beyond_every_calendar_has_none(since: float, until: float) -> None:
    assert occurrences(sale(at="2026-11-11T00:00:00"), since, until) == []


CLOCKS = st.sampled_from(
    ["0 0", "30 2", "15 2", "45 1", "*/20 1-3", "30 1", "0 8,20", "0 */6", "59 23", "30 23", "5 3"]
)
DAYS = st.sampled_from(["* * *", "* * *", "* * SUN", "29 3 *", "25 10 *", "1-7 * *", "L * *", "* 3,10 0"])
DATES = st.dates(date(2026, 1, 1), date(2026, 12, 31)) | st.sampled_from(
    [date(2026, 3, 29), date(2026, 10, 25)]
)
LENGTHS = st.sampled_from(["1m", "1h", "26h", "7d"])
MOMENTS = st.floats(at("2026-01-01"), at("2026-12-31"))
NEAR_A_CHANGE = st.sampled_from(["2026-03-29", "2026-10-25", "2026-03-08", "2026-11-01", "2026-10-04"]).map(
    at
)


@st.composite
def schedules(draw: st.DrawFn) -> dict[str, Any]:
    zone = draw(st.sampled_from(ZONES))
    if draw(st.integers(0, 4)) == 0:
        once = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31))
        return {"at": draw(once).isoformat(timespec="seconds"), "timeZone": zone}
    again: dict[str, Any] = {"cron": f"{draw(CLOCKS)} {draw(DAYS)}", "timeZone": zone}
    if draw(st.booleans()):
        again["until"] = f"{draw(DATES)}T{draw(st.sampled_from(['00:00', '02:30:00', '20:00']))}"
    return again | {"except": [str(day) for day in draw(st.sets(DATES, max_size=5))]}


@st.composite
def windows(draw: st.DrawFn) -> tuple[float, float, float]:
    begin = draw(MOMENTS | NEAR_A_CHANGE)
    length = draw(st.floats(0, 8 * DAY))
    return begin, begin + length * draw(st.floats(0, 1)), begin + length


SPECS = st.builds(lambda schedule, *lengths: sale(*lengths, **schedule), schedules(), LENGTHS, LENGTHS)


@given(spec=SPECS, window=windows())
@settings(max_examples=100)
def test_occurrences_are_in_order_each_once_and_touch_what_was_asked_for(
    spec: SalesEventSpec, window: tuple[float, float, float]
) -> None:
    since, _, until = window
    found = occurrences(spec, since, until)
    assert all(one.start < two.start for one, two in pairwise(found))
    for one in found:
        assert one.warming <= one.ready <= one.start < one.end <= one.over
        assert one.warming <= until
        assert one.over >= since


@given(spec=SPECS, window=windows())
@settings(max_examples=100)
def test_it_is_the_same_whether_asked_at_once_or_in_parts(
    spec: SalesEventSpec, window: tuple[float, float, float]
) -> None:
    since, middle, until = window
    parts = {*occurrences(spec, since, middle), *occurrences(spec, middle, until)}
    assert sorted(parts, key=lambda one: one.start) == occurrences(spec, since, until)


@given(spec=SPECS, window=windows())
@settings(max_examples=100)
def test_none_is_on_an_excepted_day_or_after_until(
    spec: SalesEventSpec, window: tuple[float, float, float]
) -> None:
    zone = ZoneInfo(spec.schedule.time_zone)
    for one in occurrences(spec, window[0], window[2]):
        shown = datetime.fromtimestamp(one.start, zone).replace(tzinfo=None)
        assert str(shown.date()) not in spec.schedule.except_
        if spec.schedule.until and not one.note:
            assert shown <= datetime.fromisoformat(spec.schedule.until)


@given(spec=SPECS, now=MOMENTS)
@settings(max_examples=100)
def test_the_one_that_is_shown_is_the_first_that_is_not_over(spec: SalesEventSpec, now: float) -> None:
    shown = current_or_next(spec, now)
    ahead = [one for one in occurrences(spec, now, now + 40 * DAY) if one.over > now]
    if ahead:
        assert shown == ahead[0]
    elif shown is not None and shown.over <= now:
        assert occurrences(spec, shown.over + 1, now + 800 * DAY) == []


FIELD = st.text(st.sampled_from("0123456789*/,-#LWlwMONfeb?²"), min_size=1, max_size=8)


@given(cron=st.lists(FIELD, min_size=5, max_size=5).map(" ".join))
@example(cron="0 0 * * ²L")
@settings(max_examples=300)
def test_whatever_a_cron_expression_says_nothing_fails(cron: str) -> None:
    spec = sale(cron=cron)
    assert (problem(spec) is None) == (current_or_next(spec, at("2026-11-11")) is not None)
    assert (
        len(occurrences(spec, at("2026-11-11"), at("2026-11-11") + timedelta(days=2).total_seconds())) <= MOST
    )

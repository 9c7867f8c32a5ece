"""Which events concern a pipeline now: right at each edge, and cheap between them."""

import asyncio
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from logpipeline import diary as module
from logpipeline.api.conditions import Reason
from logpipeline.core.timestamps import read_time
from logpipeline.diary import Diary, Entry
from logpipeline.world.objects import PipelineObject, SaleKey
from logpipeline.world.view import Watched, World
from tests.unit.cluster_objects import KEY, pipeline
from tests.unit.sales import sale

START = read_time("2026-11-18T12:00:00Z")
MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0


def with_sales(*sales: dict[str, Any]) -> World:
    """A pipeline of the storefront, and these events."""
    seen = World()
    seen.saw(Watched.PIPELINES, pipeline(labels={"tier": "storefront"}))
    for each in sales:
        seen.saw(Watched.SALES, each)
    return seen


def governed(seen: World) -> PipelineObject:
    found = seen.pipeline(KEY)
    assert found is not None
    return found


def names(diary: Diary, seen: World, now: float) -> list[str]:
    return [each.name for each in diary.near(governed(seen), now).sales]


def entry(diary: Diary, seen: World, now: float, name: str = "double-eleven") -> Entry:
    found = seen.sale(SaleKey("shop", name))
    assert found is not None
    return diary.entry(found, now)


def test_an_event_concerns_a_pipeline_from_its_warming_until_it_is_over() -> None:
    seen = with_sales(sale())
    diary = Diary(seen)
    edges = {
        START - 31 * MINUTE: [],
        START - 30 * MINUTE: ["double-eleven"],
        START: ["double-eleven"],
        START + HOUR + 19 * MINUTE: ["double-eleven"],
        START + HOUR + 20 * MINUTE: [],
    }
    assert {now: names(diary, seen, now) for now in edges} == edges
    upcoming = diary.near(governed(seen), START - DAY).upcoming
    assert upcoming is not None
    assert (upcoming.name, upcoming.start) == ("double-eleven", START)
    assert diary.near(governed(seen), START).upcoming is None


def test_a_clock_that_is_set_back_brings_the_event_back() -> None:
    seen = with_sales(sale())
    diary = Diary(seen)
    assert names(diary, seen, START + DAY) == []
    assert names(diary, seen, START) == ["double-eleven"]


def test_who_is_not_selected_is_not_concerned_and_labels_may_change() -> None:
    seen = with_sales(sale())
    diary = Diary(seen)
    assert names(diary, seen, START) == ["double-eleven"]
    seen.saw(Watched.PIPELINES, pipeline(labels={"tier": "back"}))
    assert names(diary, seen, START) == []


def test_what_is_edited_suspended_or_deleted_counts_at_once() -> None:
    seen = with_sales(sale())
    diary = Diary(seen)
    assert names(diary, seen, START) == ["double-eleven"]
    seen.saw(Watched.SALES, sale(suspend=True, metadata={"generation": 2}))
    assert names(diary, seen, START) == []
    moved = {"at": "2026-11-18T12:10:00"}
    seen.saw(Watched.SALES, sale(schedule=moved, metadata={"generation": 3}))
    assert diary.near(governed(seen), START).sales[0].occurrence.start == START + 10 * MINUTE
    seen.lost(Watched.SALES, "uid-of-double-eleven")
    assert names(diary, seen, START) == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"spec": {"schedule": 3}}, Reason.SPEC_INVALID),
        ({"schedule": {"at": "2026-02-30T00:00:00"}}, Reason.SCHEDULE_INVALID),
        ({"schedule": {"at": "2026-11-18T12:00:00", "timeZone": "Mars/Base"}}, Reason.TIME_ZONE_UNKNOWN),
        ({"schedule": {"cron": "0 0 30 2 *"}}, Reason.NEVER_STARTS),
        ({"suspend": True}, Reason.SUSPENDED),
        ({"schedule": {"at": "2025-11-18T12:00:00"}}, Reason.NEVER_AGAIN),
    ],
)
def test_one_that_does_not_happen_says_why_and_costs_the_others_nothing(
    changes: dict[str, Any], reason: Reason
) -> None:
    seen = with_sales(sale("bad", **changes), sale())
    diary = Diary(seen)
    trouble = entry(diary, seen, START, "bad").trouble
    assert trouble is not None
    assert trouble.reason is reason
    assert names(diary, seen, START) == ["double-eleven"]


def test_a_recurring_event_is_followed_from_one_time_to_the_next() -> None:
    seen = with_sales(sale(schedule={"cron": "0 12 * * *"}))
    diary = Diary(seen)
    for day in range(3):
        now = START + day * DAY
        times = entry(diary, seen, now).times
        assert times is not None
        assert times.start == now
        assert names(diary, seen, now) == ["double-eleven"]
        assert names(diary, seen, now + 12 * HOUR) == []


def test_where_the_lead_is_longer_than_the_gap_both_times_concern_it() -> None:
    seen = with_sales(sale(schedule={"cron": "0 */2 * * *"}, leadTime="90m", rampDown="90m"))
    diary = Diary(seen)
    occurrences = [each.occurrence.start for each in diary.near(governed(seen), START + 70 * MINUTE).sales]
    assert occurrences == [START, START + 2 * HOUR]
    shown = entry(diary, seen, START + 70 * MINUTE).times
    assert shown is not None
    assert shown.start == START + 2 * HOUR, "the next one matters more than a ramp down"
    starts = [
        max(each.occurrence.start for each in diary.near(governed(seen), START + minutes * MINUTE).sales)
        for minutes in range(0, 600, 5)
    ]
    assert all(later >= earlier for earlier, later in pairwise(starts))


@pytest.fixture
def reckoned(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """Each time that a schedule is worked out."""
    asked: list[float] = []
    real = module.current_or_next

    def counted(spec: Any, now: float) -> Any:  # noqa: ANN401
        asked.append(now)
        return real(spec, now)

    monkeypatch.setattr(module, "current_or_next", counted)
    return asked


def test_five_hundred_events_are_worked_out_once_and_one_that_changes_alone(reckoned: list[float]) -> None:
    sales = [sale(f"sale-{number}", schedule={"cron": f"{number % 60} 3 * * *"}) for number in range(500)]
    seen = with_sales(*sales)
    diary = Diary(seen)
    for second in range(0, 600, 5):
        diary.near(governed(seen), START + second)
    first = len(reckoned)
    assert first <= 2 * 500
    seen.saw(Watched.SALES, sale("sale-7", schedule={"cron": "7 4 * * *"}, metadata={"generation": 2}))
    diary.near(governed(seen), START + 600)
    assert len(reckoned) - first <= 2
    near = diary.near(governed(seen), START + 605)
    assert near is diary.near(governed(seen), START + 610), "nothing is made anew between two edges"


async def test_hundreds_are_worked_out_before_the_first_tick_and_others_have_their_turn_between(
    reckoned: list[float],
) -> None:
    seen = with_sales(*[sale(f"sale-{number}") for number in range(100)])
    diary, turns = Diary(seen), 0
    task = asyncio.create_task(diary.reckon(START))
    while not task.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns >= 100
    known = len(reckoned)
    assert len(diary.near(governed(seen), START).sales) == 100
    assert len(reckoned) == known

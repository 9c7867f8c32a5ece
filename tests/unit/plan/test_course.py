"""A plan tells the floors that decisions will have: both are made of the same functions."""

from typing import Any

import pytest

from logpipeline.api.status import LogPipelineStatus
from logpipeline.core.occurrence import Announced, Occurrence, Usual
from logpipeline.plan.course import Look, course_of
from logpipeline.plan.known import known_stages
from tests.unit.core.floors.given import MINUTE, TIMES, World, one_stage, sale
from tests.unit.core.given import NOW, spec, stage

SLACK_SECONDS = 15.0
"""An operator looks every five seconds, and believes what two looks in a row show."""
SHORT = Occurrence(*(NOW + minutes * MINUTE for minutes in (0, 8, 10, 18, 22)))
LATER = Occurrence(*(NOW + minutes * MINUTE for minutes in (6, 12, 14, 20, 24)))
HURRIED = Occurrence(*(NOW + minutes * MINUTE for minutes in (0, 1, 2, 8, 10)))


def near(sales: tuple[Announced, ...], at: float) -> list[Announced]:
    return [each for each in sales if each.occurrence.warming <= at < each.occurrence.over]


def planned(world: World, ends: float) -> tuple[Look, ...]:
    """What is planned by what the status tells by now."""
    (looks,) = course_of(
        known_stages(world.of, world.status, world.now),
        lambda at: near(world.sales, at),
        lambda each: world.usual.get(each.name),
        times=[each.occurrence for each in world.sales],
        begins=world.now,
        ends=ends,
    ).values()
    return tuple(looks)


def edges_of(path: list[tuple[float, int]]) -> list[tuple[float, int]]:
    """When the count became another."""
    edges: list[tuple[float, int]] = []
    for at, count in path:
        if count != (edges[-1][1] if edges else 0):
            edges.append((at, count))
    return edges


def decided(world: World, ends: float) -> list[tuple[float, int]]:
    """The floor at each look."""
    path = []
    while world.now < ends:
        floors = world.tick().stages["index"].floors
        path.append((world.now, max((floor.replicas for floor in floors), default=0)))
    return path


def seen(world: World, path: list[tuple[float, int]]) -> list[tuple[float, int]]:
    """When the replicas become others, with those that there are in any case."""
    least = world.of.stages[0].scaling.min_replicas
    return edges_of([(at, max(floor, least)) for at, floor in path])


@pytest.mark.parametrize(
    "world",
    [
        World(sales=(sale(times=SHORT),)),
        World(of=one_stage(maxReplicas=24), sales=(sale(times=SHORT),)),
        World(of=one_stage(maxReplicas=100), sales=(sale(times=SHORT, recordsPerSecond=90_000),)),
        World(of=one_stage(minReplicas=8), sales=(sale(times=SHORT),), replicas=8, ready=8),
        World(of=one_stage(targetUtilizationPercent=70), sales=(sale(times=SHORT),)),
        World(sales=(sale(times=SHORT, replicas={"index": 48}),)),
        World(sales=(sale(times=SHORT, multiplier=20),), usual={"double-eleven": Usual(1_500.0, "median")}),
        World(sales=(sale(times=SHORT, multiplier=20),)),
        World(sales=(sale(times=SHORT), sale("night", LATER, recordsPerSecond=55_000))),
        World(sales=(sale(times=SHORT), sale("night", LATER, recordsPerSecond=20_000))),
        World(sales=(sale(times=HURRIED),)),
    ],
    ids=[
        "steps, each as soon as the last is proven",
        "as many as may be",
        "as many as partitions give work",
        "more are there than the first steps ask for",
        "a pinned utilization",
        "replicas announced",
        "a multiple of what is usual",
        "a multiple of what nobody knows",
        "a larger one within another",
        "a smaller one within another",
        "no time for steps",
    ],
)
def test_the_floors_of_a_plan_are_those_that_are_decided(world: World) -> None:
    ends = max(each.occurrence.over for each in world.sales) + 5 * MINUTE
    world.tick()
    world.until(NOW - 10)
    foretold = seen(world, [(look.at, look.replicas) for look in planned(world, ends)])
    came = seen(world, decided(world, ends))
    assert [count for _, count in foretold] == [count for _, count in came]
    assert all(
        abs(at - told) <= SLACK_SECONDS for (told, _), (at, _) in zip(foretold[1:], came[1:], strict=True)
    )


def test_a_plan_that_is_made_in_the_middle_goes_on_from_there() -> None:
    world = World(sales=(sale(times=SHORT),))
    world.until(NOW + 50)
    ends = SHORT.over + MINUTE
    foretold = seen(world, [(look.at, look.replicas) for look in planned(world, ends)])
    assert foretold[0][1] == world.replicas > world.of.stages[0].scaling.min_replicas
    assert [count for _, count in foretold] == [count for _, count in seen(world, decided(world, ends))]


def test_the_next_stage_gets_what_the_one_before_hands_on() -> None:
    index = stage(capacity={"recordsPerSecond": 1_000, "learn": False}, maxReplicas=64)
    both = spec(index.model_copy(update={"name": "collect"}), index)
    told: Any = {"stages": [_told("collect", 100, 100), _told("index", 300, 300)]}
    course = course_of(
        known_stages(both, _status(told), NOW),
        lambda _: [sale(recordsPerSecond=10_000)],
        lambda _: None,
        times=[TIMES],
        begins=TIMES.start,
        ends=TIMES.end,
    )
    rates = {name: looks[0].floors[0].per_second for name, looks in course.items()}
    assert rates == {"collect": 10_000, "index": 30_000}


def test_looks_are_made_at_the_very_second_at_which_a_floor_changes() -> None:
    odd = Occurrence(NOW, NOW + 1_001, NOW + 1_100, NOW + 1_200, NOW + 1_307)
    unproven = World(sales=(sale(times=odd, replicas={"index": 60}),), start_seconds=5_000)
    unproven.until(NOW - 10)
    assert unproven.status is not None
    slow = unproven.status.model_copy(
        update={"stages": (unproven.status.stages[0].model_copy(update={"start_up_seconds": 200}),)}
    )
    unproven.status = slow
    at = {look.replicas: look.at - NOW for look in planned(unproven, NOW + 2_000)}
    assert at == {15: 1_254, 8: 1_281, 30: 1_227, 60: at[60], 0: 1_307}


def _told(name: str, arriving: int, consuming: int) -> dict[str, Any]:
    return {
        "name": name,
        "arrivalPerSecond": arriving,
        "consumptionPerSecond": consuming,
        "partitions": {"total": 64, "usable": 64},
    }


def _status(told: object) -> LogPipelineStatus:
    return LogPipelineStatus.model_validate(told)

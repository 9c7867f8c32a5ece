"""A stage goes through a sale that was announced."""

import pytest

from logpipeline.api.conditions import ConditionStatus, ConditionType, Reason
from logpipeline.api.sale_status import Phase
from logpipeline.core.decision import Decision
from logpipeline.core.model import Statement
from logpipeline.core.occurrence import Usual
from logpipeline.core.readings import GroupState
from logpipeline.core.rules import Rule
from tests.unit.core.floors.given import MINUTE, TIMES, World, floor_of, one_stage, sale


def prewarm(decision: Decision) -> Statement | None:
    return next((each for each in decision.statements if each.type is ConditionType.PREWARM_READY), None)


def line(decision: Decision) -> str:
    return decision.stages["index"].line


def test_it_is_warmed_in_steps_and_proven_long_before() -> None:
    world = World()
    world.until(TIMES.warming + 8 * MINUTE)
    assert sorted(set(world.path)) == [2, 8, 16, 32, 64]
    (told,) = [told for told in world.told if told.startswith("Prewarmed")]
    assert told == (
        "Prewarmed: index: double-eleven starts in 48 min: 64 of 64 replicas are proven ready, "
        "by a group that is Stable with 64 members."
    )


def test_the_line_says_which_step_it_is() -> None:
    world = World()
    decision = world.until(TIMES.warming)
    assert line(decision).startswith("2→8: ")
    assert "double-eleven: 8 of 64, step 1 of 4" in line(decision)
    assert [each.rule for each in decision.stages["index"].rules][-1] is Rule.EVENT_FLOOR


def test_without_proof_a_step_is_held_up_for_its_share_and_no_longer() -> None:
    world = World(start_seconds=10_000.0)
    at = dict.fromkeys((5, 15, 25, 35), 0)
    for minutes in at:
        world.until(TIMES.warming + minutes * MINUTE)
        at[minutes] = world.replicas
    assert at == {5: 8, 15: 16, 25: 32, 35: 64}


def test_not_ready_in_time_is_told_once_with_the_shortfall_and_the_time_left() -> None:
    world = World(start_seconds=10_000.0)
    before = world.until(TIMES.ready - 5)
    said = prewarm(before)
    assert said is not None
    assert said.reason is Reason.WARMING
    decision = world.until(TIMES.ready + 5 * MINUTE)
    warned = [told for told in world.told if told.startswith("PrewarmNotReady")]
    assert len(warned) == 1
    assert "starts in 10 min: 2 of 64 replicas are proven ready" in warned[0]
    assert "62 are short" in warned[0]
    said = prewarm(decision)
    assert said is not None
    assert (said.status, said.reason) == (ConditionStatus.FALSE, Reason.PREWARM_NOT_READY)
    world.start_seconds = 0.0
    decision = world.until(TIMES.ready + 8 * MINUTE)
    said = prewarm(decision)
    assert said is not None
    assert (said.status, said.reason) == (ConditionStatus.TRUE, Reason.PREWARMED)
    assert sum(told.startswith("Prewarmed") for told in world.told) == 1


def test_a_rebalance_before_the_start_is_no_alarm() -> None:
    world = World()
    world.until(TIMES.ready)
    world.state = GroupState.REBALANCING
    said = prewarm(world.tick())
    assert said is not None
    assert said.reason is Reason.PREWARMED


def test_it_is_held_to_the_end_and_goes_down_in_steps() -> None:
    world = World()
    world.until(TIMES.end)
    assert world.replicas == 64
    assert floor_of(world.tick()).phase is Phase.RAMPING_DOWN
    world.until(TIMES.over + 10 * MINUTE)
    assert world.replicas == 1
    assert prewarm(world.tick()) is None
    assert world.memory.stages["index"].events == ()


def test_nothing_is_taken_away_around_the_start() -> None:
    world = World(sales=(sale(replicas={"index": 8}),), replicas=40, ready=40)
    world.until(TIMES.start + 29 * MINUTE)
    assert min(world.path) == 40
    decision = world.tick()
    assert Rule.EVENT_NEAR in {each.rule for each in decision.stages["index"].rules}
    world.until(TIMES.start + 45 * MINUTE)
    assert world.replicas == 8


def test_of_several_the_highest_counts_and_all_are_shown() -> None:
    world = World(sales=(sale(), sale("flash", recordsPerSecond=20_000)))
    decision = world.until(TIMES.start)
    assert world.replicas == 64
    assert {each.name: each.planned for each in decision.stages["index"].floors} == {
        "double-eleven": 64,
        "flash": 32,
    }
    assert world.status is not None
    assert [each.name for each in world.status.stages[0].events or ()] == ["double-eleven", "flash"]


def test_a_source_that_is_away_keeps_the_floor() -> None:
    world = World()
    world.until(TIMES.ready)
    world.seen = False
    world.until(TIMES.end + 3 * MINUTE)
    assert min(world.path[-900:]) == 64


def test_a_source_that_was_away_all_the_time_is_warmed_all_the_same() -> None:
    world = World(seen=False)
    decision = world.until(TIMES.ready)
    assert world.replicas == 42
    assert "double-eleven: 42 of 42" in line(decision)


def test_what_is_usual_being_unknown_there_is_no_floor_and_that_is_said() -> None:
    world = World(sales=(sale(multiplier=40),))
    decision = world.until(TIMES.ready)
    assert world.replicas <= 2
    said = prewarm(decision)
    assert said is not None
    assert said.reason is Reason.BASELINE_UNKNOWN
    assert sum(told.startswith("BaselineUnknown") for told in world.told) == 1


def test_a_floor_outlasts_what_was_usual() -> None:
    world = World(
        sales=(sale(multiplier=50),), usual={"double-eleven": Usual(800.0, "mean of the last 24 h")}
    )
    world.until(TIMES.ready)
    assert world.replicas == 64
    world.usual = {}
    world.until(TIMES.start)
    assert world.replicas == 64


def test_announced_late_it_is_as_fast_as_it_can_be_and_said() -> None:
    world = World(sales=())
    world.until(TIMES.ready + 5 * MINUTE)
    world.sales = (sale(),)
    decision = world.tick()
    assert world.replicas == 64
    assert any("seen 45 min after its warming was to begin" in note for note in floor_of(decision).notes)


def test_an_event_that_is_edited_is_planned_anew() -> None:
    world = World()
    world.until(TIMES.ready)
    world.sales = (sale(recordsPerSecond=10_000),)
    assert floor_of(world.tick()).planned < 64


def test_an_event_that_is_deleted_asks_for_nothing_any_more() -> None:
    world = World()
    world.until(TIMES.ready)
    world.sales = ()
    world.until(TIMES.ready + 20 * MINUTE)
    assert world.replicas < 64


def test_what_it_cannot_have_is_said_with_what_would_do() -> None:
    world = World(of=one_stage(maxReplicas=20))
    floor = floor_of(world.until(TIMES.start))
    assert (floor.planned, floor.needed) == (20, 64)
    assert floor.bound == "needs 64, maxReplicas is 20: 64 would do"
    assert world.replicas == 20


def test_an_event_that_names_replicas_concerns_the_stages_that_it_names() -> None:
    world = World(sales=(sale(replicas={"store": 30}),))
    decision = world.until(TIMES.start)
    assert decision.stages["index"].floors == ()
    assert world.replicas <= 2


@pytest.mark.parametrize("seconds", [0.0, 120.0])
def test_a_restart_forgets_nothing_that_was_told(seconds: float) -> None:
    world = World(start_seconds=10_000.0)
    world.until(TIMES.ready + seconds)
    world.restart()
    world.until(TIMES.ready + seconds + MINUTE)
    assert sum(told.startswith("PrewarmNotReady") for told in world.told) == 1


def test_while_records_are_late_what_is_left_stays() -> None:
    world = World()
    world.until(TIMES.end)
    world.behind = 1_000_000
    assert floor_of(world.until(TIMES.end + 12 * MINUTE)).replicas == 64
    world.behind = 0
    assert floor_of(world.until(TIMES.end + 13 * MINUTE)).replicas == 16

"""One stage as a whole: what it is to run, what is said, and what is asked of the actuator."""

from dataclasses import replace

import pytest

from logpipeline.api.conditions import Reason
from logpipeline.api.pipeline import Stage
from logpipeline.core.decision import StageDecision, Verdict
from logpipeline.core.memory import Contest, StageMemory
from logpipeline.core.model import Obstacle
from logpipeline.core.observation import StageObservation
from logpipeline.core.readings import Group, GroupState, Sample
from logpipeline.core.rules import Rule
from logpipeline.core.stage import decide_stage
from logpipeline.core.window import window_of
from tests.unit.core.given import (
    NOW,
    Readings,
    flow,
    memory,
    missing,
    partitions,
    sample,
    seen,
    stage,
    workload,
)

NEVER = 10**12
QUIET = flow(lambda at: 50 * at, lambda at: 50 * at)
SILENT = flow(lambda _: 0, lambda _: 0)
BURST = flow(lambda at: 700 * at, lambda at: 50 * at, count=16)
"""700 records/s for 16 partitions; one replica takes 1,000."""
AWAY: Readings = (*QUIET, missing())


def decided(
    what: StageObservation, known: StageMemory | None = None, of: Stage | None = None
) -> tuple[StageDecision, StageMemory]:
    return decide_stage(of or stage(), NEVER, what, known or memory(), NOW)


def rules(decision: StageDecision) -> list[Rule]:
    return [applied.rule for applied in decision.rules]


def test_a_burst_is_answered_in_one_step_and_the_line_says_why() -> None:
    appeared = (*QUIET[:-1], sample(NOW, [1_015_000] * 8, [0] * 8))
    decision, _ = decided(seen(appeared, workload(1)), of=stage(maxReplicas=8))
    assert (decision.verdict, decision.replicas) == (Verdict.SCALE, 8)
    assert decision.line.startswith("1→8: arrival ")
    assert Rule.DRAIN_TERM in rules(decision)


def test_what_is_right_is_held() -> None:
    decision, known = decided(seen(QUIET, workload(1)))
    assert (decision.verdict, decision.replicas, decision.uncapped) == (Verdict.HOLD, 1, 1)
    assert decision.scaling.reason is Reason.SCALING
    assert decision.scaling_active
    assert known.measured_at == known.whole_at == NOW


def test_an_equal_count_is_claimed_on_adoption() -> None:
    decision, _ = decided(seen(QUIET, workload(1, managers=("helm",))))
    assert decision.verdict is Verdict.CLAIM


@pytest.mark.parametrize("current", [0, 1, 7, 100])
def test_missing_holds_whatever_runs(current: int) -> None:
    decision, _ = decided(seen(AWAY, workload(current)), of=stage(minReplicas=0))
    assert (decision.verdict, decision.replicas) == (Verdict.HOLD, current)
    assert rules(decision) == [Rule.NOT_KNOWN]
    assert decision.uncapped is None
    assert decision.missing == missing()


def test_what_was_never_known_changes_no_count_not_even_to_the_minimum() -> None:
    decision, _ = decided(seen(AWAY, workload(1)), of=stage(minReplicas=3))
    assert decision.replicas == 1
    assert rules(decision) == [Rule.NOT_KNOWN]


@pytest.mark.parametrize(
    ("unknown_for", "current", "replicas"), [(599, 2, 2), (600, 2, 8), (600, 8, 8), (6000, 12, 12)]
)
def test_the_fallback_comes_after_a_while_and_never_takes_away(
    unknown_for: float, current: int, replicas: int
) -> None:
    spec = stage(fallback={"replicas": 8, "after": "10m"})
    decision, _ = decided(seen(AWAY, workload(current)), memory(unknown_since=NOW - unknown_for), spec)
    assert decision.replicas == replicas
    assert rules(decision) == [Rule.FALLBACK if replicas > current else Rule.NOT_KNOWN]


def test_a_fallback_below_the_minimum_does_not_hide_the_minimum() -> None:
    spec = stage(minReplicas=5, fallback={"replicas": 3, "after": "1s"})
    assert decided(seen(AWAY, workload(1)), memory(unknown_since=NOW - 1), spec)[0].replicas == 5


def test_a_fallback_counts_from_the_first_decision_that_did_not_know() -> None:
    spec = stage(fallback={"replicas": 8, "after": "10m"})
    first, known = decided(seen(AWAY, workload(2)), of=spec)
    assert (first.replicas, known.unknown_since) == (2, NOW)
    later = decide_stage(spec, NEVER, seen((missing(NOW + 600),), workload(2)), known, NOW + 600)[0]
    assert later.replicas == 8


@pytest.mark.parametrize("mode", ["Paused", "Advise"])
def test_what_the_mode_forbids_is_computed_and_not_done(mode: str) -> None:
    decision, _ = decided(seen(BURST, workload(1, managers=("helm",))), of=stage(mode=mode))
    assert decision.replicas is not None
    assert decision.replicas > 1
    assert decision.verdict is (Verdict.SCALE if mode == "Advise" else Verdict.HOLD)
    assert decision.scaling.reason is (Reason.ADVISING if mode == "Advise" else Reason.PAUSED)
    assert not decision.scaling_active


def test_advice_claims_nothing() -> None:
    assert (
        decided(seen(QUIET, workload(1, managers=("helm",))), of=stage(mode="Advise"))[0].verdict
        is Verdict.HOLD
    )


@pytest.mark.parametrize("reason", [Reason.TARGET_HAS_AUTOSCALER, Reason.TARGET_SHARED])
def test_somebody_else_who_scales_it_is_left_alone(reason: Reason) -> None:
    obstacle = Obstacle(reason, "somebody else scales it")
    decision, known = decided(seen(BURST, workload(1), obstacle), memory(written=4, written_at=NOW - 60))
    assert decision.verdict is Verdict.HOLD
    assert decision.scaling == obstacle
    assert known.written is None


def test_a_target_that_is_not_there_is_named_and_the_source_is_measured_all_the_same() -> None:
    decision, known = decided(
        StageObservation(window_of(QUIET), None), memory(written=4, written_at=NOW - 60)
    )
    assert (decision.verdict, decision.replicas) == (Verdict.HOLD, None)
    assert decision.scaling.reason is Reason.TARGET_MISSING
    assert "Deployment log-indexer" in decision.scaling.message
    assert decision.measures is not None
    assert known.written is None


def test_a_contested_target_is_named_while_it_is_still_scaled() -> None:
    contests = tuple(Contest(NOW - ago, "argocd-controller") for ago in (60, 40, 20))
    decision, _ = decided(seen(QUIET, workload(1)), memory(contests=contests, written=1, written_at=NOW - 5))
    assert decision.scaling.reason is Reason.TARGET_CONTESTED
    assert (
        "argocd-controller keeps writing spec.replicas of Deployment log-indexer" in decision.scaling.message
    )
    assert decision.scaling_active


def test_a_refusal_is_shown_until_there_is_nothing_to_write() -> None:
    refusal = Obstacle(Reason.SCALE_REFUSED, "may not scale")
    decision, known = decided(seen(BURST, workload(1)), memory(refusal=refusal))
    assert (decision.scaling, decision.scaling_active) == (refusal, False)
    decision, known = decided(seen(QUIET, workload(1)), known)
    assert decision.scaling.reason is Reason.SCALING
    assert known.refusal is None


def test_half_of_the_partitions_raise_the_count() -> None:
    half = flow(lambda at: 4_000 * at, lambda at: 4_000 * at, count=8, missing=partitions(16)[8:])
    decision, _ = decided(seen(half, workload(3)))
    assert decision.replicas == 8
    assert decision.usable is None


def test_half_of_the_partitions_do_not_lower_it() -> None:
    half = flow(lambda at: 10 * at, lambda at: 10 * at, count=8, missing=partitions(16)[8:])
    decision, _ = decided(seen(half, workload(12)))
    assert decision.replicas == 12
    assert rules(decision)[-1] is Rule.LOWER_BOUND


def test_partitions_bound_the_count_and_it_is_said() -> None:
    heavy = flow(lambda at: 9_000 * at, lambda at: 4_000 * at, count=4)
    decision, _ = decided(seen(heavy, workload(1)))
    assert (decision.replicas, decision.usable) == (4, 4)
    assert Rule.PARTITION_BOUND in rules(decision)
    assert decision.uncapped is not None
    assert decision.uncapped > 4


def test_a_minimum_above_the_partitions_is_kept_and_said() -> None:
    decision, _ = decided(seen(QUIET, workload(6)), of=stage(minReplicas=6))
    assert decision.replicas == 6
    assert Rule.MINIMUM in rules(decision)


def test_a_group_that_rebalances_keeps_its_assignor() -> None:
    """`range` over two topics can use 4 consumers: 8 while no assignor is told would rebalance for ever."""
    names = (*partitions(4, "a"), *partitions(4, "b"))
    stable, rebalancing = Group(GroupState.STABLE, "range", 4), Group(GroupState.REBALANCING, None, 4)
    busy = flow(lambda at: 6_000 * at, lambda at: 4_000 * at, count=8, partitions=names, group=stable)
    decision, known = decided(seen(busy, workload(4)))
    assert (decision.replicas, decision.usable) == (4, 4)
    again = tuple(replace(each, group=rebalancing) for each in busy if isinstance(each, Sample))
    decision, _ = decided(seen(again, workload(4)), known)
    assert (decision.replicas, decision.usable) == (4, None)


@pytest.mark.parametrize(
    ("window", "current", "replicas", "why"),
    [
        (SILENT, 0, 0, None),
        (SILENT, 1, 0, None),
        (QUIET, 0, 0, None),  # what arrives is consumed by somebody
        (flow(lambda _: 10, lambda _: 0), 0, 0, None),
        (flow(lambda _: 10, lambda _: 0), 1, 0, None),
        (flow(lambda _: 11, lambda _: 0), 0, 1, None),
        (flow(lambda at: 700 * at, lambda _: 0, count=4), 0, 2, None),
        (flow(lambda at: at > 100, lambda at: at > 100), 1, 1, None),
        ((sample(NOW, [11], [11]),), 0, 0, None),
        ((sample(NOW, [11], [11]),), 1, 1, Rule.AWAKE),
    ],
)
def test_a_stage_sleeps_and_wakes_by_what_waits(
    window: Readings, current: int, replicas: int, why: Rule | None
) -> None:
    decision, _ = decided(seen(window, workload(current)), of=stage(minReplicas=0, activationBacklog=10))
    assert decision.replicas == replicas
    assert why is None or why in rules(decision)


def test_a_stage_that_may_not_sleep_keeps_its_minimum() -> None:
    assert decided(seen(SILENT, workload(0)))[0].replicas == 1


def test_the_last_decision_is_the_one_that_changed_something() -> None:
    first, known = decided(seen(QUIET, workload(1)))
    assert known.last is not None
    assert known.last.line == first.line
    second, changed = decided(seen(BURST, workload(1)), known)
    assert changed.last is not None
    assert changed.last.replicas == second.replicas
    assert decided(seen(BURST, workload(second.replicas or 0)), changed)[1].last == changed.last


def test_advice_that_stays_the_same_keeps_its_time() -> None:
    _, known = decided(seen(BURST, workload(1)), of=stage(mode="Advise"))
    again = decide_stage(stage(mode="Advise"), NEVER, seen(BURST, workload(1)), known, NOW + 5)[1]
    assert again.last == known.last


def test_a_late_watch_after_a_step_up_takes_nothing_away_again() -> None:
    """A second source measured within the same second: its decision from the old count undid the step."""
    known = memory(written=12, written_at=NOW - 0.3)
    decision, _ = decided(seen(BURST, workload(1)), known)
    assert decision.uncapped is not None
    assert decision.uncapped < 12
    assert (decision.verdict, decision.replicas) == (Verdict.HOLD, 12)


def test_advice_that_nobody_takes_does_not_change_with_every_trifle() -> None:
    """Advice was worked out from the count that ran: no brake held it, and each 8, 9, 8 was an Event."""
    busy = flow(lambda at: 8_400 * at, lambda at: 8_400 * at, count=64)
    fresh, _ = decided(seen(busy, workload(1)), of=stage(mode="Advise"))
    later, known = decided(seen(busy, workload(1)), memory(advised=12), of=stage(mode="Advise"))
    assert (fresh.replicas, later.replicas) == (11, 12)
    assert Rule.TOO_LITTLE_LESS in rules(later)
    assert later.line.startswith("1→12: ")
    assert decided(seen(busy, workload(1)), known)[1].advised is None

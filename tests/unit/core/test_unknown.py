"""What runs while it is not wholly known what is needed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest

from logpipeline.api.conditions import Reason
from logpipeline.api.pipeline import Stage
from logpipeline.core.decide import decide
from logpipeline.core.decision import StageDecision, Verdict
from logpipeline.core.memory import Memory, StageMemory
from logpipeline.core.model import Workload
from logpipeline.core.readings import Doubt, Reading
from logpipeline.core.rules import Rule
from logpipeline.core.stage import decide_stage
from logpipeline.core.status import memory_of, status_of
from logpipeline.core.window import Window
from tests.unit.core.given import (
    NOW,
    OURS,
    memory,
    missing,
    observation,
    partitions,
    sample,
    seen,
    spec,
    stage,
    workload,
)

NEVER = 10**12
AWAY = partitions(8)[1:]
WATCHED = memory(measured_at=NOW - 5, whole_at=NOW - 5)


def nothing(step: int) -> Reading:
    return missing(NOW + 5 * step)


def one_of_eight(step: int) -> Reading:
    at, counters = NOW + 5 * step, [1000 * step]
    return sample(at, counters, counters, missing=AWAY, missing_because="A broker is away.")


def everything(step: int) -> Reading:
    return sample(NOW + 5 * step, [100 * step] * 8, [100 * step] * 8)


def moved_back(step: int) -> Reading:
    whole = everything(step)
    return replace(whole, doubts=(Doubt(Reason.PARTITION_REWOUND, "a group was moved back"),))


def a_list(step: int) -> Reading:
    """Nobody tells what arrives, and nobody ever will."""
    untold = (Doubt(Reason.ARRIVAL_UNKNOWN, "nobody counts what arrives"),)
    return sample(NOW + 5 * step, [0], [0], counted=False, doubts=untold)


@dataclass
class Run:
    """A stage, tick by tick; what it asks for is written."""

    of: Stage = field(default_factory=stage)
    known: StageMemory = field(
        default_factory=lambda: memory(
            written=20, written_at=NOW - 600, measured_at=NOW - 5, whole_at=NOW - 5
        )
    )
    workload: Workload = field(default_factory=lambda: workload(20))
    window: Window = field(default_factory=Window)
    step: int = 0

    def ticks(self, read: Callable[[int], Reading], count: int) -> Iterator[StageDecision]:
        for _ in range(count):
            now = NOW + 5 * self.step
            self.window = self.window.extended(read(self.step))
            what = replace(seen((), self.workload), window=self.window)
            decision, self.known = decide_stage(self.of, NEVER, what, self.known, now)
            if decision.verdict is not Verdict.HOLD and decision.replicas is not None:
                self.workload = workload(decision.replicas)
                self.known = replace(self.known, written=decision.replicas, written_at=now)
            self.step += 1
            yield decision

    def counts(self, read: Callable[[int], Reading], count: int) -> list[int | None]:
        return [decision.replicas for decision in self.ticks(read, count)]


def rules(decision: StageDecision) -> list[Rule]:
    return [applied.rule for applied in decision.rules]


@pytest.mark.parametrize("read", [nothing, one_of_eight, moved_back])
def test_a_chart_that_resets_the_count_while_it_is_not_known_is_undone(
    read: Callable[[int], Reading],
) -> None:
    """It was claimed at 1, and stayed there until the source came back."""
    run = Run()
    assert set(run.counts(read, 3)) == {20}
    run.workload = workload(1, managers=("helm",))
    [undone] = run.ticks(read, 1)
    assert (undone.verdict, undone.replicas) == (Verdict.SCALE, 20)
    assert rules(undone)[-1] is Rule.OVERWRITTEN
    assert set(run.counts(read, 3)) == {20}


def test_what_could_not_be_written_back_at_once_is_tried_again() -> None:
    run = Run(workload=workload(1, managers=("helm",)))
    for _ in range(2):
        what = replace(seen((), run.workload), window=Window(nothing(0)))
        decision, run.known = decide_stage(run.of, NEVER, what, run.known, NOW)
        assert (decision.verdict, decision.replicas) == (Verdict.SCALE, 20)


def test_a_count_that_is_reset_while_all_is_known_is_decided_anew() -> None:
    run = Run()
    list(run.ticks(everything, 20))
    run.workload = workload(1, managers=("helm",))
    assert run.counts(everything, 2) == [1, 1]
    assert run.known.floor is None


def test_what_was_kept_is_let_go_when_all_is_known_again() -> None:
    run = Run()
    list(run.ticks(nothing, 2))
    run.workload = workload(1, managers=("helm",))
    list(run.ticks(nothing, 2))
    assert run.known.floor == 20
    list(run.ticks(everything, 3))
    assert run.known.floor is None


def test_a_person_may_lower_what_nobody_ever_tells_enough_of() -> None:
    run = Run()
    list(run.ticks(a_list, 3))
    run.workload = workload(2, managers=("kubectl",))
    assert run.counts(a_list, 2) == [2, 2]


def test_what_is_kept_is_not_above_a_maximum_that_was_lowered_meanwhile() -> None:
    run = Run()
    list(run.ticks(nothing, 2))
    run.workload, run.of = workload(1, managers=("helm",)), stage(maxReplicas=12)
    assert run.counts(nothing, 1) == [12]


def test_more_than_was_written_is_left() -> None:
    run = Run()
    list(run.ticks(nothing, 2))
    run.workload = workload(30, managers=("kubectl",))
    assert run.counts(nothing, 2) == [30, 30]


def test_a_count_that_was_reset_while_no_operator_ran_is_back_though_the_source_is_away() -> None:
    of = spec(stage())
    before = observation(index=replace(seen((), workload(20)), window=Window(nothing(0))))
    status = status_of(of, before, decide(of, before, Memory(), NOW), None, 1)
    after = observation(index=replace(seen((), workload(1, managers=("helm",))), window=Window(nothing(1))))
    decision = decide(of, after, memory_of(of, status, NOW + 5), NOW + 5)
    assert decision.stages["index"].replicas == 20
    assert decision.memory.stages["index"].contests == ()


@pytest.mark.parametrize("read", [nothing, one_of_eight])
def test_the_fallback_comes_though_a_part_is_measured(read: Callable[[int], Reading]) -> None:
    """One partition of eight was enough to keep the fallback away for ever."""
    run = Run(of=stage(fallback={"replicas": 40, "after": "5m"}), workload=workload(3), known=WATCHED)
    counts = run.counts(read, 120)
    assert set(counts[:60]) == {3}
    assert set(counts[60:]) == {40}
    assert set(run.counts(everything, 3)) == {40}


def test_a_fallback_takes_nothing_away_from_what_the_known_part_asks_for() -> None:
    run = Run(of=stage(fallback={"replicas": 5, "after": "1s"}), workload=workload(8), known=WATCHED)
    assert set(run.counts(one_of_eight, 10)) == {8}


def test_time_without_a_whole_measurement_is_counted_from_the_last_one() -> None:
    run = Run(of=stage(fallback={"replicas": 40, "after": "5m"}), workload=workload(3), known=WATCHED)
    list(run.ticks(one_of_eight, 40))
    list(run.ticks(everything, 2))
    assert 40 not in run.counts(one_of_eight, 40)


def test_a_clock_that_jumps_ahead_brings_no_fallback() -> None:
    """It came after '603 s without a measurement', with one that was three seconds old."""
    run = Run(of=stage(minReplicas=20, fallback={"replicas": 40, "after": "5m"}))
    list(run.ticks(everything, 3))
    late = replace(seen((), run.workload), window=run.window)
    decision, _ = decide_stage(run.of, NEVER, late, run.known, NOW + 613)
    assert (decision.replicas, rules(decision)) == (20, [Rule.NOT_KNOWN])


def test_a_minimum_that_is_raised_while_the_source_is_away_is_kept() -> None:
    """The night before a sale: the minimum was raised, and nothing came of it."""
    run = Run(of=stage(minReplicas=2), workload=workload(2), known=WATCHED)
    assert set(run.counts(everything, 3)) == {2}
    run.of = stage(minReplicas=20)
    [raised] = run.ticks(nothing, 1)
    assert (raised.verdict, raised.replicas, rules(raised)) == (Verdict.SCALE, 20, [Rule.MINIMUM])


def test_a_maximum_that_is_lowered_while_the_source_is_away_takes_nothing_away() -> None:
    run = Run(of=stage(maxReplicas=5))
    assert set(run.counts(nothing, 3)) == {20}


def test_the_operator_owns_what_it_keeps() -> None:
    run = Run()
    list(run.ticks(nothing, 2))
    assert run.workload.managers == OURS

"""How long replicas take to start is learned from those that were asked for, and from nothing else."""

import pytest

from logpipeline.core.memory import StageMemory
from logpipeline.core.startup import (
    has_settled,
    is_starting,
    start_up_seconds,
    watch_at_work,
    watch_start_up,
)
from tests.unit.core.given import NOW, memory, workload


def watched(*steps: tuple[float, int, int | None], begin: StageMemory | None = None) -> StageMemory:
    known = begin or memory()
    for at, replicas, ready in steps:
        known = watch_start_up(known, workload(replicas, ready), NOW + at)
    return known


def test_a_start_is_watched_from_growth_to_readiness() -> None:
    assert watched((0, 2, 2), (5, 8, 2), (10, 8, 5), (25, 8, 8)).start_up_seconds == 20


def test_a_start_is_watched_from_our_own_write() -> None:
    begun = memory(asked=2, written=8, written_at=NOW - 4)
    assert watched((0, 8, 8), begin=begun).start_up_seconds == 4


def test_starts_are_averaged() -> None:
    begun = memory(asked=2, start_up_seconds=30.0)
    assert watched((0, 8, 2), (10, 8, 8), begin=begun).start_up_seconds == 20


@pytest.mark.parametrize(
    "steps",
    [
        [(0, 8, 8), (5, 8, 3), (200, 8, 8)],  # a rollout or a crash
        [(0, 8, 3), (60, 8, 8)],  # begun before we looked
        [(0, 8, 8), (5, 4, 8), (10, 4, 4)],  # fewer
        [(0, 2, 2), (5, 8, 2), (400, 8, 8)],  # stuck for lack of nodes
        [(0, 2, None), (5, 8, None)],  # a kind that does not tell
    ],
)
def test_what_is_no_start_teaches_nothing(steps: list[tuple[float, int, int | None]]) -> None:
    known = watched(*steps)
    assert known.start_up_seconds is None
    assert start_up_seconds(known) == 30


def test_replicas_are_starting_until_they_are_ready_or_patience_ends() -> None:
    known = watched((0, 2, 2), (5, 8, 2))
    assert is_starting(known, NOW + 300)
    assert not is_starting(known, NOW + 305)
    assert not is_starting(watched((10, 8, 8), begin=known), NOW + 10)


def test_the_present_replicas_have_settled_once_they_worked_for_a_minute() -> None:
    known = watch_at_work(memory(), workload(3), NOW)
    assert not has_settled(known, workload(3), NOW + 59)
    assert has_settled(known, workload(3), NOW + 60)
    assert watch_at_work(known, workload(3), NOW + 60) is known
    changed = watch_at_work(known, workload(5, ready=4), NOW + 60)
    assert not has_settled(changed, workload(5, ready=4), NOW + 61)


def test_replicas_that_are_asked_for_do_not_unsettle_those_that_work() -> None:
    known = watch_at_work(memory(), workload(3), NOW)
    assert has_settled(watch_at_work(known, workload(9, ready=3), NOW + 50), workload(9, ready=3), NOW + 60)


def test_kinds_that_do_not_tell_are_given_the_time_to_start() -> None:
    untold = workload(3, ready=None)
    known = watch_at_work(memory(start_up_seconds=40.0), untold, NOW)
    assert not has_settled(known, untold, NOW + 99)
    assert has_settled(known, untold, NOW + 100)


def test_a_clock_that_was_set_back_neither_teaches_nor_holds() -> None:
    begun = memory(asked=2, starting_since=NOW + 4_000)
    assert not is_starting(begun, NOW)
    assert watched((0, 2, 2), begin=begun).start_up_seconds is None

"""Who owns the count, and who keeps taking it away."""

from logpipeline.core.memory import StageMemory
from logpipeline.core.ownership import (
    as_written,
    contender,
    let_go,
    must_claim,
    overwritten,
    watch_ownership,
)
from logpipeline.core.rules import Rule
from tests.unit.core.given import NOW, memory, workload

WROTE_EIGHT = memory(written=8, written_at=NOW - 10)


def contested(times: int, every: float, manager: str = "argocd-controller") -> StageMemory:
    known = WROTE_EIGHT
    for step in range(times):
        at = NOW + step * every
        known = watch_ownership(known, workload(1, managers=(manager,)), at)
        known = memory(written=8, written_at=at + 1, contests=known.contests)
    return known


def test_whoever_writes_again_and_again_is_named() -> None:
    assert contender(contested(2, 60)) is None
    assert contender(contested(3, 60)) == "argocd-controller"


def test_three_times_within_an_hour_is_not_again_and_again() -> None:
    assert contender(contested(3, 1200)) is None


def test_contests_are_forgotten_in_time() -> None:
    known = contested(3, 60)
    after = watch_ownership(known, workload(8), NOW + 120 + 601)
    assert after.contests == ()


def test_what_was_overwritten_is_the_count_from_then_on() -> None:
    known = watch_ownership(WROTE_EIGHT, workload(3, managers=("kubectl",)), NOW)
    assert (known.written, known.written_at) == (3, NOW)
    assert [contest.manager for contest in known.contests] == ["kubectl"]


def test_a_late_watch_is_no_contest() -> None:
    assert watch_ownership(WROTE_EIGHT, workload(2), NOW) == WROTE_EIGHT
    fresh = memory(written=8, written_at=NOW - 1)
    assert watch_ownership(fresh, workload(2, managers=("kubectl",)), NOW) == fresh


def test_nobody_is_accused_before_we_wrote() -> None:
    assert watch_ownership(memory(), workload(2, managers=("kubectl",)), NOW) == memory()


def test_an_unnamed_manager_is_called_so() -> None:
    known = watch_ownership(WROTE_EIGHT, workload(3, managers=()), NOW)
    assert known.contests[0].manager == "an unnamed manager"


def test_what_is_written_while_it_is_not_ours_is_not_against_us() -> None:
    known = let_go(contested(3, 60))
    assert contender(known) is None
    assert watch_ownership(known, workload(1, managers=("kubectl",)), NOW + 300) == known


def test_a_count_is_claimed_from_whoever_has_it() -> None:
    assert must_claim(memory(), workload(managers=("helm",)))
    assert must_claim(memory(), workload(managers=()))
    assert must_claim(WROTE_EIGHT, workload(managers=("helm",)))
    assert not must_claim(memory(), workload(managers=("helm", "logpipeline")))


def test_a_workload_that_names_no_managers_is_claimed_once() -> None:
    assert not must_claim(WROTE_EIGHT, workload(managers=()))


def test_what_another_takes_right_after_our_write_is_not_claimed_as_it_is_but_held_against_them() -> None:
    """A claim would take over their count, and nobody would ever be named."""
    fresh, theirs = memory(written=8, written_at=NOW - 1), workload(1, managers=("argocd-controller",))
    assert not must_claim(fresh, as_written(fresh, theirs, NOW))
    later = watch_ownership(fresh, theirs, NOW + 1)
    assert [contest.manager for contest in later.contests] == ["argocd-controller"]


def test_whoever_took_the_count_is_named_in_the_next_decision_and_only_there() -> None:
    theirs = workload(3, managers=("kustomize-controller",))
    known = watch_ownership(WROTE_EIGHT, theirs, NOW)
    [said] = overwritten(known, theirs, NOW)
    assert (said.rule, said.value) == (Rule.OVERWRITTEN, "kustomize-controller had set 3")
    assert overwritten(known, theirs, NOW + 5) == overwritten(WROTE_EIGHT, theirs, NOW) == ()


def test_the_count_just_written_is_believed_before_a_watch_that_is_late() -> None:
    fresh = memory(written=8, written_at=NOW - 1)
    assert as_written(fresh, workload(2), NOW).replicas == 8
    assert as_written(WROTE_EIGHT, workload(2), NOW).replicas == 2
    assert as_written(memory(), workload(2), NOW).replicas == 2

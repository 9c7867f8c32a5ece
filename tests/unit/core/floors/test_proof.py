"""What proves that replicas are ready."""

import pytest

from logpipeline.core.floors.proof import Proof, watch_proof
from logpipeline.core.model import Measures
from logpipeline.core.readings import Group, GroupState, Sharing
from tests.unit.core.given import NOW, measures, workload

EIGHT = 8


def shown(members: int, state: GroupState = GroupState.STABLE, at: float = NOW) -> Measures:
    """Of eight partitions."""
    return measures(at=at, group=Group(state, "range", members), excess=measures().excess.repeat(4))


def proven(*looks: Measures, ready: int | None, each: int = 1) -> int | None:
    proof: Proof | None = None
    for look in looks:
        proof = watch_proof(proof, look, workload(6, ready), each)
    assert proof is not None
    return proof.proven


def test_a_group_is_to_be_stable_twice_in_a_row() -> None:
    assert proven(shown(6), ready=6) == 0
    assert proven(shown(6), shown(6, at=NOW + 5), ready=6) == 6


def test_two_looks_at_one_measurement_are_one() -> None:
    assert proven(shown(6), shown(6), ready=6) == 0


@pytest.mark.parametrize(
    ("members", "ready", "each", "count"),
    [(4, 6, 1, 4), (6, 4, 1, 4), (6, 6, 2, 3), (8, 6, 2, 6), (7, None, 1, 6)],
)
def test_each_consumer_is_to_be_a_member_as_far_as_there_are_partitions(
    members: int, ready: int | None, each: int, count: int
) -> None:
    assert proven(shown(members), shown(members, at=NOW + 5), ready=ready, each=each) == count


def test_a_rebalance_proves_nothing_new_and_disproves_nothing() -> None:
    calm = shown(4), shown(4, at=NOW + 5)
    busy = shown(6, GroupState.REBALANCING, NOW + 10)
    assert proven(*calm, busy, ready=6) == 4
    assert proven(*calm, busy, shown(6, at=NOW + 15), ready=6) == 4
    assert proven(*calm, busy, shown(6, at=NOW + 15), shown(6, at=NOW + 20), ready=6) == 6


def test_pods_that_are_not_ready_any_more_are_not_proven() -> None:
    proof = Proof(NOW, 6, 6, "a group")
    assert watch_proof(proof, shown(6, GroupState.REBALANCING, NOW + 5), workload(6, 3), 1).proven == 3
    assert watch_proof(proof, None, workload(6, 3), 1).proven == 3


def test_where_no_group_is_the_pods_prove_it() -> None:
    shared = measures(sharing=Sharing.SHARED, group=None)
    assert proven(shared, ready=5) == 5
    assert proven(shared, ready=None) is None


def test_what_was_never_measured_proves_nothing() -> None:
    assert watch_proof(None, None, workload(6), 1).proven is None

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logpipeline.core.readings import PartitionId
from logpipeline.sim.assignors import NOBODY, assigned
from logpipeline.sim.truth import Assignor


def names(*sizes: int) -> tuple[PartitionId, ...]:
    return tuple(PartitionId(f"topic-{t}", n) for t, size in enumerate(sizes) for n in range(size))


def fresh(assignor: Assignor, partitions: tuple[PartitionId, ...], members: int) -> list[int]:
    return assigned(assignor, partitions, np.full(len(partitions), NOBODY), members).tolist()


def test_range_gives_unbroken_ranges_and_the_first_members_one_more() -> None:
    assert fresh(Assignor.RANGE, names(7), 3) == [0, 0, 0, 1, 1, 2, 2]


def test_range_leaves_members_idle_beyond_the_largest_topic() -> None:
    assert set(fresh(Assignor.RANGE, names(4, 4), 6)) == {0, 1, 2, 3}


def test_others_deal_all_topics_together() -> None:
    assert set(fresh(Assignor.ROUND_ROBIN, names(4, 4), 6)) == set(range(6))
    assert set(fresh(Assignor.UNIFORM, names(4, 4), 6)) == set(range(6))


@given(st.lists(st.integers(-1, 5), min_size=1, max_size=40), st.integers(1, 12))
def test_sticky_is_even_and_moves_no_more_than_it_must(before: list[int], members: int) -> None:
    owners = np.array([owner if owner < members else NOBODY for owner in before], dtype=np.intp)
    after = assigned(Assignor.COOPERATIVE_STICKY, names(len(before)), owners, members)
    counts = np.bincount(after, minlength=members)
    assert counts.sum() == len(before)
    assert counts.max() - counts.min() <= 1
    share, rest = divmod(len(before), members)
    had = sorted(np.bincount(owners[owners != NOBODY], minlength=members).tolist(), reverse=True)
    kept = sum(min(count, share + (place < rest)) for place, count in enumerate(had))
    assert (after == owners).sum() == kept


@pytest.mark.parametrize("assignor", list(Assignor))
def test_sixty_four_partitions_give_fifty_four_members_no_less_than_thirty_two(assignor: Assignor) -> None:
    of_54 = np.bincount(fresh(assignor, names(64), 54))
    of_32 = np.bincount(fresh(assignor, names(64), 32))
    assert of_54.max() == of_32.max() == 2

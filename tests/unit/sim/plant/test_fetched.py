"""Consumers that serve their partitions in turn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logpipeline.sim.fetched import Fetched
from tests.unit.sim.plant.given import played, station

ALL = 1_000_000


def taken_by_one(fetched: Fetched, waiting: list[float], able: float, seconds: int) -> list[list[float]]:
    """What one consumer of all partitions takes, second by second, while nothing arrives."""
    left, places = np.array(waiting), np.arange(len(waiting))
    owners, taken = np.zeros(len(waiting), dtype=np.intp), []
    for _ in range(seconds):
        taken.append(fetched.take(left, places, owners, np.array([able])))
        left = left - taken[-1]
    return [each.tolist() for each in taken]


def test_a_partition_is_worked_off_before_the_next() -> None:
    fetched = Fetched(ALL, readers=np.array([0.5, 0.5]))
    assert taken_by_one(fetched, [250, 200], able=100, seconds=4) == [[100, 0], [100, 0], [50, 50], [0, 100]]


def test_no_more_is_fetched_of_a_partition_than_an_answer_holds() -> None:
    fetched = Fetched(150, readers=np.array([0.5, 0.5]))
    assert taken_by_one(fetched, [400, 400], able=100, seconds=4) == [[100, 0], [50, 50], [0, 100], [100, 0]]


def test_what_was_fetched_of_a_partition_that_moves_is_thrown_away() -> None:
    fetched = Fetched(ALL, readers=np.array([0.5, 0.5]))
    taken_by_one(fetched, [250, 200], able=100, seconds=1)
    fetched.share_out(np.array([np.nan, 0.5]))
    assert fetched.held.tolist() == [0, 200]
    fetched.share_out(np.array([0.5, 0.5]))
    assert fetched.held.tolist() == [0, 200], "it comes back with nothing"


def test_those_that_were_served_longest_ago_come_first_in_the_next_fetch() -> None:
    fetched = Fetched(100, readers=np.array([0.5, 0.5]))
    assert taken_by_one(fetched, [400, 0], able=50, seconds=1) == [[50, 0]]
    assert taken_by_one(fetched, [350, 300], able=50, seconds=3) == [[50, 0], [0, 50], [0, 50]]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 500), st.integers(0, 3)), min_size=1, max_size=12),
    st.lists(st.floats(0, 900), min_size=4, max_size=4),
    st.integers(1, 300),
)
def test_who_is_busy_takes_as_much_as_it_can(
    partitions: list[tuple[float, int]], able: list[float], most: int
) -> None:
    waiting = np.array([records for records, _ in partitions])
    owners = np.array([owner for _, owner in partitions], dtype=np.intp)
    fetched, places = Fetched(most, owners.astype(float)), np.arange(len(waiting))
    for _ in range(3):
        taken = fetched.take(waiting, places, owners, np.array(able))
        assert (taken >= 0).all()
        assert (taken <= waiting).all()
        per_consumer = np.bincount(owners, taken, 4)
        assert per_consumer == pytest.approx(np.minimum(np.bincount(owners, waiting, 4), able), abs=1e-6)
        waiting = np.maximum(waiting - taken, 0.0)


def test_a_stage_does_as_much_and_what_waits_grows_unequal() -> None:
    """Seen on a real broker: a busy consumer of many partitions leaves some alone for half a minute."""
    alike, in_turn = (
        stage
        for whole, stage in (
            station(rate=2_000, waiting=8_000),
            station(rate=2_000, waiting=8_000, fetch=12_000),
        )
        if played(whole, 25)
    )
    assert alike.done_records == pytest.approx(25_000)
    assert in_turn.done_records == pytest.approx(25_000)
    assert np.ptp(alike.waiting) < 1
    assert np.ptp(in_turn.waiting) > 1_000

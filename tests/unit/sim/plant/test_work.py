import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logpipeline.sim.truth import Store
from logpipeline.sim.work import held_back, taken_by_all, taken_by_owners


def level_by_level(waiting: np.ndarray, owners: np.ndarray, able: np.ndarray) -> np.ndarray:
    """Each consumer takes of its partitions alike, until they are empty or it is busy: step by step."""
    taken = np.zeros_like(waiting)
    for consumer, most in enumerate(able):
        own = [place for place, owner in enumerate(owners) if owner == consumer]
        left = float(most)
        while own and left > 1e-12:
            each = min(left / len(own), *(waiting[place] - taken[place] for place in own))
            for place in own:
                taken[place] += each
            left -= each * len(own)
            own = [place for place in own if waiting[place] - taken[place] > 1e-9]
    return taken


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 500), st.integers(0, 3)), min_size=1, max_size=12),
    st.lists(st.floats(0, 900), min_size=4, max_size=4),
)
def test_a_busy_consumer_serves_its_partitions_alike(
    partitions: list[tuple[float, int]], able: list[float]
) -> None:
    waiting = np.array([records for records, _ in partitions])
    owners = np.array([owner for _, owner in partitions], dtype=np.intp)
    taken = taken_by_owners(waiting, owners, np.array(able))
    assert taken == pytest.approx(level_by_level(waiting, owners, np.array(able)), abs=1e-6)


def test_nobody_takes_more_than_it_can_nor_more_than_waits() -> None:
    waiting, owners = np.array([100.0, 10.0, 400.0]), np.array([0, 0, 1])
    taken = taken_by_owners(waiting, owners, np.array([50.0, 1_000.0]))
    assert taken.tolist() == [40.0, 10.0, 400.0]


@given(st.lists(st.floats(1e-3, 1e6), min_size=1, max_size=9), st.floats(0, 1e9))
def test_who_is_just_not_busy_takes_all(waiting: list[float], offset: float) -> None:
    records = np.array(waiting) + offset
    able = np.array([np.nextafter(records.sum(), 0)])
    taken = taken_by_owners(records, np.zeros(len(records), dtype=np.intp), able)
    assert taken == pytest.approx(records)


def test_what_is_shared_goes_to_whoever_is_free() -> None:
    assert taken_by_all(np.array([300.0, 100.0]), 200.0).tolist() == [150.0, 50.0]
    assert taken_by_all(np.array([300.0, 100.0]), 900.0).tolist() == [300.0, 100.0]


def test_a_store_takes_what_it_can_and_less_the_more_it_is_pressed() -> None:
    store = Store(records_per_second=1_000, worsening=0.5)
    each = np.full(4, 200.0)
    assert held_back(each, store).sum() == 800.0
    assert held_back(each * 2, store).sum() == pytest.approx(1_000 / (1 + 0.5 * 0.6))
    assert held_back(each * 4, store).sum() < held_back(each * 2, store).sum()

"""What will wait when a later decision works."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logpipeline.core.headroom import Pace
from logpipeline.core.outlook import Crew, Outlook, outlook, served
from logpipeline.core.readings import Sharing
from tests.unit.core.given import measures

PACE = Pace(lead=80, pause=15)


def ahead(arrival: list[float], waiting: list[float], crew: Crew, **fields: object) -> Outlook:
    excess = np.array(waiting)
    rates = np.array(arrival)
    found = outlook(measures(arrival=rates, excess=excess, consumption=rates, **fields), crew, PACE)
    assert found is not None
    return found


def crew(at_work: int = 2, soon: int | None = None, starts_in: float = 0.0) -> Crew:
    return Crew(at_work, at_work if soon is None else soon, starts_in, 1000.0, "range")


def test_who_keeps_up_has_nothing_but_the_pause() -> None:
    assert ahead([400.0] * 4, [0.0] * 4, crew()).oldest_seconds == pytest.approx(15)


def test_the_overload_of_a_consumer_falls_on_its_fullest_partition() -> None:
    """Looked at as a whole it was 5 % behind, and the records of one partition were three minutes old."""
    found = ahead([600.0, 450.0, 400.0, 400.0], [0.0] * 4, crew())
    assert found.oldest_seconds == pytest.approx(15 + 50 * 80 / 600)


def test_a_partition_alone_with_its_consumer_is_no_reason_for_more() -> None:
    assert ahead([2000.0, 100.0], [1e6, 0.0], crew()).oldest_seconds == pytest.approx(15)


def test_until_new_replicas_have_started_the_old_ones_work_alone() -> None:
    early, late = (ahead([500.0] * 4, [0.0] * 4, crew(1, 2, starts)) for starts in (10.0, 60.0))
    assert late.oldest_seconds > early.oldest_seconds > 15
    assert late.waiting > early.waiting


def test_growth_ages_and_nobody_at_work_ages_most() -> None:
    level, growing = (ahead([450.0] * 4, [0.0] * 4, crew(), slope=each) for each in (0.0, 10.0))
    assert growing.oldest_seconds > level.oldest_seconds
    assert ahead([450.0] * 4, [0.0] * 4, crew(0)).oldest_seconds == pytest.approx(80 + 15)


def test_what_is_taken_and_not_committed_yet_does_not_wait() -> None:
    """Commits of every 30 s read as half a minute of age, and held nothing back."""
    rare = ahead([400.0] * 4, [6000.0] * 4, crew(), commit_interval_seconds=30.0)
    assert rare.oldest_seconds == pytest.approx(15)


def test_a_stream_is_one_queue_for_all() -> None:
    found = ahead([2200.0], [0.0], crew(), sharing=Sharing.SHARED)
    assert found.oldest_seconds == pytest.approx(15 + 200 * 80 / 2200)


def test_what_is_not_known_has_no_outlook() -> None:
    assert outlook(measures(arrival=None), crew(), PACE) is None
    assert outlook(measures(lower_bound=True), crew(), PACE) is None


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 4)), min_size=1, max_size=20),
    st.lists(st.integers(1, 80), min_size=5, max_size=5),
)
def test_a_consumer_takes_what_it_can_and_serves_its_partitions_alike(
    partitions: list[tuple[int, int]], able: list[int]
) -> None:
    asked = np.array([float(records) for records, _ in partitions])
    owner = np.array([consumer for _, consumer in partitions])
    taken = served(asked, owner, np.array(able, dtype=np.float64))
    assert (taken <= asked + 1e-9).all()
    for consumer, most in enumerate(able):
        own = owner == consumer
        assert taken[own].sum() == pytest.approx(min(asked[own].sum(), most))
        short = own & (taken < asked - 1e-9)
        assert not short.any() or np.ptp(taken[short]) < 1e-9

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logferry.limiter import BURST_SECONDS, TokenBucket, Unlimited, limited_batch


class Clock:
    """A clock that goes on when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def passed_in(seconds: float, rate: float, batch: int, work_seconds: float = 0.0) -> int:
    clock = Clock()
    bucket = TokenBucket(rate, clock)
    end = clock.now + seconds
    records = 0
    while clock.now < end:
        clock.now += bucket.reserve(batch) + work_seconds
        records += batch
    return records


@pytest.mark.parametrize("batch", [1, 10, 500, 2_000])
def test_the_rate_holds_for_batches_of_any_size(batch: int):
    assert passed_in(seconds=100, rate=1_000, batch=batch) == pytest.approx(100_000, rel=0.02)


def test_time_lost_in_a_slow_write_is_made_up_for():
    assert passed_in(seconds=100, rate=1_000, batch=250, work_seconds=0.2) == pytest.approx(100_000, rel=0.02)


def test_there_is_no_burst_at_the_start():
    assert TokenBucket(1_000, Clock()).reserve(1_000) == pytest.approx(1.0)


def test_a_long_rest_is_not_made_up_for():
    clock = Clock()
    bucket = TokenBucket(1_000, clock)
    clock.now += 3_600
    assert bucket.reserve(10_000) == pytest.approx(10 - BURST_SECONDS)


def test_without_a_limit_nothing_waits():
    assert Unlimited().reserve(1_000_000) == 0


@given(st.integers(1, 100_000), st.floats(1, 1e6))
def test_no_batch_waits_so_long_that_a_rebalance_has_to(batch: int, rate: float):
    size = limited_batch(batch, rate)
    assert 1 <= size <= batch
    assert size / rate <= 1.0


def test_a_batch_is_as_large_as_asked_for_without_a_limit():
    assert limited_batch(5_000, None) == 5_000

"""Ages, against a queue that keeps every second's records one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logpipeline.sim.records import PAST_SECONDS, Log

PARTITIONS = 3


class Queues:
    """Each partition as a queue of what arrived in each second."""

    def __init__(self) -> None:
        self.seconds: list[list[tuple[int, float]]] = [[] for _ in range(PARTITIONS)]

    def write(self, second: int, records: np.ndarray) -> None:
        for queue, share in zip(self.seconds, records, strict=True):
            if share > 0:
                queue.append((second, float(share)))

    def oldest(self, second: int, taken: np.ndarray) -> float:
        """The age of the first record beyond `taken`, those of a second evenly spread over it."""
        ages = [0.0]
        for queue, gone in zip(self.seconds, taken, strict=True):
            left = float(gone)
            for begun, share in queue:
                if left < share - 1e-4:
                    ages.append(second + 1 - begun - max(0.0, left) / share)
                    break
                left -= share
        return max(ages)


WEIGHTS = st.lists(st.floats(0.05, 1.0), min_size=PARTITIONS, max_size=PARTITIONS).map(
    lambda each: np.array(each) / sum(each)
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.0, 10.0, 250.0, 1_000.0]),
        st.lists(st.floats(0.0, 1.0), min_size=PARTITIONS, max_size=PARTITIONS),
        st.none() | WEIGHTS,
    ),
    min_size=1,
    max_size=30,
)


@settings(max_examples=200, deadline=None)
@given(WEIGHTS, STEPS)
def test_the_oldest_record_is_as_old_as_a_queue_of_all_records_says(
    weights: np.ndarray, steps: list[tuple[float, list[float], np.ndarray | None]]
) -> None:
    log, queues = Log(weights, lambda _: 0.0, 0.0), Queues()
    taken = np.zeros(PARTITIONS)
    for second, (records, shares, other) in enumerate(steps):
        if other is not None:
            log.share_out(other)
        queues.write(second, records * log.shares)
        log.write(records)
        part = np.round(shares, 3)
        taken = np.where(part == 1.0, log.ends, taken + (log.ends - taken) * part)
        assert log.oldest_seconds(taken) == pytest.approx(queues.oldest(second, taken), abs=1e-3)


def test_what_comes_after_a_quiet_hour_is_not_as_old_as_what_came_before_it() -> None:
    weights = np.array([0.3, 0.45, 0.25])
    log = Log(weights, lambda _: 0.0, 0.0)
    for _ in range(7):
        log.write(1_234.567)
    taken = log.ends
    for _ in range(3_600):
        log.write(0.0)
    log.write(100.0)
    assert log.oldest_seconds(taken) <= 1.0


def test_what_is_all_taken_has_no_age() -> None:
    log = Log(np.array([0.5, 0.5]), lambda _: 100.0, 0.0)
    assert log.oldest_seconds(log.ends) == 0.0


def test_what_waits_at_the_beginning_was_written_before_it() -> None:
    log = Log(np.array([1.0]), lambda _: 100.0, 6_000.0)
    assert log.oldest_seconds(log.ends - 6_000.0) == pytest.approx(60.0)


def test_what_is_older_than_the_log_is_known_to_be_is_as_old_as_the_log() -> None:
    log = Log(np.array([1.0]), lambda _: 0.0, 6_000.0)
    assert log.oldest_seconds(log.ends - 6_000.0) == PAST_SECONDS


def test_the_log_recalls_where_it_ended_before_the_weights_changed() -> None:
    log = Log(np.array([0.5, 0.5]), lambda _: 0.0, 0.0)
    log.write(100.0)
    log.share_out(np.array([0.9, 0.1]))
    log.write(100.0)
    assert log.ends_at(1).tolist() == [50.0, 50.0]
    assert log.ends_at(2).tolist() == [140.0, 60.0]


def test_topics_that_are_made_anew_begin_at_nothing() -> None:
    log = Log(np.array([0.5, 0.5]), lambda _: 10.0, 0.0)
    log.recreate()
    assert log.ends.tolist() == [0.0, 0.0]
    log.write(10.0)
    assert log.ends.tolist() == [5.0, 5.0]
    assert log.oldest_seconds(np.zeros(2)) == pytest.approx(1.0)


def test_what_was_taken_in_time_is_not_sent_again() -> None:
    log = Log(np.array([0.25, 0.75]), lambda _: 0.0, 0.0)
    for _ in range(10):
        log.write(100.0)
    assert log.waiting_since(4, log.ends) == 0.0
    assert log.waiting_since(4, np.zeros(2)) == pytest.approx(100.0)
    half_of_that_second = log.ends_at(3) + np.array([0.25, 0.75]) * 50.0
    assert log.waiting_since(4, half_of_that_second) == pytest.approx(50.0)

"""Counters over time: rates without a NaN's worth of guessing, commits that come in steps."""

import numpy as np
import pytest

from logpipeline.core.history import History
from logpipeline.core.readings import Reading
from logpipeline.core.window import window_of
from tests.unit.core.given import NOW, flow, partitions, sample


def history(*readings: Reading) -> History:
    known = window_of(readings).history
    assert known is not None
    return known


def test_a_rate_is_the_difference_over_the_time() -> None:
    seen = history(sample(NOW - 60, [1000], [0]), sample(NOW - 30, [1000], [0]), sample(NOW, [7000], [0]))
    assert seen.produced_per_second(60).tolist() == [100.0]
    assert seen.produced_per_second(30).tolist() == [200.0]


def test_a_rate_over_more_than_is_known_is_the_rate_over_what_is_known() -> None:
    seen = history(sample(NOW - 10, [0], [0]), sample(NOW, [500], [0]))
    assert seen.produced_per_second(300).tolist() == [50.0]


def test_one_sample_tells_no_rate() -> None:
    assert np.isnan(history(sample(NOW, [5], [5])).produced_per_second(60)).all()


def test_a_lost_sample_costs_no_correctness() -> None:
    seen = history(sample(NOW - 40, [0], [0]), sample(NOW, [4000], [4000]))
    assert seen.produced_per_second(30).tolist() == [100.0]


def test_a_recreated_topic_begins_anew() -> None:
    seen = history(sample(NOW - 20, [9000], [9000]), sample(NOW - 10, [100], [0]), sample(NOW, [600], [0]))
    assert seen.produced_per_second(300).tolist() == [50.0]


def test_a_topic_recreated_while_nobody_could_look_begins_anew() -> None:
    both, first = partitions(2), partitions(1)
    seen = history(
        sample(NOW - 20, [0, 9000], [0, 9000], partitions=both),
        sample(NOW - 10, [0], [0], partitions=first, missing=both[1:]),
        sample(NOW, [0, 100], [0, 0], partitions=both),
    )
    rates = seen.produced_per_second(300)
    assert rates[0] == 0.0
    assert np.isnan(rates[1])


def test_a_partition_that_appears_is_not_known_until_its_second_sample() -> None:
    one, two = partitions(1), partitions(2)
    before = sample(NOW - 20, [0], [0], partitions=one)
    appeared = sample(NOW - 10, [1000, 50], [0, 0], partitions=two)
    assert np.isnan(history(before, appeared).produced_per_second(60)).tolist() == [False, True]
    later = sample(NOW, [2000, 250], [0, 0], partitions=two)
    assert history(before, appeared, later).produced_per_second(60).tolist() == [100.0, 20.0]


def test_a_partition_that_is_gone_is_forgotten() -> None:
    seen = history(sample(NOW - 10, [0, 0], [0, 0]), sample(NOW, [100], [0]))
    assert seen.produced_per_second(60).tolist() == [10.0]


@pytest.mark.parametrize("times", [(-10, -10, 0), (-20, 5, -10, 0), (-5000, -10, 0)])
def test_a_clock_that_was_set_back_and_a_long_gap_begin_anew(times: tuple[int, ...]) -> None:
    seen = history(*(sample(NOW + at, [100 * at + 500_000], [0]) for at in times))
    assert [mark.at for mark in seen.ends] == [NOW - 10, NOW]
    assert seen.produced_per_second(60).tolist() == [100.0]


@pytest.mark.parametrize(
    ("commit_every", "at_least", "at_most"),
    [(1, 0.0, 5.0), (5, 2.5, 5.0), (10, 9.0, 11.0), (30, 28.0, 33.0)],
)
def test_the_commit_interval_is_measured(commit_every: int, at_least: float, at_most: float) -> None:
    window = flow(lambda at: 700 * (at + 2.5), lambda at: 700 * ((at + 2.5) // commit_every) * commit_every)
    assert at_least <= history(*window).commit_interval_seconds <= at_most


def test_standing_still_with_nothing_to_do_is_no_commit_interval() -> None:
    window = flow(lambda at: 50 * max(0, at - 280), lambda at: 50 * max(0, at - 282))
    assert history(*window).commit_interval_seconds <= 5


def test_consumption_by_rare_commits_is_the_mean_from_commit_to_commit() -> None:
    window = flow(lambda at: 700 * at, lambda at: 700 * (at // 30) * 30)
    seen = history(*window)
    assert seen.consumed_per_second(90, seen.commit_interval_seconds).tolist() == [700.0]


def test_a_group_that_stopped_committing_does_not_seem_to_go_on() -> None:
    window = flow(lambda at: 700 * at, lambda at: 700 * min(200, (at // 30) * 30))
    seen = history(*window)
    assert seen.consumed_per_second(90, seen.commit_interval_seconds).tolist() < [100.0]


def test_the_moment_at_which_the_log_passed_an_offset_is_interpolated() -> None:
    seen = history(sample(NOW - 20, [0], [0]), sample(NOW - 10, [100], [0]), sample(NOW, [200], [0]))
    assert seen.first_passed(np.array([50])) == NOW - 15
    assert seen.first_passed(np.array([100])) == NOW - 10
    assert seen.first_passed(np.array([200])) is None
    assert seen.first_passed(np.array([-1])) == NOW - 20


def test_of_several_partitions_the_one_that_passed_first_counts() -> None:
    seen = history(*(sample(NOW - 300 + at, [at, 3 * at], [0, 0]) for at in range(0, 301, 5)))
    for passed in (7, 50, 120, 298):
        assert seen.first_passed(np.array([passed, 900])) == pytest.approx(NOW - 300 + passed)
        assert seen.first_passed(np.array([300, passed])) == pytest.approx(NOW - 300 + passed / 3)

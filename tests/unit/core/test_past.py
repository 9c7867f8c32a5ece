"""What arrived so far, in steps, from whoever remembers it."""

import numpy as np

from logpipeline.core.past import KEPT_SECONDS, STEP_SECONDS, Series

NOON = 1_795_003_200.0


def steps(*numbers: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return NOON + STEP_SECONDS * np.array(numbers, dtype=np.float64)


def test_a_step_that_is_over_counts_with_the_mean_of_what_was_seen_in_it() -> None:
    series = Series()
    for seconds, rate in ((0, 100.0), (15, 300.0)):
        series = series.seen(NOON + seconds, rate)
    assert len(series.at) == 0, "a step that is under way is no step"
    series = series.seen(NOON + STEP_SECONDS, 50.0)
    assert (series.at.tolist(), series.per_second.tolist()) == ([NOON], [200.0])


def test_what_the_brokers_remember_comes_before_what_was_seen_and_never_replaces_it() -> None:
    series = Series().seen(NOON, 100.0).seen(NOON + STEP_SECONDS, 1.0)
    series = series.recalled(steps(-2, -1, 0), np.array([7.0, np.nan, 9.0]))
    assert series.at.tolist() == steps(-2, 0).tolist()
    assert series.per_second.tolist() == [7.0, 100.0]


def test_a_clock_that_is_set_back_begins_a_step_anew_and_loses_nothing_that_was_known() -> None:
    series = Series().seen(NOON, 100.0).seen(NOON + STEP_SECONDS, 1.0).seen(NOON, 500.0)
    series = series.seen(NOON + 2 * STEP_SECONDS, 1.0)
    assert series.per_second.tolist() == [100.0]


def test_what_is_older_than_four_weeks_goes() -> None:
    series = Series().recalled(steps(0), np.array([1.0]))
    later = NOON + KEPT_SECONDS + STEP_SECONDS
    assert series.seen(later, 2.0).seen(later + STEP_SECONDS, 2.0).at.tolist() == [later]

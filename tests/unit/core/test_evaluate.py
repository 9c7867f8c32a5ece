"""A window of readings -> what waits, how fast it comes, how old it is; and when that is not known."""

from collections.abc import Callable

import numpy as np
import pytest

from logpipeline.api.conditions import Reason
from logpipeline.core.evaluate import evaluate
from logpipeline.core.model import Measures
from logpipeline.core.readings import Doubt, Missing, Sharing
from logpipeline.core.window import Window, window_of
from tests.unit.core.given import NOW, Readings, flow, missing, partitions, sample


def measured(window: Readings, now: float = NOW) -> Measures:
    evaluated = evaluate(window_of(window), now)
    assert isinstance(evaluated, Measures)
    return evaluated


def test_nothing_measured_is_not_zero() -> None:
    evaluated = evaluate(Window(), NOW)
    assert isinstance(evaluated, Missing)
    assert evaluated.reason is Reason.NOT_YET_MEASURED


def test_a_source_that_is_away_is_missing_whatever_was_before() -> None:
    assert evaluate(window_of((*flow(lambda at: at, lambda at: at), missing())), NOW) == missing()


def test_an_old_measurement_is_none() -> None:
    window = window_of(flow(lambda at: at, lambda at: at))
    assert isinstance(evaluate(window, NOW + 30), Measures)
    stale = evaluate(window, NOW + 31)
    assert isinstance(stale, Missing)
    assert stale.reason is Reason.SOURCE_TOO_SLOW
    assert "31 s old" in stale.message


def test_a_measurement_that_is_still_to_come_is_none() -> None:
    """The clock was set back: a collector that stands still would look fresh until it is that time again."""
    ahead = evaluate(window_of(flow(lambda at: at, lambda at: at)), NOW - 3600)
    assert isinstance(ahead, Missing)
    assert "3600 s ahead" in ahead.message


def test_whoever_samples_seldom_is_stale_later() -> None:
    window = window_of(flow(lambda at: at, lambda at: at, seconds=600, every=60))
    assert isinstance(evaluate(window, NOW + 300), Measures)


def test_arrival_is_the_larger_of_one_minute_and_five() -> None:
    falling = flow(lambda at: 100 * min(at, 240), lambda at: 100 * at)
    assert measured(falling).arrival == pytest.approx([80.0])
    rising = flow(lambda at: 100 * max(0, at - 240), lambda at: 100 * at)
    assert measured(rising).arrival == pytest.approx([100.0])


def test_one_sample_is_a_lower_bound_without_rates() -> None:
    seen = measured((sample(NOW, [100], [40]),))
    assert seen.lower_bound
    assert seen.arrival is None
    assert seen.consumption is None
    assert seen.oldest_seconds is None
    assert seen.backlog.tolist() == [60]
    assert seen.excess.tolist() == [60.0]


def test_a_missing_partition_makes_a_lower_bound() -> None:
    gone = partitions(2)[1:]
    seen = measured(flow(lambda at: at, lambda at: at, missing=gone, missing_because="No leader."))
    assert seen.lower_bound
    assert seen.missing == 1
    assert seen.missing_because == "No leader."


def test_an_appearing_partition_makes_a_lower_bound_for_one_sample() -> None:
    before = sample(NOW - 10, [0], [0])
    appeared = sample(NOW - 5, [10, 7], [0, 0])
    assert measured((before, appeared)).lower_bound
    assert not measured((before, appeared, sample(NOW, [20, 9], [0, 0]))).lower_bound


@pytest.mark.parametrize("commit_every", [1, 2, 5, 10, 30])
@pytest.mark.parametrize("phase", [0.0, 1.0, 2.5, 4.9])
def test_the_staircase_of_a_healthy_group_is_no_excess(commit_every: int, phase: float) -> None:
    def committed(at: float) -> float:
        return 800_000 * (((at + phase) // commit_every) * commit_every - phase)

    seen = measured(flow(lambda at: 800_000 * at, committed, count=4))
    assert seen.excess.sum() == 0


@pytest.mark.parametrize("commit_every", [1, 5, 30])
def test_a_real_backlog_shows_through_the_staircase(commit_every: int) -> None:
    def produced(at: float) -> float:
        return 10_000 * at + (2_000_000 if at >= 270 else 0)

    seen = measured(flow(produced, lambda at: 10_000 * (at // commit_every) * commit_every, count=4))
    assert 1_600_000 <= seen.excess.sum() <= 2_000_000


def test_a_group_of_frequent_commits_hides_little() -> None:
    lag = flow(lambda at: 10_000 * at + (50_000 if at >= 290 else 0), lambda at: 10_000 * (at - 0.2))
    assert measured(lag).excess.sum() > 30_000


def test_a_dead_group_hides_nothing() -> None:
    seen = measured(flow(lambda at: 1_000 * at, lambda at: 1_000 * min(at, 200)))
    assert seen.excess.tolist() == [100_000.0]
    assert seen.drain_seconds is None


@pytest.mark.parametrize(("stuck_for", "teaches"), [(0, True), (10, True), (15, False), (50, False)])
def test_a_partition_that_a_group_is_stuck_in_is_no_work(stuck_for: int, *, teaches: bool) -> None:
    """The consumer of a stuck partition was taken for a busy one, and what it did for all that it can."""
    produced = [2_000_000 + 1000 * at for at in range(0, 121, 5)]
    readings = tuple(
        sample(NOW - 120 + at, [end, end], [1000 * min(at, 120 - stuck_for), end - 100])
        for at, end in zip(range(0, 121, 5), produced, strict=True)
    )
    measured = evaluate(window_of(readings), NOW)
    assert not isinstance(measured, Missing)
    assert measured.busy is not None
    assert measured.busy.tolist() == [teaches, False]


def test_all_that_waits_in_redis_is_excess() -> None:
    seen = measured(flow(lambda at: 100 * at, lambda at: 100 * (at - 2), sharing=Sharing.SHARED))
    assert seen.excess.tolist() == [200.0]


def test_the_oldest_record_is_as_old_as_the_moment_when_the_log_passed_the_group() -> None:
    seen = measured(flow(lambda at: 100 * at, lambda at: 100 * (at - 42)))
    assert seen.oldest_seconds == pytest.approx(42)


def test_what_waited_before_the_window_began_is_at_least_as_old_as_that() -> None:
    seen = measured(flow(lambda at: 1_000_000 + 100 * at, lambda at: 100 * at, seconds=60))
    assert seen.oldest_seconds == 60


def test_the_worst_partition_counts_for_the_age_and_those_without_backlog_do_not() -> None:
    window = tuple(sample(NOW - ago, [5, 1000 - ago], [5, 0 if ago else 970]) for ago in (40, 30, 20, 0))
    assert measured(window).oldest_seconds == pytest.approx(30)


def test_nothing_waits_nothing_is_old() -> None:
    assert measured(flow(lambda at: at, lambda at: at)).oldest_seconds == 0


def test_redis_tells_the_age_itself() -> None:
    seen = measured((sample(NOW, [10], [5], sharing=Sharing.SHARED, oldest_at=NOW - 77),), NOW + 3)
    assert seen.oldest_seconds == 80


def test_a_clock_that_is_behind_makes_no_negative_age() -> None:
    assert measured((sample(NOW, [10], [5], oldest_at=NOW + 10),)).oldest_seconds == 0


def test_drain_time_is_the_excess_over_what_is_gained() -> None:
    seen = measured(flow(lambda at: 600_000 + 100 * at, lambda at: 1_100 * at))
    assert seen.drain_seconds == pytest.approx(seen.excess.sum() / 1_000)


def test_a_backlog_that_shrinks_by_one_a_day_has_no_drain_time() -> None:
    seen = measured(flow(lambda at: 10**9 + 100 * at, lambda at: 100.001 * at))
    assert seen.drain_seconds is None


def test_growth_is_seen_as_a_slope_and_decay_is_not() -> None:
    growing = flow(lambda at: 10 * at + at * at, lambda at: 10 * at + at * at)
    assert measured(growing).slope == pytest.approx(2.0)
    falling = flow(lambda at: 10_000 * at - at * at, lambda _: 0)
    assert measured(falling).slope == 0


@pytest.mark.parametrize("ago", [40, 50, 60, 80, 110])
def test_a_burst_that_is_over_is_no_growth_however_it_leaves_the_windows(ago: int) -> None:
    """Seen in the demo: a minute after the burst the count went up again, 6 to 8, for nothing."""
    burst = flow(lambda at: 500 * at + (1_400_000 if at >= 300 - ago else 0), lambda at: 500 * at)
    assert measured(burst).slope == 0


def test_no_partitions_are_no_reason_to_fail() -> None:
    seen = measured((sample(NOW - 5, [], []), sample(NOW, [], [])))
    assert seen.backlog.sum() == 0
    assert seen.arrival is None


def test_counters_of_any_size_are_no_reason_to_fail() -> None:
    huge = 2**60
    seen = measured((sample(NOW - 5, [0, huge], [0, 0]), sample(NOW, [huge, 0], [0, huge])))
    assert np.isfinite(seen.excess).all()
    assert (seen.backlog >= 0).all()


def waiting(backlog: Callable[[float], float], arrival: float | None = None, seconds: int = 90) -> Readings:
    """Of a list that nobody counts, perhaps with a rate of arrival that is told."""
    more = {"counted": False, "sharing": Sharing.SHARED, "arrival_per_second": arrival}
    return flow(backlog, lambda _: 0, seconds=seconds, **more)


def test_a_list_without_a_counter_has_a_backlog_and_no_rates() -> None:
    seen = measured(waiting(lambda at: 1000 - 2 * at))
    assert seen.backlog.tolist() == [820]
    assert (seen.arrival, seen.consumption) == (None, None)
    assert seen.pace == pytest.approx(-2)
    assert seen.drain_seconds == pytest.approx(410)
    assert seen.lower_bound


def test_a_rate_that_is_told_is_the_arrival_and_the_rest_follows_from_the_backlog() -> None:
    seen = measured(waiting(lambda at: 1000 + 30 * at, arrival=100.0))
    assert seen.arrival is not None
    assert seen.consumption is not None
    assert seen.arrival.tolist() == [100.0]
    assert seen.consumption == pytest.approx([70.0])
    assert not seen.lower_bound
    assert seen.drain_seconds is None


@pytest.mark.parametrize("told", [float("nan"), float("inf"), -1.0])
def test_a_rate_that_is_no_rate_is_not_known(told: float) -> None:
    seen = measured(waiting(lambda at: at, arrival=told))
    assert seen.arrival is None
    assert seen.lower_bound


def test_a_told_rate_is_no_ground_for_less_before_the_backlog_was_watched() -> None:
    assert measured(waiting(lambda _: 0, arrival=0.0, seconds=25)).lower_bound


def test_a_doubt_makes_a_lower_bound_of_a_whole_measurement() -> None:
    doubt = Doubt(Reason.REDIS_MEMORY_NEAR, "Redis is full to 90 %.")
    seen = measured(flow(lambda at: at, lambda at: at, doubts=(doubt,)))
    assert seen.lower_bound
    assert seen.doubts == (doubt,)
    assert seen.missing == 0


def test_what_was_lost_is_summed() -> None:
    lost = np.array([3, 0, 4])
    assert measured(flow(lambda at: at, lambda at: at, count=3, lost=lost)).lost == 7


@pytest.mark.parametrize("rewound", [(90, 10), (10, 90)])
def test_counters_that_went_back_make_a_lower_bound(rewound: tuple[int, int]) -> None:
    """The log was truncated, or the group reset: until both are seen to move again nothing is known of it."""
    steady = flow(lambda _: 100, lambda _: 100)
    assert measured((*steady[:-1], sample(NOW, [rewound[0]], [rewound[1]]))).lower_bound


BOTH = (*partitions(2, "access-log"), *partitions(2, "audit-log"))


def one_of_two_topics_gone(ago: int) -> Readings:
    both = flow(lambda at: 500 * at, lambda at: 500 * at, seconds=900, count=4, partitions=BOTH)
    return tuple(
        each if each.at < NOW - ago else sample(each.at, [100_000] * 2, [100_000] * 2, partitions=BOTH[:2])
        for each in both
    )


def test_a_topic_that_vanished_a_moment_ago_is_doubted_and_named() -> None:
    """Topics that are not named are found anew at each pass: half of the load was gone, and the replicas."""
    seen = measured(one_of_two_topics_gone(ago=300))
    [doubt] = seen.doubts
    assert doubt.reason is Reason.TOPIC_MISSING
    assert doubt.message.startswith("audit-log was there a moment ago")
    assert seen.lower_bound


def test_a_topic_that_is_gone_for_ten_minutes_is_gone() -> None:
    seen = measured(one_of_two_topics_gone(ago=660))
    assert seen.doubts == ()
    assert not seen.lower_bound


def test_partitions_that_could_not_be_measured_are_not_gone() -> None:
    whole = flow(lambda at: at, lambda at: at, count=4, partitions=BOTH)
    partly = sample(NOW, [75] * 2, [75] * 2, partitions=BOTH[:2], missing=BOTH[2:])
    assert measured((*whole[:-1], partly)).doubts == ()

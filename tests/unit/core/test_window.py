"""A window grows reading by reading, keeps what decisions need, and forgets the rest."""

import sys
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logpipeline.api.conditions import Reason
from logpipeline.core.growth import begun
from logpipeline.core.history import History
from logpipeline.core.readings import Missing, PartitionId, Recalled, Sample
from logpipeline.core.window import MOST_PARTITIONS, Window, window_of
from tests.unit.core.given import NOW, flow, missing, partitions, sample

GRID = (900, 600, 450, 300, 200, 135, 90, 60, 40, 20, 10)


def known(window: Window) -> History:
    assert window.history is not None
    return window.history


def ends(window: Window) -> list[tuple[float, list[float]]]:
    return [(mark.at - NOW, mark.counters.tolist()) for mark in known(window).ends]


def recalled(
    *produced: float, ago: tuple[float, ...] = GRID, names: tuple[PartitionId, ...] | None = None
) -> tuple[Recalled, ...]:
    """One partition, or those in `names` alike."""
    which = names or partitions(1)
    return tuple(
        Recalled(NOW - age, which, np.full(len(which), end)) for age, end in zip(ago, produced, strict=True)
    )


PAST = recalled(*(1000 * (1000 - age) for age in GRID))
"""A log that grew by 1,000 records/s and ends at a million now."""
FIRST = sample(NOW, [1_000_000], [990_000], past=PAST)


def after(first: Sample, *, past: tuple[Recalled, ...]) -> Sample:
    return sample(first.at + 5, [1_005_000], [1_000_000], past=past)


def test_rates_and_ages_are_known_with_the_first_sample_where_the_log_remembers() -> None:
    history = known(window_of([FIRST]))
    assert history.produced_per_second(60).tolist() == [1000.0]
    assert history.produced_per_second(300).tolist() == [1000.0]
    assert history.first_passed(FIRST.consumed) == NOW - 10
    assert np.isnan(history.consumed_per_second(30, 5)).all()
    assert history.trend.slope == pytest.approx(0)


def test_what_is_recalled_stays_while_it_is_told() -> None:
    history = known(window_of([FIRST, after(FIRST, past=PAST)]))
    assert history.recalled == len(PAST) - 1, "the oldest is older than the window now"
    assert history.produced_per_second(300).tolist() == [1000.0]
    assert history.consumed_per_second(30, 5).tolist() == [2000.0]


def test_a_past_that_was_refuted_is_forgotten() -> None:
    history = known(window_of([FIRST, after(FIRST, past=())]))
    assert (history.recalled, len(history.ends)) == (0, 2)


def test_a_past_that_is_told_later_comes_before_what_was_measured() -> None:
    late = after(FIRST, past=PAST)
    history = known(window_of([sample(NOW, [1_000_000], [990_000]), late]))
    assert [mark.at for mark in history.ends][-3:] == [NOW - 10, NOW, NOW + 5]


def test_a_past_with_more_records_than_there_are_now_is_no_past() -> None:
    """A topic that was recreated, or a producer whose clock is wrong."""
    history = known(window_of([sample(NOW, [100], [0], past=PAST)]))
    assert np.isnan(history.produced_per_second(300)).all()


def test_a_partition_that_is_not_recalled_is_not_known() -> None:
    two = sample(NOW, [1_000_000, 5], [990_000, 5], past=PAST)
    assert known(window_of([two])).produced_per_second(60).tolist()[0] == 1000.0
    assert np.isnan(known(window_of([two])).produced_per_second(60)[1])


def test_a_partition_that_is_measured_later_is_recalled_all_the_same() -> None:
    both = partitions(2)
    past = recalled(*(1000 * (1000 - age) for age in GRID), names=both)
    first = sample(NOW, [1_000_000], [0], partitions=both[:1], missing=both[1:], past=past)
    second = sample(NOW + 5, [1_005_000, 1_005_000], [0, 0], past=past)
    assert known(window_of([first, second])).produced_per_second(60) == pytest.approx([1000.0, 1000.0])


def test_a_topic_that_is_recreated_takes_its_recalled_past_with_it() -> None:
    recreated = sample(NOW + 5, [10], [0], past=PAST)
    window = window_of([FIRST, recreated, sample(NOW + 10, [60], [0], past=PAST)])
    assert known(window).produced_per_second(300).tolist() == [10.0]


def test_older_ends_are_kept_farther_apart() -> None:
    marks = ends(window_of(flow(lambda at: at, lambda at: at, seconds=900)))
    gaps = {-at: -before + at for (before, _), (at, _) in pairwise(marks)}
    assert all(gap <= max(5, 0.2 * age + 5) for age, gap in gaps.items()), gaps
    assert len(marks) < 60
    assert marks[0][0] <= -860


@given(st.integers(0, 3600))
@settings(max_examples=20, deadline=None)
def test_a_mean_rate_over_a_span_is_one_over_about_that_span(begins: int) -> None:
    """Counters are bridged: rows that were thinned out cost no precision but that of the span."""
    slow = flow(lambda at: at * at, lambda _: 0, seconds=1000 + begins % 50)
    rate = float(known(window_of(slow)).produced_per_second(300)[0])
    end = slow[-1].at - slow[0].at
    assert 2 * end - 320 <= rate <= 2 * end - 300


def test_a_window_of_many_partitions_is_small() -> None:
    window = window_of(flow(lambda at: 700 * at, lambda at: 700 * at, seconds=1800, count=64))
    history = known(window)
    arrays = {id(array): array for mark in history.ends for array in [mark.counters]}
    arrays |= {id(array): array for mark in history.commits for array in (mark.counters, mark.committed_at)}
    assert sum(sys.getsizeof(array) for array in arrays.values()) < 100_000


def test_what_waits_without_counters_is_followed() -> None:
    readings = [sample(NOW + at, [100 + 4 * at], [0], counted=False) for at in range(0, 90, 5)]
    window = window_of(readings)
    assert window.history is None
    assert window.pace == pytest.approx(4)


def test_the_pace_is_not_known_over_a_moment() -> None:
    assert window_of(flow(lambda at: at, lambda _: 0, seconds=25)).pace is None
    assert window_of(flow(lambda at: at, lambda _: 0, seconds=30)).pace == pytest.approx(1)


def test_the_pace_is_not_that_of_a_part() -> None:
    """Half of the partitions come back: that is no growth, and half that go are no drain."""
    whole = flow(lambda at: 8 * at, lambda _: 0, count=2, seconds=90)
    part = sample(NOW + 5, [400], [0], missing=partitions(2)[1:])
    assert window_of((*whole, part)).pace is None
    back = sample(NOW + 10, [400, 400], [0, 0])
    assert window_of((*whole, part, back)).pace == pytest.approx(8, rel=0.1)


def test_a_list_that_loses_its_counter_for_a_moment_keeps_its_history() -> None:
    counted = flow(lambda at: 100 * at, lambda at: 100 * at, seconds=100)
    bare = sample(NOW + 5, [7], [0], counted=False)
    again = sample(NOW + 10, [11_000], [11_000])
    assert known(window_of((*counted, bare, again))).produced_per_second(60) == pytest.approx([100.0])


def test_a_missing_reading_hides_nothing_of_what_was_measured() -> None:
    window = window_of((*flow(lambda at: 100 * at, lambda at: 100 * at, seconds=100), missing(NOW + 5)))
    assert window.newest == missing(NOW + 5)
    later = window.extended(sample(NOW + 10, [11_000], [11_000]))
    assert known(later).produced_per_second(60) == pytest.approx([100.0])


def test_partitions_that_are_gone_are_forgotten_in_time() -> None:
    old = flow(lambda at: at, lambda at: at, count=4, seconds=100)
    new = [sample(NOW + at, [at], [at], partitions=partitions(1, "other")) for at in range(5, 1000, 5)]
    window = window_of((*old, *new, sample(NOW + 1000, [1, 1], [1, 1], partitions=partitions(2, "other"))))
    assert known(window).partitions == partitions(2, "other")


def test_a_window_is_a_value() -> None:
    window = window_of(flow(lambda at: at, lambda at: at, seconds=60))
    before = ends(window)
    window.extended(sample(NOW + 5, [0], [0]))
    window.extended(sample(NOW + 5, [1, 2, 3], [0, 0, 0]))
    assert ends(window) == before


def test_one_sample_is_a_history() -> None:
    assert begun(sample(NOW, [5], [5])).span_seconds == 0


def test_what_retention_deletes_is_not_taken_for_consumed() -> None:
    """The group stands still at 0; its position is told as the start of the log, which moves past it."""
    starts = [0, 0, 5_000, 10_000]
    readings = [
        sample(NOW + 5 * i, [50_000 + 500 * i], [start], lost=np.array([start]))
        for i, start in enumerate(starts)
    ]
    history = window_of(readings).history
    assert history is not None
    assert np.isnan(history.consumed_per_second(30, history.commit_interval_seconds)).all()
    assert history.produced_per_second(30) == pytest.approx([100])


@pytest.mark.parametrize("missing_ones", [0, 1])
def test_more_partitions_than_can_be_held_are_refused_and_nothing_of_them_is_kept(missing_ones: int) -> None:
    """One user's 30,000 partitions took the time and the memory of everybody's pipelines."""
    counters = [7] * (MOST_PARTITIONS + 1 - missing_ones)
    wide = sample(NOW, counters, counters, missing=partitions(missing_ones, "b"))
    window = window_of([FIRST]).extended(wide)
    assert isinstance(window.newest, Missing)
    assert window.newest.reason is Reason.TOO_MANY_PARTITIONS
    assert "10,001 partitions" in window.newest.message
    assert known(window).partitions == FIRST.partitions


def test_as_many_partitions_as_can_be_held_are_measured() -> None:
    counters = [7] * MOST_PARTITIONS
    assert isinstance(window_of([sample(NOW, counters, counters)]).newest, Sample)

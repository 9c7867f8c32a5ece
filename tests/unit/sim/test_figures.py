"""What a run is judged by."""

import numpy as np
import pytest

from logpipeline.sim.figures import FIGURES, Figures, figures_of, stage_figures_of, summary_of
from tests.unit.sim.tracks import EVERY_SECONDS, ROWS, level, stage_track, track

DOCUMENTED = (
    "minutes_above_threshold",
    "minutes_late",
    "max_age_seconds",
    "max_backlog_records",
    "replica_hours",
    "rebalances",
    "efficiency",
)


def some(value: float, rows: int, of: float = 0.0) -> np.ndarray:
    """A series that has a value in so many rows, and another one else."""
    series = level(of)
    series[10 : 10 + rows] = value
    return series


def test_the_figures_are_called_as_documented() -> None:
    assert FIGURES == DOCUMENTED
    assert tuple(figures_of(track()).as_json()) == DOCUMENTED


def test_a_minute_with_more_than_the_alert_s_backlog_counts_as_one() -> None:
    above = stage_track(backlog=some(1_000_001, rows=12))
    assert figures_of(track(above)).minutes_above_threshold == pytest.approx(1.0)
    at_most = stage_track(backlog=some(1_000_000, rows=12))
    assert figures_of(track(at_most)).minutes_above_threshold == 0


def test_what_waits_in_all_stages_counts_together() -> None:
    stages = [stage_track(name, backlog=some(600_000, rows=24)) for name in ("collect", "index")]
    figures = figures_of(track(*stages))
    assert figures.minutes_above_threshold == pytest.approx(2.0)
    assert figures.max_backlog_records == 1_200_000


def test_late_is_when_a_record_of_any_stage_waited_for_more_than_a_minute() -> None:
    early, late = level(60), level(60)
    early[0:12], late[6:18] = 61, 100
    stages = stage_track("collect", oldest_seconds=early), stage_track("index", oldest_seconds=late)
    figures = figures_of(track(*stages))
    assert figures.minutes_late == pytest.approx(1.5)
    assert figures.max_age_seconds == 100
    each = stage_figures_of(track(*stages))
    assert each["collect"].minutes_late == pytest.approx(1.0)
    assert each["index"].max_age_seconds == 100


def test_efficiency_is_one_where_every_pod_is_busy_all_the_time() -> None:
    seconds = ROWS * EVERY_SECONDS
    busy = stage_track(records=3_000 * seconds, replica_seconds=3 * seconds, capacity=1_000)
    assert figures_of(track(busy)).efficiency == pytest.approx(1.0)
    assert figures_of(track()).efficiency == pytest.approx(0.5)


def test_efficiency_weighs_stages_by_the_time_of_their_pods() -> None:
    fast = stage_track("fast", records=100_000, capacity=1_000, replica_seconds=100)
    slow = stage_track("slow", records=500, capacity=10, replica_seconds=100)
    assert figures_of(track(fast, slow)).efficiency == pytest.approx(0.75)


def test_a_pipeline_that_slept_all_the_time_has_no_efficiency_and_no_error() -> None:
    asleep = stage_track(records=0, replica_seconds=0)
    assert figures_of(track(asleep)).efficiency == 0


def test_replica_hours_and_rebalances_are_summed_over_the_stages() -> None:
    stages = [stage_track(name, replica_seconds=5_400, rebalances=3) for name in ("collect", "index")]
    figures = figures_of(track(*stages))
    assert figures.replica_hours == pytest.approx(3.0)
    assert figures.rebalances == 6


def test_a_summary_has_the_mean_of_the_seeds_and_how_far_they_are_apart() -> None:
    runs = [Figures(0, late, 60, 1_000, 10, rebalances, 0.5) for late, rebalances in ((0, 20), (3, 31))]
    summary = summary_of("logpipeline", runs)
    assert (summary.least.minutes_late, summary.mean.minutes_late, summary.most.minutes_late) == (0, 1.5, 3)
    assert summary.mean.rebalances == 25.5
    assert summary.runs == 2

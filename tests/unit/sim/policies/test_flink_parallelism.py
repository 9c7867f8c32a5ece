"""Rates become parallelisms as they do in Flink's autoscaler: the examples are those of its own tests."""

import math
from dataclasses import replace

import pytest

from logpipeline.sim.policies.flink_parallelism import (
    DOCUMENTED,
    MINUTE,
    Configuration,
    Rates,
    is_outside,
    scale_factor,
    scaled,
    target_capacity,
    thresholds,
)

NO_CATCH_UP = Configuration(catch_up_duration=0.0)
ANY = 10**9


def rates(arriving: float, able: float, lag: float = 0.0) -> Rates:
    return Rates(arriving=arriving, taken=min(arriving, able), able=able, lag=lag)


@pytest.mark.parametrize(
    ("conf", "parallelism", "arriving", "able", "expected"),
    [
        (replace(NO_CATCH_UP, utilization_target=1.0), 10, 50, 100, 5),
        (replace(NO_CATCH_UP, utilization_target=0.8), 10, 50, 100, 8),
        (replace(NO_CATCH_UP, utilization_target=0.8), 10, 80, 100, 10),
        (replace(NO_CATCH_UP, utilization_target=0.8), 10, 60, 100, 8),
        (replace(NO_CATCH_UP, utilization_target=0.5), 2, 100, 40, 10),
        (replace(NO_CATCH_UP, utilization_target=0.6), 2, 100, 100, 4),
        (replace(NO_CATCH_UP, utilization_target=1.0, scale_down_max_factor=0.5), 10, 10, 100, 5),
        (replace(NO_CATCH_UP, utilization_target=1.0, scale_down_max_factor=0.6), 10, 10, 100, 4),
        (replace(NO_CATCH_UP, utilization_target=1.0, scale_up_max_factor=0.5), 10, 200, 10, 15),
        (replace(NO_CATCH_UP, utilization_target=1.0, scale_up_max_factor=0.6), 10, 200, 10, 16),
    ],
)
def test_rates_become_a_parallelism(
    conf: Configuration, parallelism: int, arriving: float, able: float, expected: int
) -> None:
    """Flink Kubernetes Operator, `JobVertexScalerTest.testParallelismScaling`, with 720 key groups."""
    factor = scale_factor(conf, rates(arriving, able))
    assert scaled(parallelism, factor, 720, 1, ANY) == expected


@pytest.mark.parametrize(
    ("parallelism", "factor", "partitions", "limits", "expected"),
    [
        (6, 0.8, 36, (1, ANY), 6),
        (16, 1.5, 128, (1, ANY), 32),
        (200, 1.3, 720, (1, ANY), 360),
        (200, 2.0**31, 720, (1, ANY), 720),
        (10, 2.5, 128, (1, ANY), 32),
        (6, 0.8, 720, (1, 700), 5),
        (8, 0.8, 720, (8, 700), 8),
        (16, 1.5, 128, (60, ANY), 64),
        (200, 2.0, 720, (1, 300), 240),
        (200, 2.0**31, 720, (1, 600), 360),
    ],
)
def test_parallelisms_divide_the_partitions(
    parallelism: int, factor: float, partitions: int, limits: tuple[int, int], expected: int
) -> None:
    """Flink Kubernetes Operator, `JobVertexScalerTest`, computation with adjustment and with limits."""
    assert scaled(parallelism, factor, partitions, *limits) == expected


@pytest.mark.parametrize(
    ("parallelism", "factor", "expected"), [(1, 0.0001, 1), (6, 0.8, 5), (16, 1.5, 24), (200, 2.0, 400)]
)
def test_without_partitions_it_is_just_rounded_up(parallelism: int, factor: float, expected: int) -> None:
    """Flink Kubernetes Operator, `JobVertexScalerTest.testParallelismComputation`."""
    assert scaled(parallelism, factor, 0, 1, 720) == expected


def test_aligning_never_turns_a_step_up_into_one_down() -> None:
    """Flink Kubernetes Operator, `JobVertexScaler.scale`, its guard of the direction."""
    assert scaled(40, 1.2, 64, 1, 60) == 40


@pytest.mark.parametrize(
    ("catch_up", "lag", "expected"),
    [(0.0, 0.0, (778, 1_000)), (2.0, 700.0, (1_128, 1_700)), (2.0, 0.0, (778, 1_350))],
)
def test_between_two_capacities_nothing_is_done(
    catch_up: float, lag: float, expected: tuple[float, float]
) -> None:
    """Flink Kubernetes Operator, `ScalingMetricEvaluatorTest.testUtilizationBoundaryComputation`."""
    conf = Configuration(
        utilization_target=0.8,
        utilization_max=0.9,
        utilization_min=0.7,
        restart_time=1.0,
        catch_up_duration=catch_up,
    )
    assert thresholds(conf, rates(700, 700, lag)) == expected


def test_while_a_backlog_is_worked_off_nothing_is_taken_away() -> None:
    """Flink Kubernetes Operator, `ScalingMetricEvaluatorTest`: more than 5 minutes of records wait."""
    waiting = Rates(arriving=200, taken=200, able=10_000, lag=250 * 5 * MINUTE)
    less = replace(waiting, lag=180 * 5 * MINUTE)
    assert thresholds(NO_CATCH_UP, waiting) == (200, math.inf)
    assert not is_outside(NO_CATCH_UP, waiting)
    assert is_outside(NO_CATCH_UP, less)


def test_the_band_is_three_tenths_around_the_target_by_default() -> None:
    """Flink Kubernetes Operator, "Autoscaler": the default thresholds are target + 0.3 and target - 0.3."""
    conf = Configuration()
    assert conf.utilization_max == pytest.approx(conf.utilization_target + 0.3)
    assert conf.utilization_min == pytest.approx(conf.utilization_target - 0.3)


@pytest.mark.parametrize(("load", "outside"), [(0.39, True), (0.41, False), (0.79, False), (0.81, True)])
def test_the_example_of_the_page_acts_above_eighty_and_below_forty_percent(
    load: float, *, outside: bool
) -> None:
    """Flink Kubernetes Operator, "Autoscaler": between 0.4 and 0.8 nothing is done, restarts aside."""
    conf = replace(DOCUMENTED, restart_time=0.0)
    assert is_outside(conf, rates(load * 1_000, 1_000)) is outside


def test_capacity_is_for_the_rate_the_backlog_and_the_restart() -> None:
    """Flink Kubernetes Operator, `AutoScalerUtils.getTargetProcessingCapacity`, with the example."""
    given = rates(300, 500, lag=3_000)
    assert target_capacity(DOCUMENTED, given, 0.6) == 3_000 / 300 + 300 * 120 / 300 + 300 / 0.6
    assert target_capacity(DOCUMENTED, given, 0.6, with_restart=False) == 3_000 / 300 + 300 / 0.6


def test_where_nothing_comes_it_shrinks_by_sixty_percent_at_most() -> None:
    idle = Rates(arriving=0, taken=0, able=math.inf, lag=0)
    assert scaled(32, scale_factor(Configuration(), idle), 64, 1, ANY) == 16
    assert scaled(10, scale_factor(Configuration(), idle), 0, 1, ANY) == 4

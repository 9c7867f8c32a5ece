"""The HorizontalPodAutoscaler does what the pages of Kubernetes say it does."""

import pytest

from logpipeline.sim.policies import hpa
from logpipeline.sim.policies.hpa import Autoscaler, Metric
from tests.unit.sim.policies.given import asked, driven, nothing, sample, seen, setting

SYNC = hpa.SYNC_SECONDS


def per_replica(value: float, target: float, replicas: int) -> Metric:
    """A metric that comes to `value` for each of the replicas."""
    return Metric(value * replicas, target)


@pytest.mark.parametrize(("value", "replicas"), [(0.2, 20), (0.05, 5)])
def test_twice_the_target_doubles_the_count_and_half_of_it_halves_it(value: float, replicas: int) -> None:
    """Kubernetes, "Horizontal Pod Autoscaling", algorithm details: 200m and 50m where 100m are desired."""
    assert per_replica(value, 0.1, 10).proposal(10) == replicas


@pytest.mark.parametrize("replicas", [1, 3, 9])
def test_twenty_messages_at_five_for_each_are_four_replicas_whatever_runs(replicas: int) -> None:
    """KEDA 2.18, "ScaledObject", on the `AverageValue` of `metricType`: 20 / 5 = 4."""
    assert Metric(20, 5).proposal(replicas) == 4


def test_fifty_replicas_at_ninety_of_seventy_five_become_sixty() -> None:
    """Kubernetes blog, "HorizontalPodAutoscaler Configurable Tolerance", on v1.33."""
    assert Autoscaler(1, 100).count(0.0, 50, [per_replica(90, 75, 50)]) == 60


@pytest.mark.parametrize("value", [91, 100, 109])
def test_within_a_tenth_of_the_target_nothing_changes(value: float) -> None:
    """Kubernetes, "Horizontal Pod Autoscaling": a tolerance of 0.1 by default."""
    assert per_replica(value, 100, 50).proposal(50) == 50


def test_in_one_sync_it_adds_four_or_doubles_whichever_is_more() -> None:
    """Kubernetes, "Horizontal Pod Autoscaling", default behaviour: 4 pods or 100 % every 15 s."""
    much = [Metric(1e9, 1)]
    assert Autoscaler(1, 100).count(0.0, 1, much) == 5
    assert Autoscaler(1, 100).count(0.0, 10, much) == 20
    assert Autoscaler(1, 15).count(0.0, 10, much) == 15


def test_it_takes_away_what_nothing_asked_for_in_five_minutes_and_all_of_that_at_once() -> None:
    """Kubernetes, "Horizontal Pod Autoscaling", default behaviour: 300 s, then 100 % every 15 s."""
    scaler = Autoscaler(1, 100)
    assert scaler.count(0.0, 40, [Metric(40, 1)]) == 40
    for sync in range(1, 20):
        assert scaler.count(sync * SYNC, 40, [Metric(4, 1)]) == 40
    assert scaler.count(20 * SYNC, 40, [Metric(4, 1)]) == 4


def test_a_peak_in_between_keeps_its_own_count_for_five_minutes() -> None:
    scaler = Autoscaler(1, 100)
    scaler.count(0.0, 40, [Metric(40, 1)])
    scaler.count(10 * SYNC, 40, [Metric(30, 1)])
    assert scaler.count(20 * SYNC, 40, [Metric(4, 1)]) == 30


def test_of_several_metrics_the_largest_proposal_counts() -> None:
    """Kubernetes, "Horizontal Pod Autoscaling": the largest of the desired counts is chosen."""
    assert Autoscaler(1, 100).count(0.0, 10, [Metric(12, 1), Metric(18, 1)]) == 18


def test_where_a_metric_is_missing_the_others_may_add_and_not_take_away() -> None:
    """Kubernetes, "Horizontal Pod Autoscaling": no scaling down where a metric cannot be fetched."""
    assert Autoscaler(1, 100).count(0.0, 10, [Metric(None, 1), Metric(18, 1)]) == 18
    assert Autoscaler(1, 100).count(0.0, 10, [Metric(None, 1), Metric(2, 1)]) == 10
    assert Autoscaler(1, 100).count(0.0, 10, [Metric(None, 1)]) == 10


@pytest.mark.parametrize(("replicas", "expected"), [(0, 2), (1, 2), (70, 64)])
def test_a_count_outside_the_bounds_is_brought_back(replicas: int, expected: int) -> None:
    assert Autoscaler(2, 64).count(0.0, replicas, [Metric(None, 1)]) == expected


def test_what_waits_is_shared_out_before_any_rate_is_known() -> None:
    lag = 3 * hpa.LAG_SECONDS * 1_000
    assert asked(hpa.hpa(setting()), 0.0, seen(sample([lag]), 1)) == 3


def test_it_follows_what_arrives_when_nothing_waits() -> None:
    policy = hpa.hpa(setting())
    counts = []
    for sync in range(5):
        at = sync * SYNC
        reading = sample([0], at=at, taken=6_000 * at)
        counts.append(asked(policy, at, seen(reading, 8)))
    assert counts == [8, 10, 10, 10, 10]


def test_nothing_measured_leaves_the_count() -> None:
    assert asked(hpa.hpa(setting()), 0.0, seen(nothing(), 7)) == 7
    assert asked(hpa.hpa(setting()), 0.0, seen(sample([0, 0], missing=1), 7)) == 7


def test_it_never_goes_to_zero() -> None:
    assert driven(hpa.hpa(setting(least=0)), [0] * 40, 5)[-1] == 1

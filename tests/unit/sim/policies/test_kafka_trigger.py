"""KEDA's kafka trigger makes of offsets what its page says."""

from math import ceil

import numpy as np
import pytest

from logpipeline.core.readings import Sample
from logpipeline.sim.policies.kafka_trigger import KafkaTrigger
from tests.unit.sim.policies.given import sample


def replicas(trigger: KafkaTrigger, now: Sample, before: Sample | None = None) -> int:
    """What the HPA makes of the metric."""
    return ceil(trigger.metric(now, before) / trigger.lag_threshold)


def test_all_that_waits_is_shared_out_by_the_threshold() -> None:
    """KEDA 2.18, "Apache Kafka": `lagThreshold` is the average target value, 10 by default."""
    assert KafkaTrigger().metric(sample([10, 20, 5, 0]), None) == 35


def test_no_more_replicas_are_asked_for_than_there_are_partitions() -> None:
    """KEDA 2.18, "Apache Kafka", the notice at the top: not more than the partitions of the topic."""
    assert replicas(KafkaTrigger(), sample([1_000] * 4)) == 4


def test_idle_consumers_may_be_allowed() -> None:
    """KEDA 2.18, "Apache Kafka": `allowIdleConsumers` lets the count exceed the partitions."""
    assert replicas(KafkaTrigger(allow_idle_consumers=True), sample([1_000] * 4)) == 400


def test_or_not_more_than_partitions_in_which_something_waits() -> None:
    """KEDA 2.18, "Apache Kafka": `limitToPartitionsWithLag`."""
    trigger = KafkaTrigger(limit_to_partitions_with_lag=True)
    assert replicas(trigger, sample([1_000, 0, 1_000, 0])) == 2


@pytest.mark.parametrize(
    ("lag", "expected"), [(1, 1), (10, 1), (11, 2), (20, 2), (21, 5), (50, 5), (51, 10), (5_000, 10)]
)
def test_counts_that_divide_the_partitions_may_be_asked_for(lag: int, expected: int) -> None:
    """KEDA 2.18, "Apache Kafka", on `ensureEvenDistributionOfPartitions`: 10 partitions, threshold 10."""
    trigger = KafkaTrigger(ensure_even_distribution_of_partitions=True)
    assert replicas(trigger, sample([lag, *[0] * 9])) == expected


def test_a_partition_that_did_not_move_since_the_last_poll_may_be_left_out() -> None:
    """KEDA 2.18, "Apache Kafka", on `excludePersistentLag`: it counts for being active all the same."""
    trigger = KafkaTrigger(lag_threshold=100, exclude_persistent_lag=True)
    before, now = sample([30, 30], taken=[100, 100]), sample([40, 20], taken=[100, 120])
    assert trigger.metric(now, before) == 20
    assert trigger.metric(now, None) == 60
    assert trigger.is_active(sample([40, 0]))


def test_a_slow_committer_is_then_taken_for_a_stuck_one() -> None:
    trigger = KafkaTrigger(exclude_persistent_lag=True)
    between_commits = sample([500] * 4, taken=100)
    assert trigger.metric(between_commits, between_commits) == 0


@pytest.mark.parametrize(("lag", "threshold", "active"), [(0, 0, False), (1, 0, True), (40, 50, False)])
def test_it_is_active_above_its_activation_threshold(lag: int, threshold: int, *, active: bool) -> None:
    """KEDA 2.18, "Scaling Deployments": above, not at it; 40 messages do not reach an activation of 50."""
    assert KafkaTrigger(activation_lag_threshold=threshold).is_active(sample([lag])) is active


def test_other_sources_know_no_partitions() -> None:
    assert replicas(KafkaTrigger(), sample([1_000], shared=True)) == 100


def test_lags_beyond_what_one_number_holds_do_not_turn_negative() -> None:
    most = np.iinfo(np.int64).max // 2
    assert KafkaTrigger(allow_idle_consumers=True).metric(sample([most] * 4), None) > 0

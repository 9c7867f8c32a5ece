"""Partitions are the quantum of work."""

import math
import time
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logpipeline.core.dealing import dealt, usable_replicas
from logpipeline.core.fit import Fit, fit
from logpipeline.core.model import Measures
from logpipeline.core.readings import PartitionId, Sharing
from tests.unit.core.given import measures, partitions, scaling

RATES = st.integers(0, 5_000_000).map(lambda thousandths: thousandths / 1000)
"""Records/s to the thousandth: the fit takes less than a millionth of a replica for rounding."""
LOADS = st.lists(RATES, min_size=1, max_size=24)


def waiting(count: int, **fields: object) -> Measures:
    zeros = np.zeros(count)
    return measures(excess=zeros, arrival=zeros, consumption=zeros, **fields)


def fitted(load: list[float], consumers: int = 1, most: int = 64) -> Fit:
    of = scaling(maxReplicas=most, consumersPerReplica=consumers)
    return fit(waiting(len(load)), np.array(load), of, None)


@pytest.mark.parametrize(
    ("load", "replicas"),
    [
        ([0.0] * 64, 0),
        ([1.0] * 64, 1),
        ([500.0] * 64, 32),  # two partitions fill one consumer
        ([501.0] * 64, 64),  # 33 would do by the sum; but some would have two
        ([843.75] * 64, 64),  # 54 by the sum: they would do no more than 32
        ([260.0] * 7, 3),  # 2 by the sum of 1,820: one of them would have four
        ([1000.0, 10.0, 10.0, 10.0], 4),  # the full one must be alone, and they are dealt in turn
    ],
)
def test_every_consumer_keeps_up(load: list[float], replicas: int) -> None:
    found = fitted(load)
    assert found.replicas == replicas
    assert not found.bound


def test_what_is_spared_beside_a_hot_partition_starts_no_replicas() -> None:
    """A hot key had a consumer to itself, and 30 others had hardly anything to do."""
    hot, load = waiting(32), np.array([3000.0, *[100.0] * 31])
    assert fit(hot, load, scaling(), None).replicas == 32
    assert fit(hot, load, scaling(), None, spared=100.0).replicas == 16
    assert fit(hot, load, scaling(maxReplicas=20), None, spared=100.0).replicas == 16


def test_54_replicas_do_no_more_than_32_for_64_partitions() -> None:
    load = np.full(64, 843.75)
    most = {n: dealt(load, partitions(64), n, None).max() for n in (32, 54, 64)}
    assert most[54] == most[32] == 2 * most[64]


@pytest.mark.parametrize(
    ("load", "replicas", "beyond"),
    [
        ([5000.0] * 4, 4, 16_000.0),
        ([5000.0, 0.0, 0.0, 0.0], 1, 4000.0),  # the others have nothing: one replica is as good as four
        ([1100.0, 900.0, 900.0], 3, 100.0),  # the two that can be kept up with are
    ],
)
def test_where_no_count_keeps_up_the_smallest_of_the_best_is_taken(
    load: list[float], replicas: int, beyond: float
) -> None:
    found = fitted(load)
    assert found.bound
    assert found.replicas == replicas
    assert found.beyond == pytest.approx(beyond)


@given(LOADS, st.integers(1, 3))
@settings(max_examples=200)
def test_it_is_what_trying_all_counts_finds(load: list[float], consumers: int) -> None:
    found, per_consumer = fitted(load, consumers=consumers), 1000 / consumers

    def beyond(replicas: int) -> float:
        loads = [0.0] * max(1, replicas * consumers)
        for index, records in enumerate(sorted(load, reverse=True)):
            loads[index % len(loads)] += records
        return sum(load) if replicas == 0 else sum(max(0.0, each - per_consumer) for each in loads)

    counts = range(math.ceil(len(load) / consumers) + 1)
    least = min(beyond(replicas) for replicas in counts)
    assert beyond(found.replicas) <= least + 1e-3
    assert all(beyond(replicas) > least + 1e-9 for replicas in range(found.replicas))


@given(st.integers(1, 3), st.integers(1, 30), st.integers(1, 3), st.integers(1, 40), st.randoms())
@settings(max_examples=200)
def test_under_range_it_is_what_trying_all_counts_finds(
    topics: int, size: int, consumers: int, most: int, random: Random
) -> None:
    named = tuple(name for topic in "abc"[:topics] for name in partitions(size, topic))
    load = np.array([float(random.randrange(1500)) for _ in named])
    of = scaling(maxReplicas=most, consumersPerReplica=consumers)
    found, each = fit(waiting(len(load), partitions=named), load, of, "range"), 1000 / consumers
    left = {
        replicas: float(np.maximum(dealt(load, named, replicas * consumers, "range") - each, 0).sum())
        for replicas in range(1, min(math.ceil(size / consumers), most) + 1)
    }
    least = min(left.values())
    if found.replicas <= most:
        assert left[max(found.replicas, 1)] <= least + 1e-3
        fewest = max(1, math.ceil(np.minimum(load, each).sum() / 1000 - 1e-9))
        assert all(left[replicas] > least + 1e-9 for replicas in range(fewest, found.replicas))


@given(LOADS, st.integers(0, 23), RATES)
@settings(max_examples=200)
def test_more_load_never_takes_fewer(load: list[float], index: int, more: float) -> None:
    heavier = [*load]
    heavier[index % len(load)] += more
    assert fitted(heavier).replicas >= fitted(load).replicas


@given(LOADS, st.randoms(use_true_random=False))
@settings(max_examples=100)
def test_which_partition_has_the_load_changes_no_bound(load: list[float], random: object) -> None:
    shuffled = [*load]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = fitted(load), fitted(shuffled)
    assert (one.usable, one.bound) == (other.usable, other.bound)
    assert one.beyond == pytest.approx(other.beyond, abs=1e-3)


def test_a_group_that_assigns_by_range_can_use_its_largest_topic_alone() -> None:
    two = (*partitions(4, "a"), *partitions(8, "b"))
    assert usable_replicas(two, "range", 1) == 8
    assert usable_replicas(two, "cooperative-sticky", 1) == 12
    assert usable_replicas(two, None, 1) == 12


def test_range_gives_the_first_consumers_of_every_topic_the_most() -> None:
    two = (*partitions(3, "a"), *partitions(3, "b"))
    each = np.array([1.0, 2.0, 4.0, 8.0, 16.0, 32.0])
    assert dealt(each, two, 2, "range").tolist() == [1 + 2 + 8 + 16, 4 + 32]
    assert dealt(each, two, 2, "roundrobin").tolist() == [1 + 4 + 16, 2 + 8 + 32]
    load = np.full(6, 300.0)
    named = waiting(6, partitions=two)
    assert fit(named, load, scaling(), "range").replicas == 3
    assert fit(named, load, scaling(), "roundrobin").replicas == 2


def test_several_consumers_share_what_a_replica_can_do() -> None:
    assert fitted([500.0] * 8, consumers=2).replicas == 4
    assert fitted([500.0] * 8, consumers=2).usable == 4
    assert fitted([600.0] * 8, consumers=2).bound


def test_a_redis_stage_is_the_sum_over_the_capacity() -> None:
    shared = waiting(1, sharing=Sharing.SHARED, partitions=(PartitionId("gin_logs", 0),))
    assert fit(shared, np.array([2500.0]), scaling(), None) == Fit(3, 3, None, 0.0)


def test_what_partitions_can_use_is_not_known_while_some_are_missing() -> None:
    assert fit(waiting(4, missing=2), np.full(4, 10.0), scaling(), None).usable is None


def test_no_partitions_limit_nothing() -> None:
    assert fit(waiting(0), np.zeros(0), scaling(), None) == Fit(0, 0, None, 0.0)


@pytest.mark.parametrize("parts", [3, 7, 10])
def test_rounding_errors_start_no_replica(parts: int) -> None:
    load = [1000.0 / parts] * (parts * 6)
    assert fitted(load).replicas == 6


def skewed(count: int) -> list[float]:
    return (np.random.default_rng(1).pareto(1.1, count) * 10).tolist()


@pytest.mark.parametrize("most", [1, 5, 16, 60])
def test_where_more_than_the_maximum_are_asked_for_the_search_ends_there_and_says_so(most: int) -> None:
    """Every count up to the partitions was tried: a stage of 300 topics stopped the operator for 16 s."""
    found = fitted([800.0] * 80, most=most)
    assert (found.replicas, found.usable, found.bound) == (64, 80, False)
    assert fitted([800.0] * 80, most=80).replicas == 80
    assert fitted([1500.0] * 40, most=most).replicas == min(40, max(60, most + 1))


def test_a_maximum_that_does_as_well_as_any_count_is_not_exceeded() -> None:
    """Under `range` the first partitions of two topics meet at one consumer, whatever the count."""
    two = (*partitions(8, "a"), *partitions(8, "b"))
    load = np.zeros(16)
    load[[0, 8]] = 900.0
    found = fit(waiting(16, partitions=two), load, scaling(maxReplicas=4), "range")
    assert (found.replicas, found.beyond) == (2, 800.0)


def test_large_counts_are_found_within_a_thirtieth() -> None:
    for records, exact in ((1000.0, 3000), (400.0, 1500), (99.0, 300), (10.0, 30)):
        found = fitted([records] * 3000, most=10_000).replicas
        assert exact <= found <= exact * 33 / 32 + 1, f"{found} replicas for {exact}"


@pytest.mark.parametrize(("assignor", "topics"), [("uniform", 1), ("range", 1), ("range", 50)])
def test_the_load_of_10_000_partitions_takes_no_time_from_others(assignor: str, topics: int) -> None:
    """It took minutes. The limit is far above what it takes, which is ten milliseconds."""
    names = tuple(p for number in range(topics) for p in partitions(10_000 // topics, f"t{number:02}"))
    load = np.array(skewed(10_000))
    many = waiting(10_000, partitions=names)
    began = time.perf_counter()
    fit(many, load, scaling(maxReplicas=10_000), assignor)
    assert time.perf_counter() - began < 1.0

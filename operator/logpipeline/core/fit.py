"""Load per partition -> the smallest count whose every consumer keeps up.

Partitions are the quantum of work: with 64 of them 54 consumers do no more than 32, because some still have
two.
"""

import math
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from logpipeline.core.model import Measures, PartitionId, Rates, Sharing

RANGE = "range"
_SLACK = 1e-9
"""Shares of a replica that are rounding errors."""
_MOST = 2**31 - 1
"""The largest count of replicas that the API can hold."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How many replicas a load takes."""

    replicas: int
    needed: int
    """Replicas that the sum of the load asks for, however it is divided."""
    usable: int | None
    """Replicas that can have work at once; None where nothing limits them, or some partition is not known."""
    beyond: float
    """Records/s that no count takes, because their consumers have more than they can do."""

    @property
    def bound(self) -> bool:
        """No count keeps up: the partitions limit it."""
        return self.beyond > 0


def fit(
    measures: Measures, load: Rates, capacity: float, consumers_per_replica: int, assignor: str | None
) -> Fit:
    """The smallest count for `load` (P,) records/s when one replica takes `capacity` records/s.

    Where no count takes all of it, the smallest of those that take the most. What a single partition asks
    for beyond one consumer is out of reach for every count, and asks for no replicas.
    """
    needed = _whole(float(load.sum()) / capacity)
    if measures.sharing is Sharing.SHARED or not measures.partitions:
        return Fit(needed, needed, usable=None, beyond=0.0)
    usable = usable_replicas(measures.partitions, assignor, consumers_per_replica)
    known = None if measures.missing else usable
    per_consumer = capacity / consumers_per_replica
    within_reach = np.minimum(load, per_consumer)
    out_of_reach = float((load - within_reach).sum())
    best, least = usable, math.inf
    sizes = _topic_sizes(measures.partitions)
    for replicas in range(min(_whole(float(within_reach.sum()) / capacity), usable), usable + 1):
        beyond = _beyond(sizes, load, replicas * consumers_per_replica, per_consumer, assignor)
        if beyond < least - _SLACK * capacity:
            best, least = replicas, beyond
        if beyond <= out_of_reach + _SLACK * capacity:
            break
    return Fit(best, needed, known, least if least > _SLACK * capacity else 0.0)


def _beyond(
    sizes: list[int], load: Rates, consumers: int, per_consumer: float, assignor: str | None
) -> float:
    """Records/s that go to consumers that have their hands full already."""
    if consumers == 0:
        return float(load.sum())
    loads = np.bincount(_dealt(sizes, consumers, assignor), weights=load)
    return float(np.maximum(loads - per_consumer, 0.0).sum())


def _whole(replicas: float) -> int:
    """So many replicas, rounded up, and no more than can be; what rounding errors add is none."""
    return min(math.ceil(replicas - _SLACK * max(1.0, replicas)), _MOST)


def usable_replicas(
    partitions: tuple[PartitionId, ...], assignor: str | None, consumers_per_replica: int
) -> int:
    """Replicas that can have work at once; `range` leaves all idle beyond the largest topic's partitions."""
    sizes = _topic_sizes(partitions)
    consumers = max(sizes) if assignor == RANGE else sum(sizes)
    return math.ceil(consumers / consumers_per_replica)


def assign(partitions: tuple[PartitionId, ...], consumers: int, assignor: str | None) -> NDArray[np.int64]:
    """(P,) the consumer that each partition goes to, as the group's own assignor would deal them anew.

    `range` gives each topic in contiguous shares, the first consumers one more (Kafka's RangeAssignor). All
    the others balance the counts; which partition goes where is theirs to choose, so they are dealt in turn.
    """
    return _dealt(_topic_sizes(partitions), consumers, assignor)


def _dealt(sizes: list[int], consumers: int, assignor: str | None) -> NDArray[np.int64]:
    if assignor != RANGE:
        return np.arange(sum(sizes), dtype=np.int64) % consumers
    return np.concatenate([_range_of(size, consumers) for size in sizes])


def _range_of(size: int, consumers: int) -> NDArray[np.int64]:
    share, rest = divmod(size, consumers)
    shares = np.full(consumers, share, dtype=np.int64)
    shares[:rest] += 1
    return np.repeat(np.arange(consumers, dtype=np.int64), shares)


def _topic_sizes(partitions: tuple[PartitionId, ...]) -> list[int]:
    """Partitions of each topic; `partitions` is sorted."""
    return [len(list(group)) for _, group in groupby(partitions, key=lambda partition: partition.topic)]

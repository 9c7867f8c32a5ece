"""Load per partition -> the smallest count whose most loaded consumer keeps up.

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
_SLACK = 1 + 1e-9


@dataclass(frozen=True, slots=True)
class Fit:
    """How many replicas a load takes."""

    replicas: int
    needed: int
    """Replicas that the sum of the load asks for, however it is divided."""
    usable: int | None
    """Replicas that can have work at once; None where nothing limits them."""

    bound: bool
    """No count keeps up: this one has the least load on its most loaded consumer."""


def fit(measures: Measures, load: Rates, capacity: float, consumers_per_replica: int) -> Fit:
    """The smallest count for `load` (P,) records/s when one replica takes `capacity` records/s."""
    needed = math.ceil(float(load.sum()) / capacity / _SLACK)
    if measures.sharing is Sharing.SHARED:
        return Fit(needed, needed, usable=None, bound=False)
    assignor = measures.group.assignor if measures.group else None
    usable = usable_replicas(measures.partitions, assignor, consumers_per_replica)
    if needed == 0 or usable == 0:
        return Fit(needed, needed, usable, bound=needed > usable)
    per_consumer = capacity / consumers_per_replica
    least, best = math.inf, usable
    for replicas in range(min(needed, usable), usable + 1):
        consumers = replicas * consumers_per_replica
        most = float(np.bincount(assign(measures.partitions, consumers, assignor), weights=load).max())
        if most <= per_consumer * _SLACK:
            return Fit(replicas, needed, usable, bound=False)
        if most < least / _SLACK:
            least, best = most, replicas
    return Fit(best, needed, usable, bound=True)


def usable_replicas(
    partitions: tuple[PartitionId, ...], assignor: str | None, consumers_per_replica: int
) -> int:
    """Replicas that can have work at once; `range` leaves all idle beyond the largest topic's partitions."""
    if not partitions:
        return 0
    sizes = _topic_sizes(partitions)
    consumers = max(sizes) if assignor == RANGE else sum(sizes)
    return math.ceil(consumers / consumers_per_replica)


def assign(partitions: tuple[PartitionId, ...], consumers: int, assignor: str | None) -> NDArray[np.int64]:
    """(P,) the consumer that each partition goes to, as the group's own assignor would deal them anew.

    `range` gives each topic in contiguous shares, the first consumers one more (Kafka's RangeAssignor). All
    the others balance the counts; which partition goes where is theirs to choose, so they are dealt in turn.
    """
    if assignor != RANGE:
        return np.arange(len(partitions), dtype=np.int64) % consumers
    return np.concatenate([_range_of(size, consumers) for size in _topic_sizes(partitions)])


def _range_of(size: int, consumers: int) -> NDArray[np.int64]:
    share, rest = divmod(size, consumers)
    shares = np.full(consumers, share, dtype=np.int64)
    shares[:rest] += 1
    return np.repeat(np.arange(consumers, dtype=np.int64), shares)


def _topic_sizes(partitions: tuple[PartitionId, ...]) -> list[int]:
    """Partitions of each topic; `partitions` is sorted."""
    return [len(list(group)) for _, group in groupby(partitions, key=lambda partition: partition.topic)]

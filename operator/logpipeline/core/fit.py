"""Load per partition -> the smallest count whose every consumer keeps up.

Partitions are the quantum of work: with 64 of them 54 consumers do no more than 32, because some still have
two.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from logpipeline.api.pipeline import Scaling
from logpipeline.core.model import Measures
from logpipeline.core.readings import PartitionId, Rates, Sharing

RANGE = "range"
_SLACK = 1e-9
"""Shares of a replica that are rounding errors."""
_MOST = 2**31 - 1
"""The largest count of replicas that the API can hold."""
_EACH = 64
"""Up to here every count is tried; beyond it 32 of them between one power of two and the next."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How many replicas a load takes."""

    replicas: int
    """More than `maxReplicas` where no count up to that does: then at least so many."""
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


def fit(measures: Measures, load: Rates, scaling: Scaling, assignor: str | None) -> Fit:
    """The smallest count for `load` (P,) records/s.

    Where no count takes all of it, the smallest of those that take the most. What a single partition asks
    for beyond one consumer is out of reach for every count, and asks for no replicas. Counts above
    `maxReplicas` are not tried: a stage may have thousands of partitions.
    """
    capacity, consumers = float(scaling.capacity.records_per_second), scaling.consumers_per_replica
    needed = _whole(float(load.sum()) / capacity)
    if measures.sharing is Sharing.SHARED or not measures.partitions:
        return Fit(needed, needed, usable=None, beyond=0.0)
    usable = usable_replicas(measures.partitions, assignor, consumers)
    known = None if measures.missing else usable
    per_consumer, slack = capacity / consumers, _SLACK * capacity
    within_reach = np.minimum(load, per_consumer)
    out_of_reach = float((load - within_reach).sum())
    topics = _topics(load, measures.partitions, assignor)
    widest = _beyond(topics, usable * consumers, per_consumer, assignor)
    best, least = usable, math.inf
    fewest = min(_whole(float(within_reach.sum()) / capacity), usable)
    for replicas in _counts(fewest, min(usable, scaling.max_replicas)):
        beyond = _beyond(topics, replicas * consumers, per_consumer, assignor)
        if beyond < least - slack:
            best, least = replicas, beyond
        if beyond <= out_of_reach + slack:
            break
    if least > widest + slack and usable > scaling.max_replicas:
        best, least = min(max(needed, scaling.max_replicas + 1), usable), widest
    return Fit(best, needed, known, least if least > slack else 0.0)


def dealt(load: Rates, partitions: tuple[PartitionId, ...], consumers: int, assignor: str | None) -> Rates:
    """(consumers,) records/s of each consumer, as the group's own assignor would deal `load` (P,) anew.

    `range` gives each topic in contiguous shares, the first consumers one more (Kafka's RangeAssignor). All
    the others balance the counts; which partition goes where is theirs to choose, so they are dealt in turn.
    """
    return _dealt(_topics(load, partitions, assignor), consumers, assignor)


def usable_replicas(
    partitions: tuple[PartitionId, ...], assignor: str | None, consumers_per_replica: int
) -> int:
    """Replicas that can have work at once; `range` leaves all idle beyond the largest topic's partitions."""
    consumers = max(_topic_sizes(partitions)) if assignor == RANGE else len(partitions)
    return math.ceil(consumers / consumers_per_replica)


def _counts(fewest: int, most: int) -> Iterator[int]:
    """The counts that are tried: `fewest`, those on a grid that does not depend on it, and `most`."""
    count = fewest
    while count < most:
        yield count
        step = max(1, 2 ** (count.bit_length() - _EACH.bit_length() + 1))
        count = (count // step + 1) * step
    if fewest <= most:
        yield most


def _beyond(topics: list[Rates], consumers: int, per_consumer: float, assignor: str | None) -> float:
    """Records/s that go to consumers that have their hands full already."""
    if consumers == 0:
        return float(sum(load.sum() for load in topics))
    return float(np.maximum(_dealt(topics, consumers, assignor) - per_consumer, 0.0).sum())


def _whole(replicas: float) -> int:
    """So many replicas, rounded up, and no more than can be; what rounding errors add is none."""
    return min(math.ceil(replicas - _SLACK * max(1.0, replicas)), _MOST)


def _dealt(topics: list[Rates], consumers: int, assignor: str | None) -> Rates:
    if assignor != RANGE:
        return _in_turn(topics[0], consumers)
    loads: Rates = np.sum([_in_shares(load, consumers) for load in topics], axis=0)
    return loads


def _in_turn(load: Rates, consumers: int) -> Rates:
    rounds = -(-len(load) // consumers)
    padded = np.zeros(rounds * consumers)
    padded[: len(load)] = load
    loads: Rates = padded.reshape(rounds, consumers).sum(axis=0)
    return loads


def _in_shares(load: Rates, consumers: int) -> Rates:
    share, rest = divmod(len(load), consumers)
    larger = rest * (share + 1)
    first = load[:larger].reshape(rest, share + 1).sum(axis=1)
    return np.concatenate([first, load[larger:].reshape(consumers - rest, share).sum(axis=1)])


def _topics(load: Rates, partitions: tuple[PartitionId, ...], assignor: str | None) -> list[Rates]:
    """What is dealt at once. Under `range` topics of one size are dealt alike, so their loads add up."""
    if assignor != RANGE:
        return [load]
    sizes = _topic_sizes(partitions)
    starts = np.cumsum([0, *sizes])
    by_size: dict[int, Rates] = {}
    for size, start in zip(sizes, starts.tolist(), strict=False):
        by_size[size] = by_size.get(size, 0.0) + load[start : start + size]
    return list(by_size.values())


def _topic_sizes(partitions: tuple[PartitionId, ...]) -> list[int]:
    """Partitions of each topic; `partitions` is sorted."""
    return [len(list(group)) for _, group in groupby(partitions, key=lambda partition: partition.topic)]

"""How a group's assignor deals partitions to any number of consumers.

Today's assignment cannot tell how another count of consumers would share the load, so all is dealt anew.
`range` gives each topic in contiguous shares, the first consumers one more (Kafka's RangeAssignor), and
`roundrobin` deals in order (its RoundRobinAssignor). All others balance the counts; which partition goes
where is theirs to choose, so they are taken to deal in turn, the one with most load first: that depends on
no order, and leaves the fullest consumer with more than a lucky deal would.
"""

import math
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from logpipeline.core.readings import PartitionId, Rates

RANGE = "range"
ROUND_ROBIN = "roundrobin"

Places = NDArray[np.intp]


def owners(load: Rates, partitions: tuple[PartitionId, ...], consumers: int, assignor: str | None) -> Places:
    """(P,) the consumer, from 0 to `consumers`, that gets each partition."""
    if assignor != RANGE:
        return np.asarray(_turns(load, assignor) % consumers, dtype=np.intp)
    ranges = [_in_range(size, consumers) for size in topic_sizes(partitions)]
    return ranges[0] if len(ranges) == 1 else np.concatenate(ranges)


def dealt(load: Rates, partitions: tuple[PartitionId, ...], consumers: int, assignor: str | None) -> Rates:
    """(consumers,) records/s of each consumer, as the group's own assignor would deal `load` (P,) anew."""
    owner = owners(load, partitions, consumers, assignor)
    return np.asarray(np.bincount(owner, load, consumers), dtype=np.float64)


def usable_replicas(
    partitions: tuple[PartitionId, ...], assignor: str | None, consumers_per_replica: int
) -> int:
    """Replicas that can have work at once; `range` leaves all idle beyond the largest topic's partitions."""
    consumers = max(topic_sizes(partitions)) if assignor == RANGE else len(partitions)
    return math.ceil(consumers / consumers_per_replica)


def _turns(load: Rates, assignor: str | None) -> Places:
    """(P,) when each partition is dealt."""
    turns = np.arange(len(load))
    if assignor == ROUND_ROBIN:
        return turns
    ranks: Places = np.empty_like(turns)
    ranks[np.argsort(-load, kind="stable")] = turns
    return ranks


def _in_range(size: int, consumers: int) -> Places:
    """(size,) the consumer of each partition of one topic: the first ones have one more than the others."""
    share, larger = divmod(size, consumers)
    place = np.arange(size)
    return np.maximum(place // (share + 1), (place - larger) // share) if share else place


def topic_sizes(partitions: tuple[PartitionId, ...]) -> list[int]:
    """Partitions of each topic; `partitions` is sorted."""
    if partitions[0].topic == partitions[-1].topic:
        return [len(partitions)]
    return [len(list(group)) for _, group in groupby(partitions, key=lambda partition: partition.topic)]

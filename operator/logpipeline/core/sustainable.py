"""What a stage can take in the long run, with all the replicas that it may have."""

from logpipeline.api.pipeline import Scaling
from logpipeline.core.arrays import largest
from logpipeline.core.capacity import Known
from logpipeline.core.dealing import RANGE, dealt, topic_sizes
from logpipeline.core.model import Measures
from logpipeline.core.readings import Sharing


def sustainable_rate(
    measures: Measures,
    scaling: Scaling,
    capacity: Known,
    *,
    planned: float,
    usable: int | None,
    assignor: str | None,
) -> float:
    """Records/s: most replicas * c * u, less what the backlog needs to be gone within `drainWithin`.

    Where partitions carry unequal load it ends earlier, when the fullest consumer has all that it can take.
    """
    most = scaling.max_replicas if usable is None else min(scaling.max_replicas, usable)
    rate = most * capacity.records_per_second * planned
    if measures.sharing is Sharing.PARTITIONED and measures.arrival is not None and most > 0:
        each = scaling.consumers_per_replica
        in_turn = assignor != RANGE or len(topic_sizes(measures.partitions)) == 1
        alone = in_turn and most * each >= len(measures.partitions)
        loads = (
            measures.arrival if alone else dealt(measures.arrival, measures.partitions, most * each, assignor)
        )
        fullest = largest(loads)
        if fullest > 0:
            rate = min(rate, planned * capacity.records_per_second / each * measures.arriving / fullest)
    draining = measures.exceeding / scaling.drain_within.total_seconds()
    return max(0.0, rate - draining)

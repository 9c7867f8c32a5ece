"""Load per partition -> the smallest count whose every consumer keeps up.

Partitions are the quantum of work: with 64 of them 54 consumers do no more than 32, because some still have
two. Where they carry unequal load, counts in between can do more, so they are tried, too.
"""

import math
from dataclasses import dataclass

import numpy as np

from logpipeline.api.pipeline import Scaling
from logpipeline.core.arrays import sum_of
from logpipeline.core.capacity import SLACK, whole_replicas
from logpipeline.core.dealing import dealt, usable_replicas
from logpipeline.core.model import Measures
from logpipeline.core.readings import Rates, Sharing
from logpipeline.core.search import Deal

__all__ = ["Fit", "dealt", "fit", "usable_replicas"]


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


def fit(
    measures: Measures,
    load: Rates,
    scaling: Scaling,
    assignor: str | None,
    *,
    capacity: float | None = None,
    total: float | None = None,
    spared: float = 0.0,
) -> Fit:
    """The smallest count whose consumers take `load` (P,) records/s, and whose replicas `total` in all.

    `total` is the sum of the load, or that with head room, and `capacity` what one replica takes. Where no
    count takes all of it, the smallest of those that take the most. What a single partition asks for beyond
    one consumer is out of reach for every count, and asks for no replicas; up to `spared` records/s beyond
    that are not worth any. Counts above `maxReplicas` are not
    tried: a stage may have thousands of partitions.
    """
    per_replica = float(scaling.capacity.records_per_second) if capacity is None else capacity
    asked = sum_of(load)
    total = asked if total is None else max(total, asked)
    needed = whole_replicas(total / per_replica)
    if measures.sharing is Sharing.SHARED or not measures.partitions:
        return Fit(needed, needed, usable=None, beyond=0.0)
    consumers = scaling.consumers_per_replica
    usable = usable_replicas(measures.partitions, assignor, consumers)
    known = None if measures.missing else usable
    if asked == 0:
        return Fit(min(needed, usable), needed, known, 0.0)
    per_consumer, slack = per_replica / consumers, SLACK * per_replica
    reachable = sum_of(np.minimum(load, per_consumer))
    deal = Deal(load, measures.partitions, per_consumer, assignor)
    fewest = max(min(whole_replicas(total * reachable / asked / per_replica), usable), 1)
    most = min(usable, scaling.max_replicas)
    best, least = usable, math.inf
    spared += slack
    if fewest <= most:
        best, least = deal.first(fewest, most, consumers, asked - reachable + spared)
    if usable > scaling.max_replicas:
        widest = deal.beyond(usable * consumers)
        if least > widest + spared:
            best, least = min(max(needed, scaling.max_replicas + 1), usable), widest
    return Fit(best, needed, known, least if least > slack else 0.0)

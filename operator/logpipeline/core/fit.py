"""Load per partition -> the smallest count whose every consumer keeps up.

Partitions are the quantum of work: with 64 of them 54 consumers do no more than 32, because some still have
two. Where they carry unequal load, counts in between can do more, so they are tried, too.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from logpipeline.api.pipeline import Scaling
from logpipeline.core.capacity import SLACK, whole_replicas
from logpipeline.core.dealing import Places, dealt, owners, usable_replicas
from logpipeline.core.model import Measures
from logpipeline.core.readings import Rates, Sharing

__all__ = ["Fit", "dealt", "fit", "usable_replicas"]

_EACH = 64
"""Up to here every count is tried; beyond it 32 of them between one power of two and the next."""
_AT_ONCE = 8
"""Counts that are tried together: most often one of the first is it."""
_PLACES_AT_ONCE = 65_536
"""So many partitions are dealt together at most."""


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
) -> Fit:
    """The smallest count whose consumers take `load` (P,) records/s, and whose replicas `total` in all.

    `total` is the sum of the load, or that with head room, and `capacity` what one replica takes. Where no
    count takes all of it, the smallest of those that take the most. What a single partition asks for beyond
    one consumer is out of reach for every count, and asks for no replicas. Counts above `maxReplicas` are not
    tried: a stage may have thousands of partitions.
    """
    per_replica = float(scaling.capacity.records_per_second) if capacity is None else capacity
    asked = float(load.sum())
    total = asked if total is None else max(total, asked)
    needed = whole_replicas(total / per_replica)
    if measures.sharing is Sharing.SHARED or not measures.partitions:
        return Fit(needed, needed, usable=None, beyond=0.0)
    consumers = scaling.consumers_per_replica
    usable = usable_replicas(measures.partitions, assignor, consumers)
    known = None if measures.missing else usable
    deal = _Deal(measures, load, per_replica / consumers, consumers, assignor)
    reachable = float(np.minimum(load, deal.per_consumer).sum())
    slack, out_of_reach = SLACK * per_replica, asked - reachable
    fewest = min(whole_replicas(total * reachable / asked / per_replica) if asked else 0, usable)
    most = min(usable, scaling.max_replicas)
    best, least = usable, math.inf
    for counts in _in_chunks(_counts(fewest, most), len(load)):
        beyond = deal.beyond(counts)
        enough = beyond <= out_of_reach + slack
        tried = int(enough.argmax()) + 1 if enough.any() else len(counts)
        for replicas, left in zip(counts[:tried].tolist(), beyond[:tried].tolist(), strict=True):
            if left < least - slack:
                best, least = replicas, left
        if enough.any():
            break
    if usable > scaling.max_replicas:
        widest = float(deal.beyond(np.array([usable]))[0])
        if least > widest + slack:
            best, least = min(max(needed, scaling.max_replicas + 1), usable), widest
    return Fit(best, needed, known, least if least > slack else 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class _Deal:
    """A load that is to be dealt to consumers."""

    measures: Measures
    load: Rates
    per_consumer: float
    """Records/s that each takes."""
    consumers_per_replica: int
    assignor: str | None

    def beyond(self, counts: Places) -> Rates:
        """(N,) records/s that go to consumers that have their hands full already, under (N,) `counts`."""
        consumers = np.maximum(counts * self.consumers_per_replica, 1)
        owner = owners(self.load, self.measures.partitions, consumers, self.assignor)
        firsts = np.concatenate([[0], np.cumsum(consumers)])
        loads = np.bincount(
            (owner + firsts[:-1, None]).ravel(), np.tile(self.load, len(counts)), int(firsts[-1])
        )
        beyond: Rates = np.add.reduceat(np.maximum(loads - self.per_consumer, 0.0), firsts[:-1])
        return np.where(counts == 0, self.load.sum(), beyond)


def _in_chunks(counts: Iterator[int], partitions: int) -> Iterator[Places]:
    """A few at first, since one of them is usually it; then more at once."""
    at_once, most = _AT_ONCE, max(1, _PLACES_AT_ONCE // max(1, partitions))
    chunk: list[int] = []
    for count in counts:
        chunk.append(count)
        if len(chunk) >= min(at_once, most):
            yield np.array(chunk)
            chunk, at_once = [], 4 * at_once
    if chunk:
        yield np.array(chunk)


def _counts(fewest: int, most: int) -> Iterator[int]:
    """The counts that are tried: `fewest`, those on a grid that does not depend on it, and `most`."""
    count = fewest
    while count < most:
        yield count
        step = max(1, 2 ** (count.bit_length() - _EACH.bit_length() + 1))
        count = (count // step + 1) * step
    if fewest <= most:
        yield most

"""The partitions of a stage: their names, how much of what arrives each gets, and the replicas that takes."""

import math
from dataclasses import dataclass, field

import numpy as np

from logpipeline.api.pipeline import Stage
from logpipeline.core.dealing import dealt, usable_replicas
from logpipeline.core.readings import PartitionId, Rates
from logpipeline.sim.mishaps import HotKey
from logpipeline.sim.truth import USUAL_ASSIGNORS, Assignor, StageTruth, TopicTruth

QUERY = "query"
"""What the place is called where records wait that only Prometheus knows of."""
_SLACK = 1e-9
"""Shares of a replica that are rounding errors."""


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """What does not change about the partitions of a stage."""

    names: tuple[PartitionId, ...]
    """`P` of them, sorted."""
    weights: Rates
    """(P,) shares of what arrives, 1 in all."""
    hot_keys: tuple[HotKey, ...]
    shared: bool
    """Any consumer takes any record."""
    assignor: Assignor
    consumers_per_replica: int
    changes: frozenset[int]
    """The seconds of the run at which the weights may change."""

    def weights_at(self, second: float) -> Rates:
        """(P,) shares of what arrives at that second, 1 in all."""
        hot = [key for key in self.hot_keys if key.holds(second)]
        if not hot:
            return self.weights
        ordinary = max(0.0, 1.0 - sum(key.share for key in hot))
        weights = self.weights * ordinary
        for key in hot:
            weights[key.partition] += key.share
        shares: Rates = weights / weights.sum()
        return shares


def layout_of(stage: Stage, truth: StageTruth, chance: np.random.Generator) -> Layout:
    """The partitions of `stage`, the busiest of them where `chance` puts them."""
    weights = []
    for topic in _topics(stage, truth):
        falling = 1.0 / np.arange(1, topic.partitions + 1) ** truth.skew
        parts = np.array(topic.weights) if topic.weights else chance.permutation(falling)
        weights.append(parts * (topic.weight / parts.sum()))
    shares = np.concatenate(weights)
    return Layout(
        names=names_of(stage, truth),
        weights=shares / shares.sum(),
        hot_keys=truth.hot_keys,
        shared=is_shared(stage, truth),
        assignor=truth.assignor or USUAL_ASSIGNORS[truth.rebalance.protocol],
        consumers_per_replica=stage.scaling.consumers_per_replica,
        changes=frozenset(int(at.total_seconds()) for key in truth.hot_keys for at in (key.since, key.until)),
    )


def names_of(stage: Stage, truth: StageTruth) -> tuple[PartitionId, ...]:
    """The partitions of `stage`, sorted."""
    topics = _topics(stage, truth)
    return tuple(PartitionId(topic.name, number) for topic in topics for number in range(topic.partitions))


def is_shared(stage: Stage, truth: StageTruth) -> bool:
    """Whether any consumer of the stage takes any record."""
    return stage.source.kafka is None if truth.shared is None else truth.shared


def _topics(stage: Stage, truth: StageTruth) -> list[TopicTruth]:
    """What holds the records, sorted by name; a stream or a list is one partition."""
    if truth.topics:
        return sorted(truth.topics, key=lambda topic: topic.name)
    kafka, redis = stage.source.kafka, stage.source.redis
    if kafka is not None:
        names, partitions = kafka.topics, 1 if is_shared(stage, truth) else truth.partitions
    elif redis is not None:
        names, partitions = redis.streams or tuple(held.key for held in redis.lists), 1
    else:
        names, partitions = (QUERY,), 1
    return [
        TopicTruth.model_construct(name=name, partitions=partitions, weight=1.0)
        for name in sorted(names or (stage.name,))
    ]


@dataclass(slots=True)
class Needed:
    """The fewest replicas for a rate of arrival, with the partitions as the assignor would deal them.

    The share of the fullest consumer depends on the count alone while the weights stay: it is kept.
    """

    layout: Layout
    most: int
    """No count beyond it is tried."""
    _weights: Rates | None = None
    _fullest: dict[int, float] = field(default_factory=dict)

    def replicas(self, arrival: float, capacity: float, weights: Rates) -> int:
        """The fewest whose consumers all keep up; where none do, the most that can have work.

        `arrival` in records/s is shared out by `weights` (P,), `capacity` is what one replica does.
        """
        fewest = math.ceil(arrival / capacity - _SLACK)
        if self.layout.shared or fewest <= 0:
            return max(fewest, 0)
        if weights is not self._weights:
            self._weights, self._fullest = weights, {}
        consumers = self.layout.consumers_per_replica
        usable = min(self.most, usable_replicas(self.layout.names, self.layout.assignor, consumers))
        most = capacity / consumers * (1 + _SLACK)
        fitting = (n for n in range(fewest, usable) if arrival * self._of_the_fullest(n, weights) <= most)
        return next(fitting, usable)

    def _of_the_fullest(self, replicas: int, weights: Rates) -> float:
        if replicas not in self._fullest:
            consumers = replicas * self.layout.consumers_per_replica
            shares = dealt(weights, self.layout.names, consumers, self.layout.assignor)
            self._fullest[replicas] = float(shares.max())
        return self._fullest[replicas]

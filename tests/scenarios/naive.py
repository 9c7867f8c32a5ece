"""Autoscalers as naive as they come: each is one line of arithmetic, without memory of its own counts."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from logpipeline.api.pipeline import Scaling
from logpipeline.core.readings import Sample
from logpipeline.sim.policies import POLICIES
from logpipeline.sim.policies.kafka_trigger import KafkaTrigger
from logpipeline.sim.policies.keda import LAG_SECONDS
from logpipeline.sim.policies.samples import Samples
from logpipeline.sim.policy import Policy, Seen, Wish
from logpipeline.sim.setting import Setting
from tests.scenarios.pains import Naive, Pain

Wanted = Callable[[Seen], float]
"""What is seen of a stage -> replicas, before they are rounded up and within min and max."""


@dataclass(slots=True)
class NaivePolicy:
    """Asks for what its arithmetic says, of the first stage."""

    stage: str
    scaling: Scaling
    wanted: Wanted
    name: str = "naive"
    every_seconds: float = 15.0

    def wish(self, now: float, seen: Mapping[str, Seen]) -> Mapping[str, Wish]:  # noqa: ARG002 - a Policy
        count = math.ceil(self.wanted(seen[self.stage]))
        return {self.stage: Wish(min(max(count, self.scaling.min_replicas), self.scaling.max_replicas))}


def naive(setting: Setting, pain: Pain) -> Policy:
    """Who has this pain, in `setting`."""
    if pain.naive in POLICIES:
        return POLICIES[pain.naive](setting)
    stage = setting.spec.stages[0]
    capacity = setting.scenario.capacity(stage)
    makes: dict[Naive, Callable[[], Wanted]] = {
        Naive.LAG: lambda: by_lag(LAG_SECONDS * capacity, pain.not_told),
        Naive.MOVING: lambda: ByMovingLag(LAG_SECONDS * capacity).replicas,
        Naive.RECORD: lambda: ByRecord(float(stage.scaling.capacity.records_per_second)).replicas,
    }
    return NaivePolicy(stage.name, stage.scaling, makes[pain.naive]())


def by_lag(threshold: float, not_told: int) -> Wanted:
    """What waits by the committed offsets, below zero where they are past the end, by a threshold."""

    def replicas(seen: Seen) -> float:
        if not isinstance(seen.reading, Sample):
            return not_told / threshold
        lag = float((seen.reading.produced - seen.reading.consumed).sum())
        return (lag + not_told * len(seen.reading.missing)) / threshold

    return replicas


@dataclass(slots=True)
class ByMovingLag:
    """The same without partitions whose position did not move since the last poll."""

    threshold: float
    _before: Sample | None = None

    def replicas(self, seen: Seen) -> float:
        if not isinstance(seen.reading, Sample):
            return seen.workload.replicas
        trigger = KafkaTrigger(lag_threshold=self.threshold, exclude_persistent_lag=True)
        lag, self._before = trigger.metric(seen.reading, self._before), seen.reading
        return lag / self.threshold


@dataclass(slots=True)
class ByRecord:
    """What arrives, by the most that a replica ever committed from one poll to the next."""

    capacity: float
    _polls: Samples = field(default_factory=lambda: Samples(15.0))
    _minute: Samples = field(default_factory=lambda: Samples(60.0))

    def replicas(self, seen: Seen) -> float:
        if not isinstance(seen.reading, Sample):
            return seen.workload.replicas
        for samples in (self._polls, self._minute):
            samples.add(seen.reading)
        committed, arrival = self._polls.consumption(), self._minute.arrival()
        if committed is None or arrival is None:
            return seen.workload.replicas
        each = float(np.sum(committed)) / max(1, seen.workload.ready or 0)
        self.capacity = max(self.capacity, each)
        return arrival / self.capacity

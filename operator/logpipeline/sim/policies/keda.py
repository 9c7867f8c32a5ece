"""KEDA with its kafka trigger: between zero and one by itself, beyond that through an HPA that it makes.

Source: KEDA 2.18, the pages on the ScaledObject, on scaling Deployments and on the Apache Kafka trigger. The
metric is what waits by the committed offsets, at most `lagThreshold` for each partition; `lagThreshold` is
its `AverageValue` target for the HPA, which asks every 15 s and gets a fresh value (`useCachedMetrics:
false`). `pollingInterval` (30 s) and `cooldownPeriod` (300 s) are about going from and to zero alone. Other
fields have their defaults.

In its favour: the true capacity, and a `lagThreshold` chosen with it rather than the default of 10 (see
docs/peers.md); a partition without an answer is an error, which holds the count, as in newer versions; for
sources other than Kafka the same without the limit of partitions, whether or not KEDA has such a trigger.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from logpipeline.core.readings import Sample
from logpipeline.sim.policies.hpa import SYNC_SECONDS, Autoscaler, Metric
from logpipeline.sim.policies.kafka_trigger import KafkaTrigger
from logpipeline.sim.policies.stages import facts_of, whole
from logpipeline.sim.policy import Seen, Wish
from logpipeline.sim.setting import Setting

NAME = "keda"
POLLING_SECONDS = 30.0
COOLDOWN_SECONDS = 300.0
LAG_SECONDS = 7.0
"""`lagThreshold` is the lag that a replica clears within this, in truth: see docs/peers.md for others."""


@dataclass(slots=True)
class ScaledObject:
    """One stage: a trigger, and the HPA behind it."""

    trigger: KafkaTrigger
    least: int
    most: int
    _hpa: Autoscaler = field(init=False)
    _before: Sample | None = None
    """What the last poll saw."""
    _next_poll: float = 0.0
    _active_at: float | None = None
    """When a trigger was active last; None: never."""

    def __post_init__(self) -> None:
        """An HPA cannot go to zero: that is for KEDA itself."""
        self._hpa = Autoscaler(max(1, self.least), self.most)

    def count(self, now: float, seen: Seen, more: Sequence[Metric] = (), *, called: bool = False) -> int:
        """How many replicas are asked for; those of now where nothing changes.

        `more` are the metrics of other triggers, and whether one of those is active is `called`.
        """
        replicas, sample = seen.workload.replicas, whole(seen.reading)
        lag = None if sample is None else self.trigger.metric(sample, self._before)
        self._before = sample or self._before
        activated = self._activated(now, replicas, sample, called=called) if self.least == 0 else replicas
        if activated != replicas or (activated == 0 and self.least == 0):
            return activated
        return self._hpa.count(now, replicas, [Metric(lag, self.trigger.lag_threshold), *more])

    def _activated(self, now: float, replicas: int, sample: Sample | None, *, called: bool) -> int:
        """From zero when a poll finds a trigger active, to zero when none was for long; errors hold."""
        if now < self._next_poll:
            return replicas
        self._next_poll = now + POLLING_SECONDS
        if called or (sample is not None and self.trigger.is_active(sample)):
            self._active_at = now
            return max(1, replicas)
        if sample is None:
            return replicas
        cooled = self._active_at is None or now > self._active_at + COOLDOWN_SECONDS
        return 0 if cooled else replicas


@dataclass(slots=True)
class KedaPolicy:
    """A ScaledObject for each stage."""

    objects: Mapping[str, ScaledObject]
    name: str = NAME
    every_seconds: float = SYNC_SECONDS

    def wish(self, now: float, seen: Mapping[str, Seen]) -> Mapping[str, Wish]:
        """One sync, and every other time a poll."""
        wishes = {}
        for name, sight in seen.items():
            scaled = self.objects[name]
            count = scaled.count(now, sight)
            if count != sight.workload.replicas:
                wishes[name] = Wish(count, f"lagThreshold {scaled.trigger.lag_threshold:,.0f}")
        return wishes


def scaled_objects(setting: Setting, lag_seconds: float = LAG_SECONDS) -> Mapping[str, ScaledObject]:
    """A ScaledObject for each stage; `lagThreshold` is the lag that a replica clears within `lag_seconds`."""
    facts = facts_of(setting)
    return {
        stage.name: ScaledObject(
            KafkaTrigger(
                lag_threshold=max(1.0, lag_seconds * facts[stage.name].capacity),
                activation_lag_threshold=stage.scaling.activation_backlog,
            ),
            stage.scaling.min_replicas,
            stage.scaling.max_replicas,
        )
        for stage in setting.spec.stages
    }


def keda(setting: Setting) -> KedaPolicy:
    """KEDA with a kafka trigger in `setting`."""
    return KedaPolicy(scaled_objects(setting))

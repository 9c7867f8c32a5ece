"""The HorizontalPodAutoscaler with external metrics: as users have it without KEDA, and as KEDA drives it.

Source: Kubernetes, the page "Horizontal Pod Autoscaling" (concepts/workloads/autoscaling, as of v1.33), its
sections on the algorithm and on the default behaviour, and
`pkg/controller/podautoscaler/replica_calculator.go` for what an external metric with an `AverageValue` target
comes to. Every 15 s each metric proposes ceil(value / target), or the present count where value / (target *
count) is within 0.1 of 1. The largest proposal counts. What is lower than now counts only where nothing
higher was proposed within 300 s. In 15 s the count may double or grow by four, whichever is more, and shrink
to anything.

In its favour:
- It has two metrics, where most have the second alone (that is KEDA without its limits): the records that
  arrive in a second, as a mean over a minute, and those that wait, each for one replica.
- The targets know the true capacity, and did best on ordinary days (docs/peers.md).
- Metrics are exact and fresh at each sync, as if no exporter, scrape or adapter stood between.
- A metric of which a part is missing counts as missing, which holds the count.
- A count that somebody set to zero comes back.
"""

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from logpipeline.sim.policies.samples import Samples
from logpipeline.sim.policies.stages import StageFacts, facts_of, lag_of, whole
from logpipeline.sim.policy import Seen, Wish
from logpipeline.sim.setting import Setting

NAME = "hpa"
SYNC_SECONDS = 15.0
TOLERANCE = 0.1
STABILIZATION_SECONDS = 300.0
MOST_ADDED_FACTOR = 2
MOST_ADDED_PODS = 4

RATE_SECONDS = 60.0
"""What arrives is the mean over this."""
UTILIZATION, LAG_SECONDS = 0.6, 7.0
"""The targets that did best on ordinary days."""


@dataclass(frozen=True, slots=True)
class Metric:
    """An external metric and its `AverageValue` target."""

    value: float | None
    """None: it could not be had."""
    target: float
    """For each replica."""

    def proposal(self, replicas: int) -> int | None:
        """The count that this metric alone asks for, beside `replicas` now; None: it cannot say."""
        if self.value is None:
            return None
        if abs(1.0 - self.value / (self.target * replicas)) <= TOLERANCE:
            return replicas
        return math.ceil(self.value / self.target)


@dataclass(slots=True)
class Autoscaler:
    """One HorizontalPodAutoscaler, with what it remembers of its own proposals."""

    least: int
    """At least 1: zero takes an alpha feature."""
    most: int
    _proposed: deque[tuple[float, int]] = field(default_factory=deque)
    """When, and how many, before all limits."""

    def count(self, now: float, replicas: int, metrics: Sequence[Metric]) -> int:
        """How many replicas it sets at `now`; `replicas`, those of now, where it leaves them."""
        if not self.least <= replicas <= self.most:
            return self._within(replicas)
        proposals = [metric.proposal(replicas) for metric in metrics]
        known = [proposal for proposal in proposals if proposal is not None]
        wanted = max(known, default=replicas)
        if not known or (wanted < replicas and len(known) < len(proposals)):
            return replicas
        stable = self._stabilized(now, replicas, wanted)
        return self._within(min(stable, max(replicas * MOST_ADDED_FACTOR, replicas + MOST_ADDED_PODS)))

    def _stabilized(self, now: float, replicas: int, wanted: int) -> int:
        while self._proposed and self._proposed[0][0] <= now - STABILIZATION_SECONDS:
            self._proposed.popleft()
        self._proposed.append((now, wanted))
        return wanted if wanted >= replicas else max(count for _, count in self._proposed)

    def _within(self, replicas: int) -> int:
        return max(self.least, min(replicas, self.most))


@dataclass(slots=True)
class HpaPolicy:
    """A HorizontalPodAutoscaler for each stage."""

    facts: Mapping[str, StageFacts]
    utilization: float = UTILIZATION
    """Each replica is to get this share of what it can take."""
    lag_seconds: float = LAG_SECONDS
    """Each replica is to have as much before it as it can take in this time."""
    name: str = NAME
    every_seconds: float = SYNC_SECONDS
    _autoscalers: dict[str, Autoscaler] = field(init=False)
    _samples: dict[str, Samples] = field(init=False)

    def __post_init__(self) -> None:
        """None has seen anything."""
        self._autoscalers = {
            name: Autoscaler(max(1, facts.least), facts.most) for name, facts in self.facts.items()
        }
        self._samples = {name: Samples(RATE_SECONDS) for name in self.facts}

    def wish(self, now: float, seen: Mapping[str, Seen]) -> Mapping[str, Wish]:
        """One sync."""
        wishes = {}
        for name, sight in seen.items():
            replicas, metrics = sight.workload.replicas, self._metrics(name, sight)
            count = self._autoscalers[name].count(now, replicas, metrics)
            if count != replicas:
                wishes[name] = Wish(count, told(metrics))
        return wishes

    def _metrics(self, name: str, seen: Seen) -> list[Metric]:
        facts, samples, sample = self.facts[name], self._samples[name], whole(seen.reading)
        rate_target, lag_target = self.utilization * facts.capacity, self.lag_seconds * facts.capacity
        if sample is None:
            return [Metric(None, rate_target), Metric(None, lag_target)]
        samples.add(sample)
        lag = Metric(lag_of(sample), lag_target)
        if not sample.counted and sample.arrival_per_second is None:
            return [lag]
        return [Metric(samples.arrival(), rate_target), lag]


def told(metrics: Sequence[Metric]) -> str:
    """The metrics in one line."""
    return "; ".join(
        f"{metric.value:,.0f}, {metric.target:,.0f} for each replica"
        for metric in metrics
        if metric.value is not None
    )


def hpa(setting: Setting) -> HpaPolicy:
    """Kubernetes alone in `setting`."""
    return HpaPolicy(facts_of(setting))

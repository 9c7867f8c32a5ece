"""The HorizontalPodAutoscaler on external metrics: as users have it without KEDA, and as KEDA drives it.

Source: Kubernetes 1.34, "Horizontal Pod Autoscaling" (concepts), its sections on the algorithm and on the default
behaviour, and `pkg/controller/podautoscaler` for what an external metric with an `AverageValue` target comes to:
every 15 s each metric proposes ceil(value / target), or the present count where value / (target * count) is
within 0.1 of 1; the largest proposal counts; what is lower than now counts only where nothing higher was
proposed within 300 s; within 15 s the count may double or grow by four, whichever is more, and shrink to any.

In its favour: metrics are exact sums and fresh at each sync, as if no exporter, scrape or adapter stood between;
a metric of which a part is missing counts as missing, which holds the count; a count that once is at zero comes
back. The target is chosen with the true capacity, and is the one that did best on an ordinary day (see
docs/peers.md).
"""

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from logpipeline.sim.policies.stages import StageFacts, facts_of, lag_of, whole
from logpipeline.sim.policy import Seen, Wish
from logpipeline.sim.setting import Setting

NAME = "hpa"
SYNC_SECONDS = 15.0
TOLERANCE = 0.1
STABILIZATION_SECONDS = 300.0
MOST_ADDED_PODS = 4
MOST_ADDED_FACTOR = 2
LAG_SECONDS = 3.0
"""The target is the lag that a replica clears within this, in truth."""


@dataclass(frozen=True, slots=True)
class Metric:
    """An external metric and its `AverageValue` target."""

    value: float | None
    """None: it could not be had."""
    target: float
    """For each replica."""

    def proposal(self, replicas: int) -> int | None:
        """The count that this metric alone asks for, beside so many now."""
        if self.value is None:
            return None
        if abs(1.0 - self.value / (self.target * replicas)) <= TOLERANCE:
            return replicas
        return math.ceil(self.value / self.target)


@dataclass(slots=True)
class Autoscaler:
    """One HorizontalPodAutoscaler: what it remembers of its own proposals."""

    least: int
    most: int
    _proposed: deque[tuple[float, int]] = field(default_factory=deque)
    """When, and how many, before all limits."""

    def count(self, now: float, replicas: int, metrics: Sequence[Metric]) -> int:
        """How many replicas are asked for after a sync at `now`; `replicas` again where nothing changes."""
        if not self.least <= replicas <= self.most:
            return max(self.least, min(replicas, self.most))
        proposals = [metric.proposal(replicas) for metric in metrics]
        known = [proposal for proposal in proposals if proposal is not None]
        wanted = max(known, default=replicas)
        if not known or (wanted < replicas and len(known) < len(proposals)):
            return replicas
        return max(
            self.least, min(self._limited(replicas, self._stabilized(now, replicas, wanted)), self.most)
        )

    def _stabilized(self, now: float, replicas: int, wanted: int) -> int:
        while self._proposed and self._proposed[0][0] <= now - STABILIZATION_SECONDS:
            self._proposed.popleft()
        highest = max((count for _, count in self._proposed), default=wanted)
        self._proposed.append((now, wanted))
        return wanted if wanted >= replicas else max(wanted, highest)

    def _limited(self, replicas: int, wanted: int) -> int:
        """Not more than may be added in 15 s, which is the time between two syncs."""
        return min(wanted, max(replicas * MOST_ADDED_FACTOR, replicas + MOST_ADDED_PODS))


@dataclass(slots=True)
class HpaPolicy:
    """A HorizontalPodAutoscaler for each stage, on the records that wait for each replica."""

    facts: Mapping[str, StageFacts]
    name: str = NAME
    every_seconds: float = SYNC_SECONDS
    _autoscalers: dict[str, Autoscaler] = field(init=False)

    def __post_init__(self) -> None:
        """None has proposed anything. An HPA has at least one replica, unless an alpha feature is switched on."""
        self._autoscalers = {
            name: Autoscaler(max(1, facts.least), facts.most) for name, facts in self.facts.items()
        }

    def wish(self, now: float, seen: Mapping[str, Seen]) -> Mapping[str, Wish]:
        """One sync."""
        wishes = {}
        for name, sight in seen.items():
            facts, replicas = self.facts[name], sight.workload.replicas
            sample, target = whole(sight.reading), LAG_SECONDS * facts.capacity
            lag = None if sample is None else lag_of(sample)
            count = self._autoscalers[name].count(now, replicas, [Metric(lag, target)])
            if count != replicas:
                wishes[name] = Wish(count, f"lag {lag or 0:,.0f}, {target:,.0f} for each replica")
        return wishes


def hpa(setting: Setting) -> HpaPolicy:
    """Kubernetes alone in `setting`."""
    return HpaPolicy(facts_of(setting))

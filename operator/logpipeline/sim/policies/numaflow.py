"""Numaflow's autoscaler of a source vertex, with its defaults.

Source: Numaflow, the page "Autoscaling" (user-guide/reference, v1.4) and `pkg/reconciler/vertex/scaling`.
Every 30 s, from means over `lookbackSeconds` (120): desired = replicas * pending / rate /
`targetProcessingSeconds` (20), rounded, at least 1 and not more than is pending; 0 where nothing is pending
and nothing is taken. A step adds or takes away 2 at most (`replicasPerScaleUp`, `replicasPerScaleDown`), and
comes 90 s after the last one at the earliest (both cooldowns). At zero it sleeps for
`zeroReplicaSleepSeconds` (120), then peeks with one.

In its favour: only replicas that are ready divide the rate, as in newer versions; the next stage never
presses back, because a topic has no buffer that fills; a measurement of which a part is missing is not used.
It needs no capacity and is told none.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from logpipeline.sim.policies.samples import Samples
from logpipeline.sim.policies.stages import StageFacts, facts_of, ready_of, whole
from logpipeline.sim.policy import Seen, Wish
from logpipeline.sim.setting import Setting

NAME = "numaflow"
TASK_SECONDS = 30.0
LOOKBACK_SECONDS = 120.0
TARGET_PROCESSING_SECONDS = 20.0
COOLDOWN_SECONDS = 90.0
REPLICAS_PER_SCALE = 2
ZERO_REPLICA_SLEEP_SECONDS = 120.0


def desired_replicas(
    pending: float, rate: float, ready: int, seconds: float = TARGET_PROCESSING_SECONDS
) -> int:
    """The count before bounds and steps; `pending` records and a `rate` in records/s, both above 0."""
    desired = math.floor(pending / rate / seconds * ready + 0.5)
    return max(1, min(desired, int(pending)))


@dataclass(slots=True)
class Vertex:
    """One stage as a source vertex."""

    facts: StageFacts
    _samples: Samples = field(default_factory=lambda: Samples(LOOKBACK_SECONDS))
    _scaled_at: float = -math.inf

    def count(self, now: float, seen: Seen) -> int:
        """How many replicas are asked for; those of now where nothing changes."""
        replicas, sample = seen.workload.replicas, whole(seen.reading)
        if sample is not None:
            self._samples.add(sample)
        since = now - self._scaled_at
        if since < COOLDOWN_SECONDS:
            return replicas
        if replicas == 0:
            return self._scaled(now, replicas, 1 if since >= ZERO_REPLICA_SLEEP_SECONDS else 0)
        desired = self._desired(seen) if sample is not None else None
        return replicas if desired is None else self._scaled(now, replicas, desired)

    def _desired(self, seen: Seen) -> int | None:
        """None: nothing can be said."""
        taken, pending, ready = self._samples.consumption(), self._samples.lag(), ready_of(seen)
        if taken is None:
            return None
        rate = float(taken.sum())
        if pending == 0 and rate == 0:
            return 0
        if pending == 0 or rate == 0 or ready == 0:
            return None
        return desired_replicas(pending, rate, ready)

    def _scaled(self, now: float, replicas: int, desired: int) -> int:
        wanted = self.facts.clamped(desired)
        if self.facts.least <= replicas <= self.facts.most:
            wanted = max(replicas - REPLICAS_PER_SCALE, min(wanted, replicas + REPLICAS_PER_SCALE))
        if wanted != replicas:
            self._scaled_at = now
        return wanted


@dataclass(slots=True)
class NumaflowPolicy:
    """A source vertex for each stage."""

    vertices: Mapping[str, Vertex]
    name: str = NAME
    every_seconds: float = TASK_SECONDS

    def wish(self, now: float, seen: Mapping[str, Seen]) -> Mapping[str, Wish]:
        """One task for each vertex."""
        counts = {name: self.vertices[name].count(now, sight) for name, sight in seen.items()}
        return {
            name: Wish(count, f"{TARGET_PROCESSING_SECONDS:.0f} s for what is pending")
            for name, count in counts.items()
            if count != seen[name].workload.replicas
        }


def numaflow(setting: Setting) -> NumaflowPolicy:
    """Numaflow in `setting`."""
    return NumaflowPolicy({name: Vertex(facts) for name, facts in facts_of(setting).items()})

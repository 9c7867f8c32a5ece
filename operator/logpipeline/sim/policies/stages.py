"""What those who play against this operator are told of each stage: more than anybody knows of a real one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from logpipeline.core.readings import Reading, Sample
from logpipeline.sim.arrivals import Arrivals, curve_of
from logpipeline.sim.partitions import is_shared
from logpipeline.sim.policy import Seen
from logpipeline.sim.setting import Setting
from logpipeline.sim.truth import USUAL_ASSIGNORS, Assignor


@dataclass(frozen=True, slots=True, eq=False)
class StageFacts:
    """The truth about one stage, and its bounds."""

    name: str
    least: int
    most: int
    capacity: float
    """Records/s of one replica that is busy all the time, in truth."""
    arrival: Callable[[float], float]
    """Records/s that arrive, by the second of the run, as long as no stage before it queues."""
    shared: bool
    """Any consumer takes any record."""
    assignor: Assignor
    consumers_per_replica: int
    commit_seconds: float
    """How often each consumer commits."""
    drain_seconds: float
    """Within so much a backlog is to be gone, by the spec."""

    def clamped(self, replicas: int) -> int:
        """Within the bounds."""
        return max(self.least, min(replicas, self.most))


def facts_of(setting: Setting) -> Mapping[str, StageFacts]:
    """All stages by name, in the order of the pipeline."""
    facts: dict[str, StageFacts] = {}
    arrival: Callable[[float], float] = setting.arrivals
    for stage in setting.spec.stages:
        truth, scaling = setting.scenario.truth(stage), stage.scaling
        if truth.arrivals:
            arrival = _both(arrival, curve_of(truth.arrivals))
        facts[stage.name] = StageFacts(
            name=stage.name,
            least=scaling.min_replicas,
            most=scaling.max_replicas,
            capacity=setting.scenario.capacity(stage),
            arrival=arrival,
            shared=is_shared(stage, truth),
            assignor=truth.assignor or USUAL_ASSIGNORS[truth.rebalance.protocol],
            consumers_per_replica=scaling.consumers_per_replica,
            commit_seconds=truth.commit_every.total_seconds(),
            drain_seconds=scaling.drain_within.total_seconds(),
        )
        arrival = _part(arrival, truth.output_ratio)
    return facts


def whole(reading: Reading) -> Sample | None:
    """A measurement of every partition; None where there is none.

    A generosity: those who play against this operator hold their count rather than take a part for all.
    """
    return reading if isinstance(reading, Sample) and reading.complete else None


def lag_of(sample: Sample) -> float:
    """Records that wait by the committed offsets: what consumers took since their last commit still does."""
    return float(sample.backlog.sum(dtype=np.float64))


def ready_of(seen: Seen) -> int:
    """Replicas that are ready; all of them, where the workload does not tell."""
    workload = seen.workload
    return workload.replicas if workload.ready is None else workload.ready


def _both(one: Callable[[float], float], other: Arrivals) -> Callable[[float], float]:
    return lambda second: one(second) + other(second)


def _part(of: Callable[[float], float], ratio: float) -> Callable[[float], float]:
    return lambda second: ratio * of(second)

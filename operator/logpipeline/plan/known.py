"""What the status of a LogPipeline tells of its stages, as decisions need it; and what it does not tell."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from logpipeline.api.pipeline import LogPipelineSpec, Mode, Scaling, Stage
from logpipeline.api.status import LogPipelineStatus, ReplicaStatus, StageStatus
from logpipeline.core.capacity import known_capacity
from logpipeline.core.decide import identity_of
from logpipeline.core.figures import spell_rate
from logpipeline.core.flow import Outflow
from logpipeline.core.memory import StageMemory
from logpipeline.core.model import Measures
from logpipeline.core.readings import PartitionId, Rates, Sharing
from logpipeline.core.startup import FIRST_GUESS_SECONDS
from logpipeline.core.status import memory_of


@dataclass(frozen=True, slots=True, eq=False)
class KnownStage:
    """A stage, and what is known of it."""

    stage: Stage
    memory: StageMemory
    measures: Measures
    outflow: Outflow | None
    """What it consumes now; None where that is not known."""
    replicas: int
    """That are asked for now."""
    ready: int
    """Of those."""
    notes: tuple[str, ...]
    """What is not known, and what is taken instead."""

    @property
    def resting(self) -> int:
        """Replicas that run whatever is announced: those of now, unless they are there for an event."""
        return self.stage.scaling.min_replicas if self.memory.events else self.replicas

    def memory_at(self, memory: StageMemory, at: float) -> StageMemory:
        """With a capacity that is as well known then as it is now: how well it will be nobody can tell."""
        learned = memory.learned
        if learned is None or learned.busy_at is None:
            return memory
        return replace(memory, learned=replace(learned, busy_at=at))


def known_stages(spec: LogPipelineSpec, status: LogPipelineStatus | None, now: float) -> Sequence[KnownStage]:
    """Each stage of a pipeline, in their order."""
    told = {stage.name: stage for stage in status.stages} if status is not None else {}
    memories = {} if status is None else memory_of(spec, status, now).stages
    return [_known(stage, told.get(stage.name), memories, now) for stage in spec.stages]


def _known(
    stage: Stage, told: StageStatus | None, memories: Mapping[str, StageMemory], now: float
) -> KnownStage:
    memory = memories.get(stage.name) or StageMemory(identity_of(stage), since=now)
    seen = told or StageStatus(name=stage.name)
    counts = seen.replicas or ReplicaStatus()
    asked = stage.scaling.min_replicas if counts.observed is None else counts.observed
    consuming = seen.consumption_per_second
    return KnownStage(
        stage,
        memory,
        _measures(stage, seen, now),
        None if consuming is None else Outflow(stage.name, float(consuming), None, float(consuming)),
        asked,
        asked if counts.ready is None else min(counts.ready, asked),
        tuple(_notes(stage, seen, memory, now)),
    )


def _measures(stage: Stage, told: StageStatus, now: float) -> Measures:
    """Nothing waits, and what arrives is spread evenly: how it is spread, status does not tell."""
    shared = stage.source.kafka is None
    count = 1 if shared else _partitions(told, stage.scaling)
    partitions = tuple(PartitionId(stage.name, number) for number in range(count))
    nothing = np.zeros(count)
    total = told.arrival_per_second
    arrival: Rates | None = None if total is None or count == 0 else np.full(count, total / count)
    return Measures(
        at=now,
        sharing=Sharing.SHARED if shared else Sharing.PARTITIONED,
        partitions=partitions,
        missing=0,
        lower_bound=False,
        backlog=nothing.astype(np.int64),
        excess=nothing,
        arrival=arrival,
        slope=0.0,
        consumption=arrival,
        oldest_seconds=None,
        drain_seconds=None,
        estimated=False,
        group=None,
        missing_because="",
    )


def _partitions(told: StageStatus, scaling: Scaling) -> int:
    """Those that give replicas work, given the group's assignor; 0 where they were not counted."""
    seen = told.partitions
    if seen is None:
        return 0
    if seen.usable is None:
        return seen.total
    return min(seen.total, seen.usable * scaling.consumers_per_replica)


def _notes(stage: Stage, told: StageStatus, memory: StageMemory, now: float) -> Iterator[str]:
    capacity = known_capacity(stage.scaling, memory.learned, now)
    rate = spell_rate(capacity.records_per_second)
    if capacity.origin == "guess":
        yield f"capacity: first guess, {rate} a replica"
    elif capacity.origin == "learned":
        yield f"capacity: learned, {rate} a replica, confidence {capacity.confidence.value}"
    if stage.source.kafka is not None and told.partitions is None:
        yield "partitions: not counted yet, so only maxReplicas bounds the count"
    if memory.start_up_seconds is None:
        yield f"start-up: first guess, {FIRST_GUESS_SECONDS:.0f} s"
    if stage.scaling.mode is not Mode.AUTO:
        yield f"mode {stage.scaling.mode.value}: nothing of this is written"

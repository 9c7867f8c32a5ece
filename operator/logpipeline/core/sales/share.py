"""What an event asks of one pipeline: by now, where it is under way, or as far as is known long before."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from logpipeline.api.pipeline import LogPipelineSpec
from logpipeline.core.decision import Decision
from logpipeline.core.demand import pace_of
from logpipeline.core.floors.floor import Floor
from logpipeline.core.floors.surges import announced, reaching
from logpipeline.core.floors.watch import Scene, watch_events
from logpipeline.core.memory import StageMemory
from logpipeline.core.model import Workload
from logpipeline.core.observation import Observation
from logpipeline.core.occurrence import Announced, Usual
from logpipeline.core.pauses import pause_seconds
from logpipeline.core.readings import Sharing
from logpipeline.core.startup import start_up_seconds

NOBODY = Workload("", 0, 0)
"""Stands for a workload that is not there: what is planned for it can be told all the same."""


@dataclass(frozen=True, slots=True)
class Part:
    """What an event asks of one stage."""

    floor: Floor
    running: int
    """Replicas that are asked for now."""
    lead_seconds: float
    """From asking for more replicas to their working, as far as it was learned."""


@dataclass(frozen=True, slots=True)
class Share:
    """What an event asks of one pipeline that it selects."""

    pipeline: str
    stages: tuple[str, ...]
    """All that it has; none where its spec cannot be read."""
    parts: Mapping[str, Part]
    """By the stage, of those that the event concerns."""
    unknown: str = ""
    """Why nothing is known of what it asks for; empty where that is known."""


@dataclass(frozen=True, slots=True)
class Governed:
    """A pipeline, and the latest decision on it."""

    name: str
    spec: LogPipelineSpec
    observation: Observation
    """Of what the decision was made."""
    decision: Decision


def share_of(pipeline: Governed, sale: Announced, usual: Usual | None, now: float) -> Share:
    """What `sale` asks of `pipeline`; `usual` is what a multiplier multiplies."""
    decision = pipeline.decision
    names = tuple(stage.name for stage in pipeline.spec.stages)
    if names != tuple(decision.stages):
        return Share(pipeline.name, names, MappingProxyType({}), "its stages have changed just now")
    floors = _decided(decision, sale) or _foreseen(pipeline, sale, usual, now)
    parts = {}
    for name, floor in floors.items():
        workload = pipeline.observation.stages[name].workload or NOBODY
        parts[name] = Part(floor, workload.replicas, _lead_seconds(decision.memory.stages[name]))
    return Share(pipeline.name, names, MappingProxyType(parts))


def _decided(decision: Decision, sale: Announced) -> Mapping[str, Floor]:
    """The floors that were decided upon: it is under way."""
    stages = decision.stages.items()
    return {name: floor for name, stage in stages for floor in stage.floors if floor.sale == sale}


def _foreseen(pipeline: Governed, sale: Announced, usual: Usual | None, now: float) -> Mapping[str, Floor]:
    """The floors that there would be if it were under way, by what is measured and learned today."""
    known = MappingProxyType({} if usual is None else {sale.name: usual})
    observation, decision = pipeline.observation, pipeline.decision
    surges, upstream, floors = announced(Observation(observation.stages, (sale,), known)), None, {}
    for stage in pipeline.spec.stages:
        decided, memory = decision.stages[stage.name], decision.memory.stages[stage.name]
        workload = observation.stages[stage.name].workload or NOBODY
        surges = reaching(
            stage.name, surges, upstream=upstream, inflow=memory.inflow, measures=decided.measures
        )
        scene = Scene(stage, workload, now, decided.measures)
        for floor in watch_events(scene, surges, memory)[0]:
            floors[stage.name] = floor
        upstream = decided.outflow
    return floors


def _lead_seconds(memory: StageMemory) -> float:
    return pace_of(start_up_seconds(memory), pause_seconds(memory, Sharing.PARTITIONED)).lead

"""Freezing what is known of a pipeline at the moment a decision is due."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Protocol

from logpipeline.api.conditions import Reason
from logpipeline.api.pipeline import LogPipelineSpec, Mode, Stage
from logpipeline.core.model import Obstacle, Workload
from logpipeline.core.observation import Observation, StageObservation
from logpipeline.core.occurrence import Announced, Usual
from logpipeline.diary import Diary
from logpipeline.sources.base import query_of
from logpipeline.store import Store
from logpipeline.world.objects import PipelineKey, PipelineObject
from logpipeline.world.target import Target, target_of
from logpipeline.world.view import World


class ScaleReader(Protocol):
    """Reads workloads of the kinds that are not watched."""

    async def observe(self, target: Target) -> Workload | Obstacle:
        """The workload as its scale subresource shows it."""


UsualOf = Callable[[PipelineObject, Announced], Usual | None]
"""What is usual for a pipeline while an event lasts; None where it is not known."""


class Observer:
    """Puts together windows, workloads, what speaks against scaling them, and what is announced."""

    def __init__(
        self,
        world: World,
        store: Store,
        scales: ScaleReader,
        diary: Diary,
        usual: UsualOf = lambda _, __: None,
    ) -> None:
        self._world = world
        self._store = store
        self._scales = scales
        self._diary = diary
        self._usual = usual
        self._governors: Mapping[Target, PipelineKey] = {}
        self._governors_of = -1

    async def observe(
        self, pipeline: PipelineObject, spec: LogPipelineSpec, now: float
    ) -> Observation | None:
        """All that is known of the pipeline; None while some stage has not been measured once."""
        key = pipeline.key
        windows = {
            stage.name: self._store.window(query_of(stage.source, key.namespace)) for stage in spec.stages
        }
        if any(window.newest is None for window in windows.values()):
            return None
        governors = self._who_governs()
        stages = {}
        for stage in spec.stages:
            target = target_of(key.namespace, stage.scale_target_ref)
            workload, obstacle = await self._workload(target)
            other = self._conflict(key, stage, target, governors)
            stages[stage.name] = StageObservation(windows[stage.name], workload, other or obstacle)
        near = self._diary.near(pipeline, now)
        usual = {sale.name: self._usual(pipeline, sale) for sale in near.sales if sale.expected.multiplier}
        known = {name: found for name, found in usual.items() if found is not None}
        return Observation(MappingProxyType(stages), near.sales, MappingProxyType(known), near.upcoming)

    def _who_governs(self) -> Mapping[Target, PipelineKey]:
        """Worked out anew only when some pipeline has changed, not at every tick of each."""
        if self._governors_of != self._world.revision:
            self._governors_of = self._world.revision
            self._governors = governing(self._world.pipelines())
        return self._governors

    async def _workload(self, target: Target) -> tuple[Workload | None, Obstacle | None]:
        if self._world.watches(target):
            return self._world.workload(target), None
        read = await self._scales.observe(target)
        return (None, read) if isinstance(read, Obstacle) else (read, None)

    def _conflict(
        self, key: PipelineKey, stage: Stage, target: Target, governors: Mapping[Target, PipelineKey]
    ) -> Obstacle | None:
        """Somebody else who scales the same workload. To touch nothing beside them is healthy."""
        if stage.scaling.mode is not Mode.AUTO:
            return None
        autoscaler = self._world.autoscaler(target)
        if autoscaler is not None:
            text = f"HorizontalPodAutoscaler {autoscaler} scales {target} too: delete it, or use mode Advise."
            return Obstacle(Reason.TARGET_HAS_AUTOSCALER, text)
        governor = governors.get(target, key)
        if governor != key:
            text = f"LogPipeline {governor} is older and scales {target}: name another workload here."
            return Obstacle(Reason.TARGET_SHARED, text)
        return None


def governing(pipelines: Iterable[PipelineObject]) -> dict[Target, PipelineKey]:
    """Who scales each workload: of all that want to, the one that was created first."""
    governors: dict[Target, PipelineKey] = {}
    for pipeline in sorted(pipelines, key=lambda pipeline: (pipeline.created, pipeline.key)):
        if not isinstance(pipeline.spec, LogPipelineSpec):
            continue
        for stage in pipeline.spec.stages:
            if stage.scaling.mode is not Mode.ADVISE:
                target = target_of(pipeline.key.namespace, stage.scale_target_ref)
                governors.setdefault(target, pipeline.key)
    return governors

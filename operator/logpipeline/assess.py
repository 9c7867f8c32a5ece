"""Putting together what is known of an announced event: its times, what it asks for, what hinders that."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from logpipeline.api.pipeline import LogPipelineSpec
from logpipeline.api.sale import SalesEventSpec
from logpipeline.core.occurrence import Announced
from logpipeline.core.sales.feasible import Place
from logpipeline.core.sales.share import Governed, Share, share_of
from logpipeline.core.sales.status import Known
from logpipeline.diary import Entry
from logpipeline.observe import UsualOf
from logpipeline.surroundings import Asked, Surroundings
from logpipeline.telemetry import Judged
from logpipeline.world.objects import PipelineKey, PipelineObject, SaleObject, SpecError
from logpipeline.world.target import Target, target_of
from logpipeline.world.view import World

_SHARE_OF_TIME: Final = 0.1
"""Of the event loop that working out what events ask for may take: ticks come first."""
_MOST_EXPLAINED: Final = 5
"""Stages whose pods are looked at for one event."""


class Assessor:
    """Knows what there is to say of an event. `judged` gives the latest decision on a pipeline."""

    def __init__(
        self,
        world: World,
        judged: Callable[[PipelineKey], Judged | None],
        surroundings: Surroundings,
        usual: UsualOf = lambda _, __: None,
        pending: Callable[[PipelineObject], bool] = lambda _: False,
    ) -> None:
        """`pending` says whether it may soon be known what is usual for a pipeline."""
        self._world = world
        self._judged = judged
        self._surroundings = surroundings
        self._usual = usual
        self._pending = pending

    async def assess(self, sale: SaleObject, entry: Entry, now: float) -> Known:
        """All that is known of `sale`, which happens as `entry` says."""
        if isinstance(sale.spec, SpecError):
            return Known(None, entry.trouble)
        selected = self._selected(sale, sale.spec)
        if entry.trouble is not None or entry.times is None:
            shares = tuple(Share(pipeline.key.name, (), {}) for pipeline in selected)
            return Known(entry.times, entry.trouble, shares)
        announced = Announced(sale.key.name, sale.spec.expected, entry.times)
        known = Known(entry.times, shares=await self._shares(selected, announced, now))
        targets = {place: target for pipeline in selected for place, target in _targets(pipeline)}
        if now < entry.times.start:
            room = await self._surroundings.room(sale.key.namespace, _asked(known.shares, targets))
            known = replace(known, room=room)
        if entry.times.ready <= now < entry.times.end:
            known = replace(known, causes=await self._causes(known.shares, targets))
        return known

    def _selected(self, sale: SaleObject, spec: SalesEventSpec) -> Sequence[PipelineObject]:
        mine = (p for p in self._world.pipelines() if p.key.namespace == sale.key.namespace)
        return [pipeline for pipeline in mine if spec.pipeline_selector.matches(pipeline.labels)]

    async def _shares(
        self, selected: Sequence[PipelineObject], announced: Announced, now: float
    ) -> tuple[Share, ...]:
        """What it asks of each, worked out little by little."""
        shares = []
        for pipeline in selected:
            began = time.perf_counter()
            shares.append(self._share(pipeline, announced, now))
            spent = time.perf_counter() - began
            await asyncio.sleep(spent * (1 / _SHARE_OF_TIME - 1))
        return tuple(shares)

    def _share(self, pipeline: PipelineObject, announced: Announced, now: float) -> Share:
        name = pipeline.key.name
        if isinstance(pipeline.spec, SpecError):
            return Share(name, (), {}, "its spec cannot be read")
        judged = self._judged(pipeline.key)
        if judged is None:
            stages = tuple(stage.name for stage in pipeline.spec.stages)
            return Share(name, stages, {}, "it has not been measured yet")
        multiplies = announced.expected.multiplier is not None
        usual = self._usual(pipeline, announced) if multiplies else None
        if multiplies and usual is None and self._pending(pipeline):
            stages = tuple(stage.name for stage in pipeline.spec.stages)
            return Share(name, stages, {}, "what is usual is being read from its brokers")
        governed = Governed(name, pipeline.spec, judged.observation, judged.decision)
        return share_of(governed, announced, usual, now)

    async def _causes(self, shares: Sequence[Share], targets: Mapping[Place, Target]) -> Mapping[Place, str]:
        """Why replicas are missing, of the stages that lack most."""
        short = sorted(
            (-part.floor.shortfall, (share.pipeline, name), part.floor.planned)
            for share in shares
            for name, part in share.parts.items()
            if part.floor.shortfall
        )
        return {
            place: await self._surroundings.cause(targets[place], planned)
            for _, place, planned in short[:_MOST_EXPLAINED]
            if place in targets
        }


def _targets(pipeline: PipelineObject) -> Sequence[tuple[Place, Target]]:
    if not isinstance(pipeline.spec, LogPipelineSpec):
        return ()
    namespace, name = pipeline.key
    stages = pipeline.spec.stages
    return [((name, stage.name), target_of(namespace, stage.scale_target_ref)) for stage in stages]


def _asked(shares: Sequence[Share], targets: Mapping[Place, Target]) -> Mapping[Place, Asked]:
    """Pods that there are to be beside those that there are."""
    return {
        (share.pipeline, name): Asked(targets[share.pipeline, name], part.floor.planned - part.running)
        for share in shares
        for name, part in share.parts.items()
        if (share.pipeline, name) in targets
    }

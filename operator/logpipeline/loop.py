"""When each pipeline is due: after its sources were measured, and when its spec changed."""

import asyncio
from collections.abc import Awaitable, Collection, Iterable, Mapping
from typing import NoReturn, Protocol

import structlog

from logpipeline.api.pipeline import LogPipelineSpec
from logpipeline.sources.base import Query, query_of
from logpipeline.world.objects import PipelineKey, PipelineObject
from logpipeline.world.view import World


class Sampler(Protocol):
    """Measures what it is told to."""

    def set_queries(self, queries: Iterable[Query]) -> None:
        """From now on measure these, and nothing else."""


class Ticker(Protocol):
    """Does what is due for one pipeline."""

    def __call__(self, pipeline: PipelineObject) -> Awaitable[None]:
        """Observe, decide, act, report."""

    def forget(self, key: PipelineKey) -> None:
        """The pipeline is gone."""


class Loop:
    """Starts a tick for every pipeline that is due, at most one at a time for each of them.

    A pipeline whose requests hang or whose tick fails costs only itself.
    """

    def __init__(self, world: World, sampler: Sampler, tick: Ticker) -> None:
        self._world = world
        self._sampler = sampler
        self._tick = tick
        self._due: set[PipelineKey] = set()
        self._changed: set[PipelineKey] = set()
        self._readers: Mapping[Query, Collection[PipelineKey]] = {}
        self._running: set[PipelineKey] = set()
        self._wake = asyncio.Event()
        self._log = structlog.get_logger(__name__)

    def changed(self, key: PipelineKey) -> None:
        """A pipeline appeared, went, or its spec changed."""
        self._changed.add(key)
        self._wake.set()

    def measured(self, queries: Iterable[Query]) -> None:
        """A pass over a connection has ended."""
        for query in queries:
            self._due.update(self._readers.get(query, ()))
        self._wake.set()

    async def run(self) -> NoReturn:
        """Start what is due, for ever."""
        async with asyncio.TaskGroup() as ticks:
            while True:
                await self._wake.wait()
                self._wake.clear()
                self._take_in_changes()
                due, self._due = self._due - self._running, self._due & self._running
                for pipeline in filter(None, map(self._world.pipeline, due)):
                    self._running.add(pipeline.key)
                    ticks.create_task(self._run_one(pipeline), name=f"tick {pipeline.key}")

    def _take_in_changes(self) -> None:
        if not self._changed:
            return
        changed, self._changed = self._changed, set()
        self._readers = readers_of(self._world.pipelines())
        self._sampler.set_queries(self._readers)
        for key in changed:
            if self._world.pipeline(key) is None:
                self._tick.forget(key)
            else:
                self._due.add(key)

    async def _run_one(self, pipeline: PipelineObject) -> None:
        try:
            await self._tick(pipeline)
        except Exception:  # noqa: BLE001 - whatever it is, it must cost this pipeline alone
            self._log.exception("a tick failed", pipeline=str(pipeline.key))
        finally:
            self._running.discard(pipeline.key)
            if self._world.pipeline(pipeline.key) is None:
                self._tick.forget(pipeline.key)
            if pipeline.key in self._due:
                self._wake.set()


def readers_of(pipelines: Iterable[PipelineObject]) -> dict[Query, set[PipelineKey]]:
    """The pipelines that read each query."""
    readers: dict[Query, set[PipelineKey]] = {}
    for pipeline in pipelines:
        if isinstance(pipeline.spec, LogPipelineSpec):
            for stage in pipeline.spec.stages:
                readers.setdefault(query_of(stage.source, pipeline.key.namespace), set()).add(pipeline.key)
    return readers

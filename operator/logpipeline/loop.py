"""When each pipeline is due: when its sources were measured, its spec changed, or we begin to lead."""

import asyncio
from collections.abc import Awaitable, Iterable
from functools import partial
from typing import NoReturn, Protocol

import structlog

from logpipeline.readers import Readers
from logpipeline.sources.base import Query
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

    A pipeline whose requests hang or whose tick fails costs only itself. Who does not lead has everything
    measured, and ticks nothing.
    """

    def __init__(self, world: World, sampler: Sampler, tick: Ticker) -> None:
        self._world = world
        self._sampler = sampler
        self._tick = tick
        self._due: set[PipelineKey] = set()
        self._changed: set[PipelineKey] = set()
        self._announced: set[str] = set()
        self._readers = Readers()
        self._running: dict[PipelineKey, asyncio.Task[None]] = {}
        self._leads = False
        self._wake = asyncio.Event()
        self._log = structlog.get_logger(__name__)

    def changed(self, key: PipelineKey) -> None:
        """A pipeline appeared, went, or its spec changed."""
        self._changed.add(key)
        self._wake.set()

    def announced(self, namespace: str) -> None:
        """An event of that namespace appeared, went, or its spec changed."""
        self._announced.add(namespace)
        self._wake.set()

    def measured(self, queries: Iterable[Query]) -> None:
        """A pass over a connection has ended."""
        for query in queries:
            self._due.update(self._readers.of(query))
        self._wake.set()

    def lead(self) -> None:
        """Govern from now on: everything is due, and decided from what is in the cluster."""
        self._leads = True
        self._due.update(pipeline.key for pipeline in self._world.pipelines())
        self._wake.set()

    def stand_by(self) -> None:
        """Govern no more: what is under way ends here, and what was remembered is another's to know."""
        self._leads = False
        for task in self._running.values():
            task.cancel()
        for pipeline in self._world.pipelines():
            self._tick.forget(pipeline.key)

    async def finish(self, within_seconds: float) -> None:
        """Begin nothing more, and wait so long for what is under way before it is cut short."""
        self._leads = False
        under_way = tuple(self._running.values())
        if under_way:
            _, late = await asyncio.wait(under_way, timeout=within_seconds)
            for task in late:
                task.cancel()

    async def run(self) -> NoReturn:
        """Start what is due, for ever."""
        async with asyncio.TaskGroup() as ticks:
            while True:
                await self._wake.wait()
                self._wake.clear()
                self._take_in_changes()
                if not self._leads:
                    self._due.clear()
                due, self._due = self._due - self._running.keys(), self._due & self._running.keys()
                for pipeline in filter(None, map(self._world.pipeline, due)):
                    task = ticks.create_task(self._run_one(pipeline), name=f"tick {pipeline.key}")
                    task.add_done_callback(partial(self._ended, pipeline.key))
                    self._running[pipeline.key] = task
                    await asyncio.sleep(0)  # its first step is its longest: others have their turn between
                    if not self._leads:
                        break

    def _take_in_changes(self) -> None:
        if self._announced:
            announced, self._announced = self._announced, set()
            keys = (pipeline.key for pipeline in self._world.pipelines())
            self._due.update(key for key in keys if key.namespace in announced)
        if not self._changed:
            return
        changed = {key: self._world.pipeline(key) for key in self._changed}
        self._changed.clear()
        reads_anew = [self._readers.put(key, pipeline) for key, pipeline in changed.items()]
        if any(reads_anew):
            self._sampler.set_queries(self._readers.queries())
        for key, pipeline in changed.items():
            if pipeline is None:
                self._tick.forget(key)
            else:
                self._due.add(key)

    async def _run_one(self, pipeline: PipelineObject) -> None:
        try:
            await self._tick(pipeline)
        except Exception:  # noqa: BLE001 - whatever it is, it must cost this pipeline alone
            self._log.exception("a tick failed", pipeline=str(pipeline.key))

    def _ended(self, key: PipelineKey, _: asyncio.Task[None]) -> None:
        del self._running[key]
        if not self._leads or self._world.pipeline(key) is None:
            self._tick.forget(key)
        if key in self._due:
            self._wake.set()

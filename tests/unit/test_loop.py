"""When a tick begins, and that a bad one costs only itself."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress

import pytest
from structlog.testing import capture_logs

from logpipeline.api.pipeline import LogPipelineSpec
from logpipeline.loop import Loop, readers_of
from logpipeline.sources.base import Query, query_of
from logpipeline.world.objects import PipelineKey, PipelineObject
from logpipeline.world.view import Watched, World
from tests.unit.cluster_objects import KEY, pipeline, stage, world

OTHER = PipelineKey("shop", "other")


class Sampler:
    def __init__(self) -> None:
        self.queries: list[Query] = []

    def set_queries(self, queries: Iterable[Query]) -> None:
        self.queries = list(queries)


class Ticks:
    """Records what was ticked; a tick lasts until it is let go."""

    def __init__(self) -> None:
        self.begun: list[PipelineKey] = []
        self.forgotten: list[PipelineKey] = []
        self.during: Callable[[PipelineObject], Awaitable[None]] | None = None

    async def __call__(self, pipeline: PipelineObject) -> None:
        self.begun.append(pipeline.key)
        if self.during is not None:
            await self.during(pipeline)

    def forget(self, key: PipelineKey) -> None:
        self.forgotten.append(key)


class Scene:
    def __init__(self, seen: World) -> None:
        self.world, self.sampler, self.ticks = seen, Sampler(), Ticks()
        self.loop = Loop(seen, self.sampler, self.ticks)

    def measured(self) -> None:
        self.loop.measured(self.sampler.queries)

    async def settle(self) -> None:
        """Let everything run that can."""
        for _ in range(20):
            await asyncio.sleep(0)


@asynccontextmanager
async def running(seen: World, *changed: PipelineKey) -> AsyncIterator[Scene]:
    scene = Scene(seen)
    task = asyncio.create_task(scene.loop.run())
    for key in changed:
        scene.loop.changed(key)
    await scene.settle()
    yield scene
    assert not task.done()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_a_new_pipeline_is_ticked_and_measured() -> None:
    async with running(world(), KEY) as scene:
        assert scene.ticks.begun == [KEY]
        assert len(scene.sampler.queries) == 1


async def test_a_pass_over_a_connection_ticks_those_that_read_from_it() -> None:
    other = pipeline(stage("other", "other"), name="other")
    async with running(world(pipeline(), other), KEY, OTHER) as scene:
        scene.ticks.begun.clear()
        scene.loop.measured([query for query in scene.sampler.queries if query.group == "other"])
        await scene.settle()
        assert scene.ticks.begun == [OTHER]


async def test_a_pass_over_what_nobody_reads_is_harmless() -> None:
    async with running(world(), KEY) as scene:
        gone = scene.sampler.queries
        scene.world.lost(Watched.PIPELINES, "uid-of-access-logs")
        scene.loop.changed(KEY)
        await scene.settle()
        assert scene.sampler.queries == []
        scene.loop.measured(gone)
        await scene.settle()
        assert scene.ticks.begun == [KEY]


async def test_a_tick_that_lasts_is_followed_by_one_and_not_by_many() -> None:
    released = asyncio.Event()

    async def wait(_: PipelineObject) -> None:
        await released.wait()

    async with running(world()) as scene:
        scene.ticks.during = wait
        scene.loop.changed(KEY)
        await scene.settle()
        for _ in range(3):
            scene.measured()
            await scene.settle()
        assert scene.ticks.begun == [KEY]
        released.set()
        await scene.settle()
        assert scene.ticks.begun == [KEY, KEY]


async def test_a_tick_that_hangs_does_not_hold_up_another_pipeline() -> None:
    async def hang(of: PipelineObject) -> None:
        if of.key == KEY:
            await asyncio.Event().wait()

    async with running(world(pipeline(), pipeline(stage("other", "other"), name="other"))) as scene:
        scene.ticks.during = hang
        scene.loop.changed(KEY)
        scene.loop.changed(OTHER)
        await scene.settle()
        scene.measured()
        await scene.settle()
        assert scene.ticks.begun.count(OTHER) == 2


async def test_a_tick_that_fails_is_logged_and_tried_again() -> None:
    async def fail(_: PipelineObject) -> None:
        raise RuntimeError("a bug")

    with capture_logs() as logs:
        async with running(world()) as scene:
            scene.ticks.during = fail
            scene.loop.changed(KEY)
            await scene.settle()
            scene.measured()
            await scene.settle()
            assert scene.ticks.begun == [KEY, KEY]
    assert [entry["pipeline"] for entry in logs] == ["shop/access-logs"] * 2


async def test_a_pipeline_that_goes_is_forgotten() -> None:
    async with running(world(), KEY) as scene:
        scene.world.lost(Watched.PIPELINES, "uid-of-access-logs")
        scene.loop.changed(KEY)
        await scene.settle()
        assert scene.ticks.forgotten == [KEY]


async def test_a_pipeline_that_goes_while_it_is_ticked_leaves_nothing_behind() -> None:
    """Its tick remembers it once more when it ends: that must be forgotten, too."""
    order: list[str] = []
    released = asyncio.Event()

    async def wait(_: PipelineObject) -> None:
        await released.wait()
        order.append("tick ended")

    async with running(world()) as scene:
        scene.ticks.during = wait
        scene.loop.changed(KEY)
        await scene.settle()
        scene.world.lost(Watched.PIPELINES, "uid-of-access-logs")
        scene.loop.changed(KEY)
        await scene.settle()
        scene.ticks.forgotten.clear()
        released.set()
        await scene.settle()
        assert order == ["tick ended"]
        assert scene.ticks.forgotten == [KEY]


@pytest.mark.parametrize("spec", [{}, {"stages": []}])
def test_a_spec_that_cannot_be_read_is_not_measured(spec: dict[str, object]) -> None:
    assert readers_of(world({**pipeline(), "spec": spec}).pipelines()) == {}


def test_equal_queries_are_measured_once_for_all_their_readers() -> None:
    both = world(pipeline(), pipeline(stage(target="other"), name="other")).pipelines()
    spec = both[0].spec
    assert isinstance(spec, LogPipelineSpec)
    assert readers_of(both) == {query_of(spec.stages[0].source, KEY.namespace): {KEY, OTHER}}

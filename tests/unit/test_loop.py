"""When a tick begins, and that a bad one costs only itself."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from itertools import pairwise

import pytest
from structlog.testing import capture_logs

from logpipeline.loop import Loop
from logpipeline.sources.base import Query
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
async def running(seen: World, *changed: PipelineKey, leads: bool = True) -> AsyncIterator[Scene]:
    """The loop of a leader at work, since a while if nothing has `changed`."""
    scene = Scene(seen)
    if leads:
        scene.loop.lead()
    task = asyncio.create_task(scene.loop.run())
    for key in changed:
        scene.loop.changed(key)
    await scene.settle()
    if not changed:
        scene.ticks.begun.clear()
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


async def test_a_standby_measures_and_does_not_tick() -> None:
    async with running(world(), KEY, leads=False) as scene:
        scene.measured()
        await scene.settle()
        assert len(scene.sampler.queries) == 1
        assert scene.ticks.begun == []


async def test_everything_is_due_at_once_when_it_begins_to_lead() -> None:
    other = pipeline(stage("other", "other"), name="other")
    async with running(world(pipeline(), other), KEY, OTHER, leads=False) as scene:
        scene.loop.lead()
        await scene.settle()
        assert sorted(scene.ticks.begun) == [KEY, OTHER]


async def test_what_is_under_way_ends_when_it_leads_no_more_and_its_memory_is_gone() -> None:
    ended: list[PipelineKey] = []

    async def act(of: PipelineObject) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(of.key)

    async with running(world()) as scene:
        scene.ticks.during = act
        scene.loop.changed(KEY)
        await scene.settle()
        scene.loop.stand_by()
        scene.ticks.forgotten.clear()
        await scene.settle()
        assert ended == [KEY]
        assert scene.ticks.forgotten == [KEY], "once more when it has ended: it may have remembered something"
        scene.measured()
        await scene.settle()
        assert scene.ticks.begun == [KEY]
        scene.loop.lead()
        await scene.settle()
        assert scene.ticks.begun == [KEY, KEY]


async def test_a_tick_that_is_cut_short_before_it_began_is_begun_again_by_the_next_leader() -> None:
    async with running(world(), leads=False) as scene:
        scene.loop.lead()
        await asyncio.sleep(0)
        scene.loop.stand_by()
        scene.loop.lead()
        await scene.settle()
        assert scene.ticks.begun == [KEY]


@pytest.mark.parametrize("lasts", [0.01, 60.0])
async def test_at_the_end_what_is_under_way_is_waited_for_but_not_for_long(lasts: float) -> None:
    whole: list[bool] = []

    async def act(_: PipelineObject) -> None:
        whole.append(False)
        await asyncio.sleep(lasts)
        whole[-1] = True

    async with running(world()) as scene:
        scene.ticks.during = act
        scene.loop.changed(KEY)
        await scene.settle()
        await scene.loop.finish(within_seconds=1)
        scene.measured()
        await scene.settle()
        assert whole == [lasts < 1], "begun once, and ended whole where it could"


def many(count: int) -> World:
    return world(*(pipeline(name=f"pipeline-{number}") for number in range(count)))


async def test_hundreds_of_ticks_let_the_event_loop_breathe() -> None:
    async with running(many(200)) as scene:
        scene.loop.lead()
        begun = [0]
        while begun[-1] < 200:
            await asyncio.sleep(0)
            begun.append(len(scene.ticks.begun))
        assert max(after - before for before, after in pairwise(begun)) < 20


async def test_who_leads_no_more_begins_nothing_of_what_was_due() -> None:
    async with running(many(200)) as scene:
        scene.loop.lead()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        scene.loop.stand_by()
        begun = len(scene.ticks.begun)
        await scene.settle()
        assert len(scene.ticks.begun) == begun < 200


async def test_an_event_makes_the_pipelines_of_its_namespace_due_and_no_others() -> None:
    seen = world(pipeline(), pipeline(name="other"), pipeline(name="far", namespace="mall"))
    async with running(seen) as scene:
        scene.loop.announced("shop")
        await scene.settle()
        assert sorted(scene.ticks.begun) == [KEY, OTHER]

"""What is usual: read from the brokers once, where an event asks for it, and noted from then on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import numpy as np
from structlog.testing import capture_logs

from logpipeline.api.sale import Expected
from logpipeline.core.occurrence import Announced, Occurrence, Usual
from logpipeline.core.past import STEP_SECONDS
from logpipeline.core.timestamps import spell_time
from logpipeline.sources.base import query_of
from logpipeline.sources.credentials import NO_CREDENTIALS, Credentials
from logpipeline.sources.kafka.arrivals import ArrivalsError, Part
from logpipeline.sources.kafka.wire import Steps
from logpipeline.store import Store
from logpipeline.telemetry import Judged
from logpipeline.usual import AGAIN_SECONDS, EVERY_SECONDS, UNUSED_SECONDS, Usuals
from logpipeline.world.objects import PipelineObject, SpecError
from logpipeline.world.view import Watched, World
from tests.unit import virtual_time
from tests.unit.cluster_objects import KEY, pipeline
from tests.unit.core.given import NOW, sample
from tests.unit.core.sales.given import governed
from tests.unit.sales import sale

DAY, HOUR = 86_400.0, 3_600.0
LATER = Occurrence(NOW + DAY, NOW + DAY + 600, NOW + DAY + HOUR, NOW + DAY + 2 * HOUR, NOW + DAY + 3 * HOUR)
EVENT = Announced("double-eleven", Expected(multiplier=40), LATER)


class Around:
    """The cluster, its brokers, and the clock."""

    def __init__(self, known_seconds: float = 10 * DAY, rate: float = 500.0) -> None:
        self.world, self.store = World(), Store(window_seconds=900)
        self.world.saw(Watched.PIPELINES, pipeline(labels={"tier": "storefront"}))
        spec = self.pipeline.spec
        assert not isinstance(spec, SpecError)
        self.query = query_of(spec.stages[0].source, KEY.namespace)
        self.store.append(self.query, sample(NOW, [10], [5]))
        self.known_seconds, self.rate = known_seconds, rate
        self.asked = 0
        self.fails: ArrivalsError | None = None
        self.peaks: tuple[tuple[float, float], ...] = ()
        self.judged: Judged | None = None
        self.began = virtual_time.now()

    @property
    def pipeline(self) -> PipelineObject:
        found = self.world.pipeline(KEY)
        assert found is not None
        return found

    def now(self) -> float:
        return NOW + virtual_time.now() - self.began

    async def credentials_of(self, _: object) -> Credentials:
        return NO_CREDENTIALS

    async def back(self, _: object, steps: Steps) -> AsyncIterator[Part]:
        """As brokers with so much retention tell it, a thousand steps at a time."""
        self.asked += 1
        if self.fails is not None:
            raise self.fails
        at = steps.begins + steps.seconds * np.arange(steps.many, dtype=np.float64)
        rates = np.where(at >= NOW - self.known_seconds, self.rate, np.nan)
        for begins, ends in self.peaks:
            rates[(at >= begins) & (at < ends)] *= 40
        for end in range(len(at), 0, -1_000):
            part = slice(max(0, end - 1_000), end)
            yield Part(at[part], rates[part])
            await asyncio.sleep(1)


@asynccontextmanager
async def remembering(around: Around) -> AsyncIterator[Usuals]:
    fake = cast("Any", around)
    usuals = Usuals(
        around.world,
        around.store,
        fake,
        judged=lambda _: around.judged,
        arrivals=lambda *_: fake,
        clock=around.now,
        monotonic=virtual_time.now,
    )
    task = asyncio.create_task(usuals.run())
    yield usuals
    assert not task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def found(around: Around, usuals: Usuals, event: Announced = EVENT) -> Usual | None:
    """What is known when there was time to find it out."""
    usuals(around.pipeline, event)
    await asyncio.sleep(2 * EVERY_SECONDS)
    return usuals(around.pipeline, event)


def test_it_is_read_from_the_brokers_once_and_meanwhile_an_answer_is_pending() -> None:
    async def story() -> None:
        around = Around()
        async with remembering(around) as usuals:
            assert usuals(around.pipeline, EVENT) is None
            assert usuals.pending(around.pipeline)
            usual = await found(around, usuals)
            assert not usuals.pending(around.pipeline)
            for _ in range(100):
                await asyncio.sleep(EVERY_SECONDS)
                usuals(around.pipeline, EVENT)
        assert usual is not None
        assert usual.per_second == 500
        assert "median of the same slot" in usual.source
        assert around.asked == 1

    virtual_time.play(story)


def test_days_on_which_an_event_was_are_left_out() -> None:
    async def story() -> None:
        around = Around()
        starts = [LATER.start - day * DAY for day in range(2, 9)]
        around.peaks = tuple((start, start + HOUR) for start in starts)
        async with remembering(around) as usuals:
            inflated = await found(around, usuals)
            for number, start in enumerate(starts):
                at = {"at": spell_time(start).rstrip("Z")}
                around.world.saw(Watched.SALES, sale(f"past-{number}", schedule=at))
            usual = await found(around, usuals)
        assert inflated is not None
        assert inflated.per_second == 20_000
        assert usual is not None
        assert usual.per_second == 500

    virtual_time.play(story)


def test_less_than_an_hour_is_nothing_and_less_than_a_week_the_mean_of_a_day() -> None:
    async def story() -> None:
        for known_seconds, source in ((HOUR / 2, None), (2 * DAY, "mean of the last 24 h")):
            around = Around(known_seconds)
            event = Announced("soon", EVENT.expected, Occurrence(*(NOW + 60 * n for n in range(1, 6))))
            async with remembering(around) as usuals:
                usual = await found(around, usuals, event)
                assert not usuals.pending(around.pipeline)
            assert (usual and usual.source) == source

    virtual_time.play(story)


def test_a_topic_that_nobody_has_written_to_yet_has_nothing_that_is_usual() -> None:
    async def story() -> None:
        around = Around(rate=0.0)
        async with remembering(around) as usuals:
            assert await found(around, usuals) is None

    virtual_time.play(story)


def test_brokers_that_do_not_tell_are_asked_again_after_a_while() -> None:
    async def story() -> None:
        around = Around()
        around.fails = ArrivalsError("no answer within 120 s")
        async with remembering(around) as usuals:
            with capture_logs() as logs:
                assert await found(around, usuals) is None
            assert not usuals.pending(around.pipeline), "that is for now what there is to say"
            assert [entry["why"] for entry in logs] == ["no answer within 120 s"]
            around.fails = None
            await asyncio.sleep(AGAIN_SECONDS + EVERY_SECONDS)
            assert usuals(around.pipeline, EVENT) is not None
        assert around.asked == 2

    virtual_time.play(story)


def test_what_is_seen_goes_on_from_what_was_read() -> None:
    async def story() -> None:
        around = Around(known_seconds=HOUR / 2, rate=800.0)
        seen = governed()
        around.judged = Judged(seen.observation, seen.decision)
        async with remembering(around) as usuals:
            assert await found(around, usuals) is None
            for _ in range(int(HOUR / STEP_SECONDS)):
                await asyncio.sleep(STEP_SECONDS)
                usuals(around.pipeline, EVENT)
            soon = Occurrence(*(around.now() + 60 * n for n in range(5)))
            usual = usuals(around.pipeline, Announced("soon", EVENT.expected, soon))
        assert usual is not None
        assert round(usual.per_second, -2) == 800

    virtual_time.play(story)


def test_what_nobody_asks_for_any_more_is_forgotten_and_who_never_asked_costs_nothing() -> None:
    async def story() -> None:
        around = Around()
        async with remembering(around) as usuals:
            await asyncio.sleep(HOUR)
            assert around.asked == 0
            await found(around, usuals)
            await asyncio.sleep(UNUSED_SECONDS + 2 * EVERY_SECONDS)
            assert usuals(around.pipeline, EVENT) is None
            assert usuals.pending(around.pipeline)

    virtual_time.play(story)

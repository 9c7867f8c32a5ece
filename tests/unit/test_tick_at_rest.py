"""Passes over a pipeline in which nothing happens: they cost little, and nothing is forgotten over it."""

from dataclasses import replace

import pytest

from logpipeline import metrics
from logpipeline.core.decide import decide
from logpipeline.core.observation import StageObservation
from logpipeline.core.occurrence import Upcoming
from logpipeline.core.outcome import Done
from logpipeline.kube import ApiError
from logpipeline.tick import Tick
from logpipeline.world.objects import PipelineObject
from tests.unit.cluster_objects import KEY
from tests.unit.core.given import flow, sample, seen, workload
from tests.unit.test_tick import Stage, governed, scene

STILL = flow(lambda _: 8_000, lambda _: 8_000, count=8)
EVERY_SECONDS = 5.0


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """When decisions were made, rather than repeated."""
    times: list[float] = []

    def noted(spec: object, observation: object, memory: object, now: float) -> object:
        times.append(now)
        return decide(spec, observation, memory, now)  # type: ignore[arg-type]

    monkeypatch.setattr("logpipeline.tick.decide", noted)
    return times


async def measure(tick: Tick, fake: Stage, pipeline: PipelineObject, produced: int = 1_000) -> None:
    """The next reading, and the pass that it starts."""
    assert fake.sight is not None
    fake.now += EVERY_SECONDS
    window = fake.sight.window.extended(sample(fake.now, [produced] * 8, [1_000] * 8))
    fake.sight = StageObservation(window, fake.sight.workload)
    await tick(pipeline)


async def rested(pipeline: PipelineObject) -> tuple[Tick, Stage]:
    """A tick whose pipeline rests."""
    tick, fake = scene(sight=seen(STILL, workload(1)))
    await tick(pipeline)
    for _ in range(4):
        await measure(tick, fake, pipeline)
    assert KEY in tick.resting
    return tick, fake


async def test_what_stands_still_is_not_decided_anew_and_counts_as_measured(made: list[float]) -> None:
    pipeline = governed()
    tick, fake = await rested(pipeline)
    made.clear()
    for _ in range(10):
        await measure(tick, fake, pipeline)
    labels = {"namespace": KEY.namespace, "pipeline": KEY.name, "stage": "index"}
    registry = tick.telemetry.registry
    assert made == []
    assert tick.memories[KEY][1].stages["index"].measured_at == fake.now
    assert registry.get_sample_value(metrics.MEASURED.name, labels) == fake.now


async def test_records_end_the_rest_at_once() -> None:
    pipeline = governed()
    tick, fake = await rested(pipeline)
    fake.outcome = Done(1, 3)
    await measure(tick, fake, pipeline, produced=100_000)
    assert [asked.replicas for _, asked in fake.acted] == [8]
    assert KEY not in tick.resting


async def test_another_spec_ends_the_rest(made: list[float]) -> None:
    tick, fake = await rested(governed())
    made.clear()
    await measure(tick, fake, replace(governed(), generation=governed().generation + 1))
    assert made == [fake.now]


async def test_an_event_that_is_announced_while_it_rests_is_in_status_at_once() -> None:
    pipeline = governed()
    tick, fake = await rested(pipeline)
    fake.upcoming = Upcoming("double-eleven", fake.now + 86_400)
    await measure(tick, fake, pipeline)
    assert fake.statuses[-1]["summary"]["nextSale"].startswith("double-eleven 20")
    for _ in range(3):
        await measure(tick, fake, pipeline)
    assert KEY in tick.resting, "and it rests on"


async def test_a_status_that_could_not_be_written_is_tried_again_while_the_pipeline_rests(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pipeline = governed()
    tick, fake = scene(sight=seen(STILL, workload(1)))

    async def refuse(*_: object) -> dict[str, object]:
        raise ApiError(500, "InternalError", "not now")

    monkeypatch.setattr(fake, "apply", refuse, raising=False)
    await tick(pipeline)
    for _ in range(4):
        await measure(tick, fake, pipeline)
    assert KEY in tick.resting
    monkeypatch.undo()
    await measure(tick, fake, pipeline)
    assert len(fake.statuses) == 1


async def test_what_is_gone_rests_no_more() -> None:
    tick, _ = await rested(governed())
    tick.forget(KEY)
    assert tick.resting == {}

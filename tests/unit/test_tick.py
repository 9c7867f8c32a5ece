"""One pass over a pipeline, with everything around it played by fakes."""

from dataclasses import dataclass, field, replace
from typing import Any

from logpipeline.api.conditions import Reason
from logpipeline.api.pipeline import Mode
from logpipeline.core.decision import StageDecision
from logpipeline.core.model import Announcement, Obstacle
from logpipeline.core.observation import StageObservation
from logpipeline.core.occurrence import Upcoming
from logpipeline.core.outcome import Advised, Done, Outcome, Refused
from logpipeline.notify.events import Involved
from logpipeline.report import PIPELINES, StatusWriter
from logpipeline.telemetry import Telemetry
from logpipeline.tick import Tick
from logpipeline.world.objects import PipelineObject, SpecError
from logpipeline.world.target import Target
from tests.unit.cluster_objects import KEY, pipeline, stage, world
from tests.unit.core.given import NOW, Readings, flow, missing, observation, seen, workload

QUIET = flow(lambda at: 50 * at, lambda at: 50 * at)
BURST = flow(lambda at: 600_000 + 50 * at, lambda at: 50 * at, count=8)


@dataclass
class Stage:
    """Everything that a tick speaks to, in one place, and the order in which it was spoken to."""

    order: list[str] = field(default_factory=list)
    sight: StageObservation | None = field(default_factory=lambda: seen(QUIET, workload(1)))
    outcome: Outcome = Advised("would")  # noqa: RUF009 - a frozen value
    acted: list[tuple[Target, StageDecision]] = field(default_factory=list)
    told: list[Announcement] = field(default_factory=list)
    statuses: list[dict[str, Any]] = field(default_factory=list)
    upcoming: Upcoming | None = None
    now: float = NOW

    async def observe(self, *_: object) -> object:
        if self.sight is None:
            return None
        return replace(observation(index=self.sight), next_sale=self.upcoming)

    async def act(self, target: Target, decision: StageDecision) -> Outcome:
        self.order.append("act")
        self.acted.append((target, decision))
        return self.outcome

    async def announce(self, _: Involved, announcement: Announcement) -> None:
        self.order.append("tell")
        self.told.append(announcement)

    async def apply(self, _: str, body: dict[str, Any]) -> dict[str, Any]:
        self.order.append("status")
        self.statuses.append(body["status"])
        return {"metadata": {"resourceVersion": str(len(self.statuses))}}

    def reasons(self) -> list[Reason]:
        told, self.told = self.told, []
        return [announcement.reason for announcement in told]

    def conditions(self) -> dict[str, str]:
        return {each["type"]: each["reason"] for each in self.statuses[-1]["conditions"]}


def scene(**fields: Any) -> tuple[Tick, Stage]:  # noqa: ANN401
    fake = Stage(**fields)
    around: Any = fake
    tick = Tick(
        observer=around,
        actuators=dict.fromkeys(Mode, around),
        events=around,
        statuses=StatusWriter(around, PIPELINES, status_seconds=30),
        telemetry=Telemetry("test"),
        memories={},
        clock=lambda: fake.now,
    )
    return tick, fake


def governed(mode: str = "Auto") -> PipelineObject:
    found = world(pipeline(stage(mode=mode))).pipeline(KEY)
    assert found is not None
    return found


def burst(window: Readings = BURST) -> StageObservation:
    return seen(window, workload(1))


async def test_a_burst_is_acted_upon_told_and_written_in_this_order() -> None:
    tick, fake = scene(sight=burst(), outcome=Done(1, 3))
    await tick(governed())
    assert fake.order == ["act", "tell", "status"]
    assert [target.name for target, _ in fake.acted] == ["log-indexer"]
    assert fake.reasons() == [Reason.SCALED_UP]
    assert fake.statuses[-1]["stages"][0]["replicas"]["wanted"] == fake.acted[0][1].replicas


async def test_what_is_right_is_not_touched() -> None:
    tick, fake = scene()
    await tick(governed())
    assert fake.acted == []
    assert fake.reasons() == []


async def test_nothing_is_said_before_there_was_a_measurement() -> None:
    tick, fake = scene(sight=None)
    await tick(governed())
    assert fake.order == []


async def test_what_was_written_is_remembered() -> None:
    tick, _ = scene(sight=burst(), outcome=Done(1, 3))
    await tick(governed())
    known = tick.memories[KEY][1].stages["index"]
    assert (known.written, known.written_at) == (3, NOW)


async def test_a_refusal_is_a_condition_at_the_next_tick_and_told_once() -> None:
    tick, fake = scene(sight=burst(), outcome=Refused(Obstacle(Reason.SCALE_REFUSED, "may not scale")))
    await tick(governed())
    assert fake.reasons() == []
    for _ in range(2):
        fake.now += 5
        await tick(governed())
    assert fake.conditions()["ScalingActive"] == "ScaleRefused"
    assert fake.reasons() == [Reason.SCALE_REFUSED]
    fake.outcome = Done(1, 3)
    for _ in range(14):
        fake.now += 5
        await tick(governed())
    assert fake.conditions()["ScalingActive"] == "Scaling"


async def test_refusals_are_counted() -> None:
    tick, _ = scene(sight=burst(), outcome=Refused(Obstacle(Reason.SCALE_REFUSED, "may not scale")))
    await tick(governed())
    counted = tick.telemetry.registry.get_sample_value(
        "logpipeline_scale_errors_total", {"reason": "ScaleRefused"}
    )
    assert counted == 1


async def test_a_paused_stage_is_measured_and_not_touched() -> None:
    tick, fake = scene(sight=burst())
    await tick(governed("Paused"))
    assert fake.acted == []
    assert fake.conditions()["ScalingActive"] == "Paused"
    assert fake.statuses[-1]["stages"][0]["backlogRecords"] == 600_000


async def test_advice_is_told_once() -> None:
    tick, fake = scene(sight=burst())
    for _ in range(3):
        await tick(governed("Advise"))
        fake.now += 5
    assert fake.reasons() == [Reason.ADVISING]


async def test_a_new_process_repeats_nothing() -> None:
    tick, fake = scene(sight=seen((missing(),), workload(1)))
    await tick(governed())
    assert fake.reasons() == [Reason.SOURCE_UNREACHABLE]
    again, later = scene(sight=seen((missing(),), workload(1)), now=NOW + 5)
    raw = {**pipeline(), "status": fake.statuses[-1]}
    found = world(raw).pipeline(KEY)
    assert found is not None
    await again(found)
    assert later.reasons() == []
    assert later.statuses == []


async def test_a_pipeline_made_anew_under_the_same_name_has_no_memory() -> None:
    tick, fake = scene(sight=seen((missing(),), workload(1)))
    await tick(governed())
    await tick(replace(governed(), uid="uid-2"))
    assert fake.reasons() == [Reason.SOURCE_UNREACHABLE] * 2


async def test_a_spec_that_cannot_be_read_is_said_and_touches_nothing() -> None:
    tick, fake = scene()
    await tick(governed())
    bad = replace(governed(), spec=SpecError("spec.stages: give at least one"), generation=2)
    await tick(bad)
    assert fake.acted == []
    assert fake.reasons() == [Reason.SPEC_INVALID]
    assert fake.conditions()["Ready"] == "SpecInvalid"
    assert fake.statuses[-1]["observedGeneration"] == 2
    await tick(bad)
    assert fake.reasons() == []


async def test_a_mended_spec_is_told_and_watched_anew() -> None:
    tick, fake = scene()
    await tick(governed())
    await tick(replace(governed(), spec=SpecError("spec.stages: give at least one"), generation=2))
    fake.now, fake.told = NOW + 60, []
    await tick(replace(governed(), generation=3))
    assert fake.told[0].message.startswith("Over: SpecInvalid.")
    assert tick.memories[KEY][1].stages["index"].since == NOW + 60


async def test_what_is_gone_is_forgotten() -> None:
    tick, _ = scene()
    await tick(governed())
    tick.forget(KEY)
    assert tick.memories == {}
    labels = {"namespace": "shop", "pipeline": "access-logs", "stage": "index"}
    value = tick.telemetry.registry.get_sample_value("logpipeline_stage_backlog_records", labels)
    assert value is None

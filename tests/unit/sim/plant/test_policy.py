"""Our own operator as a policy goes the way that the operator goes on a cluster."""

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from logpipeline.api.conditions import Reason
from logpipeline.api.pipeline import Mode
from logpipeline.core.decision import StageDecision
from logpipeline.core.model import Announcement
from logpipeline.core.observation import Observation, StageObservation
from logpipeline.core.outcome import Done, Outcome
from logpipeline.core.window import Window
from logpipeline.report import PIPELINES, StatusWriter
from logpipeline.sim.plant import Plant
from logpipeline.sim.policies.logpipeline import LogPipelinePolicy, logpipeline
from logpipeline.sim.run import run
from logpipeline.sim.scenario import Scenario
from logpipeline.sim.setting import setting_of
from logpipeline.telemetry import Telemetry
from logpipeline.tick import Tick
from logpipeline.world.objects import PipelineObject
from tests.unit.cluster_objects import KEY, pipeline, world
from tests.unit.sim.plant.given import COLLECT, INDEX, played, scenario

BURST = [{"at": "0s", "rate": 500}, {"at": "5m", "rate": 6_000}, {"at": "10m", "rate": 500}]


@dataclass
class Cluster:
    """The plant, as the real tick knows a cluster."""

    plant: Plant
    windows: dict[str, Window] = field(default_factory=dict)
    told: list[Announcement] = field(default_factory=list)
    statuses: int = 0

    async def observe(self, *_: object) -> Observation:
        stages = {}
        for name, sight in self.plant.seen().items():
            self.windows[name] = self.windows.get(name, Window()).extended(sight.reading)
            stages[name] = StageObservation(self.windows[name], sight.workload)
        return Observation(MappingProxyType(stages))

    async def act(self, target: Any, decision: StageDecision) -> Outcome:  # noqa: ANN401
        stages = self.plant.setting.spec.stages
        name = next(stage.name for stage in stages if stage.scale_target_ref.name == target.name)
        before = self.plant.stations[name].workload.replicas
        assert decision.replicas is not None
        self.plant.scale(name, decision.replicas, "logpipeline", decision.line, decision.rules)
        return Done(before, decision.replicas)

    async def announce(self, _: object, announcement: Announcement) -> None:
        self.told.append(announcement)

    async def apply(self, _: str, __: dict[str, Any]) -> dict[str, Any]:
        self.statuses += 1
        return {"metadata": {"resourceVersion": str(self.statuses)}}


async def ticked(given: Scenario) -> Cluster:
    """The scenario under the real tick."""
    cluster = Cluster(Plant(setting_of(given, 1)))
    around: Any = cluster
    tick = Tick(
        observer=around,
        actuators=dict.fromkeys(Mode, around),
        events=around,
        statuses=StatusWriter(around, PIPELINES, status_seconds=30),
        telemetry=Telemetry("test"),
        memories={},
        clock=lambda: cluster.plant.now,
    )
    found = world(pipeline()).pipeline(KEY)
    assert isinstance(found, PipelineObject)
    governed = replace(found, spec=given.pipeline)
    for _ in range(int(given.until.total_seconds()) // 5):
        played(cluster.plant, 5)
        await tick(governed)
    return cluster


async def test_it_decides_as_the_operator_does() -> None:
    others = {"index": {"partitions": 8, "replicas": 2, "skew": 0.5}}
    truth: dict[str, Any] = {"stages": (COLLECT, INDEX), "others": others, "measuring": {"noise": 0.1}}
    given = scenario(rate=BURST, until="40m", **truth)
    cluster = await ticked(given)
    track = run(setting_of(given, 1), logpipeline(setting_of(given, 1)))
    assert len(track.stages["index"].changes) >= 3
    for name, station in cluster.plant.stations.items():
        assert list(track.stages[name].changes) == station.changes


def test_it_keeps_up_with_a_burst() -> None:
    track = run(
        setting_of(scenario(rate=BURST, until="20m"), 1), logpipeline(setting_of(scenario(rate=BURST), 1))
    )
    stage = track.stages["index"]
    assert stage.wanted.max() >= 8
    assert stage.backlog[-1] == 0.0
    assert all(change.line.startswith(f"{change.before}→{change.after}") for change in stage.changes)
    assert all(change.rules for change in stage.changes)


def restarted(*restarts: str) -> tuple[list[int], list[Reason]]:
    """The counts of a burst, and what people were told, with restarts of the operator."""
    words = scenario(rate=BURST, until="30m").model_dump(by_alias=True) | {"restarts": list(restarts)}
    given = setting_of(Scenario.model_validate(words), 1)
    policy, told = logpipeline(given), []

    class Told(LogPipelinePolicy):
        """The same, and keeps what was told."""

        def wish(self, now: float, seen: Any) -> Any:  # noqa: ANN401
            wishes = LogPipelinePolicy.wish(self, now, seen)
            told.extend(each.reason for each in self.announcements)
            return wishes

    stage = run(given, Told(policy.spec, policy.restarts)).stages["index"]
    return [change.after for change in stage.changes], told


def test_a_restart_in_the_middle_of_a_burst_loses_no_replica_and_tells_nothing_twice() -> None:
    counts, told = restarted()
    again, told_again = restarted("5m30s", "8m")
    assert max(again) == max(counts)
    assert told.count(Reason.CLAIMED) == told_again.count(Reason.CLAIMED) == 1
    up_to_the_top = again[: again.index(max(again)) + 1]
    assert up_to_the_top == sorted(up_to_the_top)


def test_what_only_advises_touches_nothing() -> None:
    advising = {**INDEX, "scaling": {**INDEX["scaling"], "mode": "Advise"}}
    given = setting_of(scenario(rate=BURST, until="20m", stages=(advising,)), 1)
    policy = logpipeline(given)
    assert run(given, policy).stages["index"].changes == ()
    assert policy.decision is not None
    assert policy.decision.stages["index"].replicas is not None

"""Plays a story: the simulator's plant, and this operator every five seconds."""

from collections.abc import Iterator
from dataclasses import dataclass

from logpipeline.core.decision import Decision
from logpipeline.core.model import Announcement
from logpipeline.sim.arrivals import curve_of
from logpipeline.sim.plant import Plant
from logpipeline.sim.policies.logpipeline import LogPipelinePolicy, logpipeline
from logpipeline.sim.scenario import Scenario
from logpipeline.sim.setting import Setting
from tests.scenarios.plant import scenario_of
from tests.scenarios.story import Story

SEED = 1


@dataclass(frozen=True)
class Moment:
    """What was to be seen at one tick. `at` counts from the beginning of the story."""

    at: float
    replicas: int
    ready: int
    waiting: int
    decision: Decision
    announcements: tuple[Announcement, ...]


def play(story: Story) -> tuple[Moment, ...]:
    """Every tick of the story."""
    setting = _setting(scenario_of(story))
    restarts = {int(restart.total_seconds()) for restart in story.restarts}
    return tuple(_moments(Plant(setting), logpipeline(setting), restarts, int(story.until.total_seconds())))


def _setting(scenario: Scenario) -> Setting:
    """A tick sees what a story has arrive at the very moment of it: the second that ends there brings it."""
    curve = curve_of(scenario.arrivals)
    return Setting(scenario, lambda second: curve(second + 0.5), seed=SEED)


def _moments(plant: Plant, policy: LogPipelinePolicy, restarts: set[int], seconds: int) -> Iterator[Moment]:
    while plant.second < seconds:
        plant.advance()
        if plant.second in restarts:
            plant.restart_measuring()
        if plant.second % policy.every_seconds == 0:
            yield _tick(plant, policy)


def _tick(plant: Plant, policy: LogPipelinePolicy) -> Moment:
    stage = policy.spec.stages[0].name
    seen = plant.seen()
    for name, wish in policy.wish(plant.now, seen).items():
        plant.scale(name, wish.replicas, policy.name, wish.line, wish.rules)
    assert policy.decision is not None
    workload, waiting = seen[stage].workload, plant.stations[stage].waiting
    return Moment(
        at=plant.second,
        replicas=workload.replicas,
        ready=workload.ready or 0,
        waiting=int(waiting.sum()),
        decision=policy.decision,
        announcements=policy.announcements,
    )

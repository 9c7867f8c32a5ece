"""Plays a story: the simulator's plant, and this operator every five seconds, or those who have its pain."""

from collections.abc import Iterator
from dataclasses import dataclass

from logpipeline.core.decision import Decision
from logpipeline.core.model import Announcement
from logpipeline.sim.arrivals import curve_of
from logpipeline.sim.plant import Plant
from logpipeline.sim.policies.logpipeline import LogPipelinePolicy, logpipeline
from logpipeline.sim.policy import Policy
from logpipeline.sim.scenario import Scenario
from logpipeline.sim.setting import Setting
from tests.scenarios.naive import naive
from tests.scenarios.pains import Pain
from tests.scenarios.plant import scenario_of
from tests.scenarios.story import Story

SEED = 1


@dataclass(frozen=True)
class Glance:
    """What anybody sees at one tick. `at` counts from the beginning of the story."""

    at: float
    replicas: int
    ready: int
    waiting: int


@dataclass(frozen=True)
class Moment(Glance):
    """And what this operator made of it."""

    decision: Decision
    announcements: tuple[Announcement, ...]


def play(story: Story) -> tuple[Moment, ...]:
    """Every tick of the story."""
    setting = _setting(scenario_of(story))
    policy = logpipeline(setting)
    return tuple(_told(glance, policy) for glance in _glances(story, setting, policy))


def play_naively(story: Story, pain: Pain) -> tuple[Glance, ...]:
    """The same story with those who have its pain."""
    setting = _setting(scenario_of(story))
    return tuple(_glances(story, setting, naive(setting, pain)))


def _setting(scenario: Scenario) -> Setting:
    """A tick sees what a story has arrive at the very moment of it: the second that ends there brings it."""
    curve = curve_of(scenario.arrivals)
    return Setting(scenario, lambda second: curve(second + 0.5), seed=SEED)


def _glances(story: Story, setting: Setting, policy: Policy) -> Iterator[Glance]:
    plant, stage = Plant(setting), story.spec.stages[0].name
    restarts = {restart.total_seconds() for restart in story.restarts}
    while plant.second < story.until.total_seconds():
        plant.advance()
        if plant.second in restarts:
            plant.restart_measuring()
        if plant.second % policy.every_seconds == 0:
            seen = plant.seen()
            for name, wish in policy.wish(plant.now, seen).items():
                plant.scale(name, wish.replicas, policy.name, wish.line, wish.rules)
            workload, waiting = seen[stage].workload, plant.stations[stage].waiting
            yield Glance(plant.second, workload.replicas, workload.ready or 0, int(waiting.sum()))


def _told(glance: Glance, policy: LogPipelinePolicy) -> Moment:
    assert policy.decision is not None
    return Moment(**vars(glance), decision=policy.decision, announcements=policy.announcements)

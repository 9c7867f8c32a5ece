"""Plays a story: the plant, and the real `decide` every five seconds."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from logpipeline.api.pipeline import Mode, Stage
from logpipeline.api.status import LogPipelineStatus
from logpipeline.core.decide import decide
from logpipeline.core.decision import Decision, Verdict
from logpipeline.core.memory import Memory
from logpipeline.core.model import Announcement
from logpipeline.core.observation import Observation, StageObservation
from logpipeline.core.outcome import Advised, Done, remember_outcome
from logpipeline.core.readings import Doubt
from logpipeline.core.status import memory_of, status_of
from logpipeline.core.window import Window
from tests.scenarios.plant import Plant
from tests.scenarios.story import Arrival, Blindness, Story

START = 1_795_000_000.0
"""Decisions live in Unix time; stories begin here."""
SAMPLE_SECONDS = 5


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
    plant = Plant(story.plant, lambda now: rate_at(story.arrivals, now - START))
    return tuple(_Play(story, plant).moments())


@dataclass
class _Play:
    story: Story
    plant: Plant
    memory: Memory = field(default_factory=Memory)
    window: Window = field(default_factory=Window)
    status: LogPipelineStatus | None = None

    @property
    def stage(self) -> Stage:
        return self.story.spec.stages[0]

    def moments(self) -> Iterator[Moment]:
        self.plant.recall(START)
        for second in range(1, int(self.story.until.total_seconds()) + 1):
            now = START + second
            self.plant.step(now, 1.0)
            self._happen(second, now)
            if second % SAMPLE_SECONDS == 0:
                yield self._tick(second, now)

    def _happen(self, second: int, now: float) -> None:
        for rival in self.story.rivals:
            if second == rival.at.total_seconds():
                self.plant.scale(rival.replicas, now, "somebody-else")
        if any(second == restart.total_seconds() for restart in self.story.restarts) and self.status:
            self.memory, self.window = memory_of(self.story.spec, self.status, now), Window()
            self.plant.recall(now)

    def _tick(self, second: int, now: float) -> Moment:
        reading = self.plant.reading(now, self._blindness(second), self._doubts(second))
        self.window = self.window.extended(reading)
        workload = self.plant.workload(now)
        seen = Observation(MappingProxyType({self.stage.name: StageObservation(self.window, workload)}))
        decision = decide(self.story.spec, seen, self.memory, now)
        told = (*decision.announcements, *self._act(decision, now))
        self.status = status_of(self.story.spec, seen, decision, self.status, generation=1)
        return Moment(second, workload.replicas, workload.ready or 0, self.plant.waiting, decision, told)

    def _act(self, decision: Decision, now: float) -> tuple[Announcement, ...]:
        name, asked = self.stage.name, decision.stages[self.stage.name]
        self.memory = decision.memory
        if asked.verdict is Verdict.HOLD or asked.replicas is None:
            return ()
        before = len(self.plant.ready_at)
        advised = self.stage.scaling.mode is Mode.ADVISE
        outcome = Advised(asked.line) if advised else Done(before, asked.replicas)
        if not advised:
            self.plant.scale(asked.replicas, now)
        remembered, told = remember_outcome(decision.memory.stages[name], name, asked, outcome, now)
        self.memory = replace(decision.memory, stages=MappingProxyType({name: remembered}))
        return told

    def _blindness(self, second: int) -> Blindness:
        for blind in self.story.blind:
            if blind.since.total_seconds() <= second < blind.until.total_seconds():
                return blind.what
        return Blindness.NONE

    def _doubts(self, second: int) -> tuple[Doubt, ...]:
        return tuple(
            Doubt(doubtful.reason, f"it is doubtful because of {doubtful.reason}")
            for doubtful in self.story.doubtful
            if doubtful.since.total_seconds() <= second < doubtful.until.total_seconds()
        )


def rate_at(arrivals: tuple[Arrival, ...], second: float) -> float:
    """Records/s at a moment of the story."""
    past = [arrival for arrival in arrivals if arrival.at.total_seconds() <= second]
    coming = next((arrival for arrival in arrivals if arrival.at.total_seconds() > second), None)
    rate = past[-1].rate if past else 0.0
    if coming is None or not coming.ramp or not past:
        return rate
    begun, ends = past[-1].at.total_seconds(), coming.at.total_seconds()
    return rate + (coming.rate - rate) * (second - begun) / (ends - begun)

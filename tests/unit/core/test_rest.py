"""A decision that is repeated rather than made again is the one that would have been made."""

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import example, settings
from hypothesis import given as drawn
from hypothesis import strategies as st

from logpipeline.api.conditions import Reason
from logpipeline.api.pipeline import LogPipelineSpec
from logpipeline.core.decide import decide
from logpipeline.core.decision import Decision, Verdict
from logpipeline.core.memory import Memory
from logpipeline.core.model import Obstacle, Workload
from logpipeline.core.observation import StageObservation
from logpipeline.core.readings import Doubt, Reading
from logpipeline.core.rest import Rest, repeated, rest_of
from logpipeline.core.window import Window
from tests.unit.core.given import (
    NOW,
    STABLE,
    missing,
    observation,
    partitions,
    sample,
    spec,
    stage,
    workload,
)

EVERY_SECONDS = 10.0


class Story:
    """A pipeline that is decided upon, reading by reading, and what is repeated of it meanwhile."""

    def __init__(self, wanted: LogPipelineSpec, replicas: int) -> None:
        self.spec = wanted
        self.now = NOW
        self.produced = self.consumed = 1_000
        self.workload: Workload | None = workload(replicas)
        self.obstacle: Obstacle | None = None
        self.window = Window()
        self.memory = Memory()
        self.rest: Rest | None = None
        self.repeats = 0

    def go_on(self, seconds: float = EVERY_SECONDS, **more: Any) -> None:  # noqa: ANN401
        """Measure what there is, and decide."""
        self.now += seconds
        self.see(sample(self.now, [self.produced] * 4, [self.consumed] * 4, group=STABLE, **more))

    def see(self, reading: Reading) -> None:
        """Decide both ways: where it is repeated, nothing may be different."""
        self.window = self.window.extended(reading)
        seen = observation(index=StageObservation(self.window, self.workload, self.obstacle))
        made = self.carried_out(decide(self.spec, seen, self.memory, self.now))
        self.rest = None if self.rest is None else repeated(self.rest, seen, self.now)
        if self.rest is not None:
            self.repeats += 1
            assert repr(self.rest.decision) == repr(made)
        else:
            self.rest = rest_of(seen, self.memory, made)
        self.memory = made.memory

    def carried_out(self, made: Decision) -> Decision:
        """As the operator does: counts are written, or advice is remembered."""
        memories = dict(made.memory.stages)
        for name, asked in made.stages.items():
            if asked.verdict is Verdict.HOLD or asked.replicas is None:
                continue
            if asked.scaling.reason is Reason.ADVISING:
                memories[name] = replace(memories[name], advised=asked.replicas)
            else:
                memories[name] = replace(memories[name], written=asked.replicas, written_at=self.now)
                self.workload = workload(asked.replicas)
        return replace(made, memory=replace(made.memory, stages=MappingProxyType(memories)))


def arrive(story: Story) -> None:
    story.produced += 1_000


def consume(story: Story) -> None:
    story.consumed = story.produced


def commit_back(story: Story) -> None:
    story.consumed = max(0, story.consumed - 500)


def miss(story: Story) -> None:
    story.now += EVERY_SECONDS
    story.see(missing(story.now))


def miss_partly(story: Story) -> None:
    story.go_on(missing=partitions(5)[4:], missing_because="No leader.")


def doubt(story: Story) -> None:
    story.go_on(doubts=(Doubt(Reason.PARTITION_REWOUND, "It went back"),))


def be_away(story: Story) -> None:
    story.go_on(seconds=100.0)


def resize(story: Story) -> None:
    replicas = 0 if story.workload is None else story.workload.replicas
    story.workload = workload(replicas + 1, managers=("somebody",))


def vanish(story: Story) -> None:
    story.workload = None


def come_back(story: Story) -> None:
    story.workload = workload(2)


def hinder(story: Story) -> None:
    story.obstacle = Obstacle(Reason.TARGET_SHARED, "Another governs it.")


def free(story: Story) -> None:
    story.obstacle = None


MOVES = [
    arrive,
    consume,
    commit_back,
    miss,
    miss_partly,
    doubt,
    be_away,
    resize,
    vanish,
    come_back,
    hinder,
    free,
]


MODES = st.sampled_from(["Auto", "Advise", "Paused"])


@settings(deadline=None, max_examples=30)
@example(script=[(arrive, 1)], mode="Auto", least=0, replicas=0)  # the last commit seen leaves the window
@drawn(
    script=st.lists(st.tuples(st.sampled_from(MOVES), st.integers(0, 45)), max_size=4),
    mode=MODES,
    least=st.integers(0, 2),
    replicas=st.integers(0, 6),
)
def test_what_is_repeated_is_what_would_have_been_decided(
    script: list[tuple[Callable[[Story], None], int]], mode: str, least: int, replicas: int
) -> None:
    wanted = stage(
        mode=mode,
        minReplicas=least,
        maxReplicas=4,
        behavior={"scaleDown": {"stabilizationWindow": "1m"}},
        capacity={"recordsPerSecond": 10},
    )
    story = Story(spec(wanted, backlog=500, **{"for": "10s"}), replicas)
    for take_place, quiet in [*script, (consume, 45)]:
        take_place(story)
        for _ in range(quiet):
            story.go_on()


@pytest.mark.parametrize("mode", ["Auto", "Advise"])
def test_a_pipeline_without_records_rests_and_an_arrival_wakes_it(mode: str) -> None:
    story = Story(spec(stage(mode=mode, minReplicas=1)), replicas=1)
    for _ in range(60):
        story.go_on()
    rested = story.repeats
    story.produced += 100_000
    story.go_on()
    assert rested > 10
    assert story.rest is None


def test_a_pipeline_that_will_shrink_when_its_window_is_over_does_not_rest_before() -> None:
    story = Story(spec(stage(minReplicas=1)), replicas=4)
    while story.workload == workload(4):
        assert story.rest is None
        story.go_on()
    assert story.now - NOW >= 600


def test_a_reading_that_is_not_followed_by_another_is_not_repeated() -> None:
    story = Story(spec(stage(minReplicas=1)), replicas=1)
    for _ in range(60):
        story.go_on()
    assert story.rest is not None
    seen = observation(index=StageObservation(story.window, story.workload, None))
    assert repeated(story.rest, seen, story.now + EVERY_SECONDS) is not None
    assert repeated(story.rest, seen, story.now + 60) is None


@pytest.mark.parametrize("mode", ["Auto", "Advise"])
def test_a_pipeline_without_its_workload_does_not_rest(mode: str) -> None:
    story = Story(spec(stage(mode=mode, minReplicas=1)), replicas=1)
    for happens in (free, vanish, come_back):
        happens(story)
        for _ in range(45):
            story.go_on()
        assert (story.rest is None) == (story.workload is None)

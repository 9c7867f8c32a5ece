"""Runs of the simulator under this operator, with what it believed and wanted at each decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from logpipeline.core.decision import Decision
from logpipeline.sim.policies.logpipeline import NAME, TICK_SECONDS, LogPipelinePolicy, logpipeline
from logpipeline.sim.policy import Seen, Wish
from logpipeline.sim.report.scene import began
from logpipeline.sim.report.series import moments, steps, tops
from logpipeline.sim.run import run
from logpipeline.sim.scenario import Scenario
from logpipeline.sim.setting import setting_of
from logpipeline.sim.track import Series, StageTrack, Track
from logpipeline.simulate.documents import read_scenario
from tools.pictures.canvas import Mark, Point

OWN = Path(__file__).parent / "scenarios"
POINTS = 400
"""Of a curve: two pixels each."""


@dataclass(slots=True)
class Watched:
    """The operator as a policy, whose decisions are kept."""

    policy: LogPipelinePolicy
    decisions: list[Decision] = field(default_factory=list)
    name: str = NAME
    every_seconds: float = TICK_SECONDS

    def wish(self, now: float, seen: Mapping[str, Seen]) -> Mapping[str, Wish]:
        """As the policy wishes."""
        wishes = self.policy.wish(now, seen)
        if self.policy.decision is not None:
            self.decisions.append(self.policy.decision)
        return wishes


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a run, as series over the seconds since it began."""

    track: Track
    stage: StageTrack
    decisions: Sequence[Decision]

    @property
    def begins(self) -> float:
        """Unix seconds."""
        return began(self.track)

    def curve(self, series: Series) -> Sequence[Point]:
        """A series of the track; no peak of it is lost."""
        at = moments(self.track.at, self.begins, POINTS)
        return [Point(*point) for point in zip(at, tops(series, POINTS), strict=True)]

    def count(self, series: Series) -> Sequence[Point]:
        """A series of the track that stays for a while and then jumps."""
        return [Point(*step) for step in steps(self.track.at, series, self.begins)]

    @property
    def unbraked(self) -> Sequence[Point]:
        """The count that each decision would have come to without limits."""
        found = [(decision.at, decision.stages[self.stage.name].uncapped) for decision in self.decisions]
        return [Point(at - self.begins, float(count)) for at, count in found if count is not None]

    @property
    def learned(self) -> Sequence[Point]:
        """Records/s that one replica was believed to take, once some were learned."""
        found = [(each.at, each.memory.stages[self.stage.name].learned) for each in self.decisions]
        return [Point(at - self.begins, known.records_per_second) for at, known in found if known is not None]

    @property
    def marks(self) -> Sequence[Mark]:
        """Each count that was written."""
        return [
            Mark(change.at - self.begins, change.after, change.before, change.line)
            for change in self.stage.changes
        ]


def own(name: str) -> Scenario:
    """A scenario that is only drawn."""
    return read_scenario(OWN / f"{name}.yaml")


def played(scenario: Scenario) -> Mapping[str, Stage]:
    """The stages of its first seed, by name."""
    setting = setting_of(scenario, scenario.seeds[0])
    policy = Watched(logpipeline(setting))
    track = run(setting, policy)
    return {name: Stage(track, stage, policy.decisions) for name, stage in track.stages.items()}


def told(scenario: Scenario, records_per_second: int) -> Scenario:
    """The same, with another first guess of what a replica takes."""
    (stage,) = scenario.pipeline.stages
    capacity = stage.scaling.capacity.model_copy(update={"records_per_second": records_per_second})
    scaling = stage.scaling.model_copy(update={"capacity": capacity})
    pipeline = scenario.pipeline.model_copy(
        update={"stages": (stage.model_copy(update={"scaling": scaling}),)}
    )
    return scenario.model_copy(update={"pipeline": pipeline})

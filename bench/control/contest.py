"""Who is compared: each policy, and this operator with what it may be told wrongly or be pinned to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from logpipeline.api.pipeline import LogPipelineSpec
from logpipeline.sim.batch import Job
from logpipeline.sim.policies import POLICIES
from logpipeline.simulate.runs import OURS
from logpipeline.simulate.subject import Subject

TOO_LOW, TOO_HIGH = 0.4, 1.6
"""A capacity that is guessed wrong by 60 %, as a share c of the true one."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """A policy, and what its spec says otherwise than that of the others."""

    label: str
    policy: str
    guess: float = 1.0
    """The capacity that it is told / the true one."""
    utilization: int | None = None
    """Percent, pinned; None: found from what is measured."""

    def job(self, subject: Subject, seed: int) -> Job:
        """Its run."""
        scenario = subject.scenario
        told = scenario.model_copy(update={"pipeline": self._told(scenario.pipeline)})
        return Job(replace(subject, scenario=told).setting(seed), self.label, POLICIES[self.policy])

    def _told(self, spec: LogPipelineSpec) -> LogPipelineSpec:
        document = spec.model_dump(by_alias=True, mode="json", exclude_none=True)
        for stage in document["stages"]:
            stage["scaling"] |= self._changes(stage["scaling"])
        return LogPipelineSpec.model_validate(document)

    def _changes(self, scaling: Mapping[str, Any]) -> Mapping[str, Any]:
        known = scaling["capacity"]
        changes = {"capacity": {**known, "recordsPerSecond": round(known["recordsPerSecond"] * self.guess)}}
        return changes | ({"targetUtilizationPercent": self.utilization} if self.utilization else {})


EVERYBODY: Sequence[Contestant] = tuple(Contestant(name, name) for name in POLICIES)
WRONG: Mapping[float, Contestant] = {
    TOO_LOW: Contestant(f"{OURS} told {TOO_LOW}c", OURS, TOO_LOW),
    TOO_HIGH: Contestant(f"{OURS} told {TOO_HIGH}c", OURS, TOO_HIGH),
}
ALL: Sequence[Contestant] = (EVERYBODY[0], *WRONG.values(), *EVERYBODY[1:])
"""With this operator, which is the first, in all its forms."""
PINNED: Sequence[Contestant] = tuple(
    Contestant(f"{OURS} at {percent} %", OURS, utilization=percent) for percent in (60, 70, 80, 85, 90, 95)
)

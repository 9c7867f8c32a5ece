"""A scenario: a pipeline as its operator knows it, what it is in truth, and what happens to it."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Self

from pydantic import AwareDatetime, Field, model_validator

from logpipeline.api.base import ApiModel
from logpipeline.api.duration import Duration, spell
from logpipeline.api.pipeline import LogPipelineSpec, Stage
from logpipeline.sim.mishaps import Point
from logpipeline.sim.partitions import names_of
from logpipeline.sim.truth import StageTruth


class Scenario(ApiModel):
    """What a run plays."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    """Short, as a file is named."""
    title: str = ""
    """What it shows, in a sentence."""
    pipeline: LogPipelineSpec
    """The spec that policies see. Its capacity is what its author believes."""
    stages: Annotated[Mapping[str, StageTruth], Field(default_factory=dict)]
    """What each stage is in truth, by its name. Omitted: as the defaults say."""
    arrivals: tuple[Point, ...] = ()
    """Records/s that arrive at the first stage. Omitted: a curve must be given when it is run."""
    arrival_noise: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Standard deviation of what arrives in a second, as a share of the curve."""
    until: Duration
    """When it is over."""
    begins: AwareDatetime | None = None
    """When it begins by the clock of the world, such as `2026-11-10T15:00:00Z`: for events. Omitted: at no
    time of its own."""
    restarts: tuple[Duration, ...] = ()
    """When the operator is restarted, and knows only what its status and the log recall."""
    seeds: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(min_length=1)] = (1,)
    """Each makes a run of its own out of what is left to chance."""

    def truth(self, stage: Stage) -> StageTruth:
        """What `stage` is in truth."""
        return self.stages.get(stage.name, StageTruth())

    def capacity(self, stage: Stage) -> float:
        """Records/s of one replica of `stage` that is busy all the time, in truth."""
        known = self.truth(stage).capacity
        return float(stage.scaling.capacity.records_per_second) if known is None else known

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        stages = {stage.name: stage for stage in self.pipeline.stages}
        _in_order("arrivals", self.arrivals)
        for name, truth in self.stages.items():
            if name not in stages:
                raise ValueError(f"stages.{name}: the pipeline has no such stage, only {', '.join(stages)}")
            _in_order(f"stages.{name}.arrivals", truth.arrivals)
            _are_there(name, truth, len(names_of(stages[name], truth)))
        return self


def _are_there(name: str, truth: StageTruth, partitions: int) -> None:
    named = {*(key.partition for key in truth.hot_keys), *(stuck.partition for stuck in truth.stuck)}
    for partition in sorted(named):
        if partition >= partitions:
            told = f"there are {partitions}, counted from 0"
            raise ValueError(f"stages.{name}: there is no partition {partition}: {told}")


def _in_order(where: str, points: tuple[Point, ...]) -> None:
    for before, after in pairwise(points):
        if after.at < before.at:
            raise ValueError(f"{where}: {spell(after.at)} comes after {spell(before.at)}, put them in order")

"""What a story file says: a spec, what happens, and what is to be seen."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any

from pydantic import Field

from logpipeline.api.base import ApiModel
from logpipeline.api.conditions import Reason
from logpipeline.api.duration import Duration, parse
from logpipeline.api.pipeline import LogPipelineSpec
from logpipeline.core.rules import Rule
from logpipeline.core.verdicts import Symptom
from tests.scenarios.pains import Pain

BEGINNING = timedelta()
FOR_EVER = timedelta(days=365)


class Blindness(StrEnum):
    """What of the source cannot be measured."""

    NONE = "None"
    HALF = "Half"
    ALL = "All"


class PlantSpec(ApiModel):
    """What the pipeline is in truth."""

    partitions: int = 16
    shared: bool = False
    replicas: int = 1
    counted: bool = True
    """The source counts what arrives; a list without a counter does not."""
    recalls: bool = False
    """The log remembers where it ended at earlier moments."""
    retention: int | None = None
    """Records that each partition keeps; older ones are deleted, consumed or not."""
    waiting: int = 0
    """Records that wait at the beginning."""
    capacity: int = 20_000
    nodes: int = 1_000_000
    """Replicas that find a place to run."""
    start_up: Duration = parse("30s")
    commit_every: Duration = parse("5s")
    rebalance: Duration = parse("3s")


class Arrival(ApiModel):
    """From a moment on so many records/s; or growing towards that from the moment before."""

    at: Duration
    rate: float
    ramp: bool = False


class Blind(ApiModel):
    """The source is away for a while, wholly or by half."""

    since: Duration
    until: Duration
    what: Blindness


class Doubtful(ApiModel):
    """The source is measured, and says why that is no ground for less."""

    since: Duration
    until: Duration
    reason: Reason


class Rival(ApiModel):
    """Somebody else sets the count."""

    at: Duration
    replicas: int


class Bounds(ApiModel):
    at_least: int = 0
    at_most: int = 1_000_000


class Expectation(ApiModel):
    """What is to be seen between two moments."""

    because: str
    since: Duration = BEGINNING
    until: Duration = FOR_EVER
    always: Bounds | None = None
    """Replicas at every moment."""
    reaches: Bounds | None = None
    """Replicas at some moment."""
    advises: Bounds | None = None
    """Replicas that are wanted, at every moment."""
    arrival: Bounds | None = None
    """Records/s that are seen to arrive, at every moment."""
    capacity: Bounds | None = None
    """Records/s that one replica is known to take, at every moment."""
    changes_at_most: int | None = None
    """How often the count changes."""
    never_fewer: bool = False
    """The count does not fall."""
    rules: tuple[Rule, ...] = ()
    """Each fires at some moment."""
    never: tuple[Rule, ...] = ()
    """None of them fires."""
    verdicts: tuple[Symptom, ...] = ()
    """Each is given at some moment."""
    told: tuple[Reason, ...] | None = None
    """Announcements, all of them, in order. Scaling up and down is left out."""
    waiting_at_most: int | None = None
    """Records that wait in truth at the last moment."""


class Story(ApiModel):
    story: str
    pain: Pain | None = None
    """What of today's autoscalers it is about."""
    spec: LogPipelineSpec
    plant: PlantSpec = PlantSpec()
    truth: Mapping[str, Any] = Field(default_factory=dict)
    """More of what its first stage is in truth, in the words of `logpipeline.sim.truth.StageTruth`."""
    others: Mapping[str, Any] = Field(default_factory=dict)
    """What its other stages are, likewise."""
    arrivals: tuple[Arrival, ...]
    blind: tuple[Blind, ...] = ()
    doubtful: tuple[Doubtful, ...] = ()
    restarts: tuple[Duration, ...] = ()
    rivals: tuple[Rival, ...] = ()
    until: Duration
    expect: tuple[Expectation, ...] = Field(min_length=1)

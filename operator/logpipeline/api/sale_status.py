"""The status of a SalesEvent: what is planned, how far it is, and what is short."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from logpipeline.api.base import ApiModel
from logpipeline.api.conditions import Condition
from logpipeline.api.status import Time


class Phase(StrEnum):
    """How far an event is."""

    SCHEDULED = "Scheduled"
    WARMING = "Warming"
    READY = "Ready"
    ACTIVE = "Active"
    RAMPING_DOWN = "RampingDown"
    DONE = "Done"
    MISSED = "Missed"
    """It was over before it could be acted on."""
    SUSPENDED = "Suspended"
    INVALID = "Invalid"
    """It cannot be read: see the condition Feasible."""


class OccurrenceStatus(ApiModel):
    """One time that it happens, by the clock of the world."""

    warming: Time
    """When warming begins."""
    ready: Time
    """When all is to be ready."""
    start: Time
    """When it starts."""
    end: Time
    """When it ends."""
    over: Time
    """When the ramp down is over."""
    note: str | None = None
    """How a local time was understood that does not exist, or exists twice."""


class SaleStageStatus(ApiModel):
    """What one stage of one pipeline is to have."""

    pipeline: str
    """Name of the LogPipeline."""
    stage: str
    """Name of the stage."""
    per_second: int | None = None
    """Records/s that are expected there; absent where replicas were announced."""
    planned: int
    """Replicas it is planned to have."""
    floor: int
    """Replicas that it has at least, by now."""
    ready: int | None = None
    """Of the planned ones, those that are proven to be ready; absent where that is not known."""
    proof: str | None = None
    """What proves it."""
    why: str | None = None
    """What stands in the way, as the pods and their owner tell."""


class SalesEventStatus(ApiModel):
    """What is planned, how far it is, and what is short. Written by the operator alone."""

    observed_generation: int | None = None
    """The generation of the spec that this status speaks of."""
    phase: Phase | None = None
    """How far it is."""
    occurrence: OccurrenceStatus | None = None
    """The time that it happens now, or next; the last one when there is none to come."""
    replicas: str | None = None
    """Replicas proven ready and planned, over all stages: `40/64`."""
    shortfall: int | None = None
    """Planned replicas that are not ready."""
    pipelines: int | None = None
    """LogPipelines that it selects."""
    stages: Annotated[tuple[SaleStageStatus, ...], Field(max_length=50)] = ()
    """What each stage is to have; those that are short first, 50 at most."""
    conditions: Annotated[
        tuple[Condition, ...],
        Field(json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"]}),
    ] = ()
    """What is said about the event as a whole."""

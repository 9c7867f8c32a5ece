"""The status of a LogPipeline: what was measured, what was decided and why."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from logpipeline.api.base import ApiModel
from logpipeline.api.conditions import Condition

Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class ReplicaStatus(ApiModel):
    """Replica counts of one workload."""

    observed: int | None = None
    """Replicas the workload asks for now."""
    ready: int | None = None
    """Replicas that are ready."""
    wanted: int | None = None
    """Replicas that were decided."""
    uncapped: int | None = None
    """Replicas that would be needed if there were no bounds."""


class Confidence(StrEnum):
    """How well a capacity is known."""

    LOW = "Low"
    """A guess, or what replicas did at least."""
    MEDIUM = "Medium"
    """Measured a little, or long ago."""
    HIGH = "High"
    """Measured while replicas were busy, lately; or pinned by the spec."""


class CapacityStatus(ApiModel):
    """What one replica can do."""

    records_per_second: int
    """Records that one replica takes from the source each second when it is busy all the time."""
    confidence: Confidence
    """How well that is known."""


class PartitionStatus(ApiModel):
    """One partition, or one stream, worth looking at."""

    name: str
    """Topic and partition, or key of the stream."""
    backlog_records: int | None = None
    """Records that wait in it."""
    reason: str
    """Why it is listed."""


class PartitionsStatus(ApiModel):
    """The partitions of a stage, counted."""

    total: int
    """Partitions there are."""
    usable: int | None = None
    """Replicas that can have work at once, given the partitions and the group's assignor."""
    missing: int = 0
    """Partitions that could not be measured."""
    stalled: int = 0
    """Partitions whose records wait and whose position stands still while the group gets on with others."""
    worst: Annotated[tuple[PartitionStatus, ...], Field(max_length=10)] = ()
    """Those with something the matter, then those with the largest backlog: ten at most."""


class FiredRule(ApiModel):
    """One rule that shaped a decision."""

    rule: str
    """Name of the rule."""
    value: str
    """Its numbers."""


class DecisionStatus(ApiModel):
    """The last decision that changed something, or would have."""

    time: Time
    """When it was taken."""
    replicas: int
    """Replicas decided."""
    line: str
    """The decision in one line."""
    rules: Annotated[tuple[FiredRule, ...], Field(max_length=32)] = ()
    """What shaped it, in order."""


class StageEventStatus(ApiModel):
    """What an announced event asks of one stage, while it concerns it."""

    name: str
    """Name of the SalesEvent."""
    start: Time
    """When it starts, or started."""
    expected: str
    """What was announced: `40x`, `800k/s` or replicas."""
    since: Time
    """When the operator first saw that it was near."""
    phase: str
    """How far it is: `Warming`, `Ready`, `Active` or `RampingDown`."""
    per_second: int | None = None
    """Records/s that are expected here; absent where replicas were announced, or it is not known."""
    needed: int | None = None
    """Replicas that would be needed if there were no bounds; absent where the planned ones are all."""
    planned: int
    """Replicas it is planned to have."""
    floor: int
    """Replicas that it has at least, by now."""
    ready: int | None = None
    """Of the planned ones, those that are proven to be ready; absent where that is not known."""
    proof: str | None = None
    """What proves it."""
    told: Annotated[tuple[str, ...], Field(max_length=8)] = ()
    """What was told of it in Events, so that it is told once."""


class StageStatus(ApiModel):
    """What is known of one stage. A figure that is not known is not there: it is never 0 instead."""

    name: str
    """Name of the stage."""
    backlog_records: int | None = None
    """Records that wait."""
    excess_records: int | None = None
    """Records that wait beyond what flows between two commits."""
    estimated: bool | None = None
    """The backlog is an estimate."""
    arrival_per_second: int | None = None
    """Records that arrive each second."""
    consumption_per_second: int | None = None
    """Records that are consumed each second."""
    oldest_seconds: int | None = None
    """Age of the oldest record that waits."""
    lost_records: int | None = None
    """Records that were deleted before they were consumed, in all; absent while none was."""
    overtaken_records: int | None = None
    """Of those, the ones that the group has yet to jump over; absent while there are none."""
    drain_seconds: int | None = None
    """When the backlog will be gone, at the present pace."""
    replicas: ReplicaStatus | None = None
    """Replica counts of the workload."""
    capacity: CapacityStatus | None = None
    """What one replica can do, as far as it was learned."""
    partitions: PartitionsStatus | None = None
    """The partitions, counted."""
    verdicts: Annotated[tuple[str, ...], Field(max_length=16)] | None = None
    """What is the matter, by the names of alerts: `HotPartition` or `PartitionStalled`, for example."""
    sustainable_per_second: int | None = None
    """Records that it can take each second in the long run, with all the replicas that it may have."""
    group: str | None = None
    """What the consumer group is doing: `Stable`, `Rebalancing`, `Empty`, `Dead` or `Unknown`."""
    decision: DecisionStatus | None = None
    """The last decision."""
    start_up_seconds: int | None = None
    """How long a replica takes from being asked for to being ready, as measured."""
    rebalance_seconds: int | None = None
    """How long the group takes to share out its partitions anew, as measured."""
    events: Annotated[tuple[StageEventStatus, ...], Field(max_length=20)] | None = None
    """What announced events ask for; absent while none is near. The highest floor counts, never the sum."""


class AlertState(StrEnum):
    """Where an alert is on its way."""

    PENDING = "Pending"
    FIRING = "Firing"


class AlertStatus(ApiModel):
    """One alert that is pending or firing."""

    name: str
    """Name of the alert."""
    state: AlertState
    """Pending until it has held for `spec.alerts.for`, then Firing."""
    since: Time
    """When it entered this state."""
    id: str
    """The same from pending to resolved."""
    message: str
    """What is the matter, with the numbers."""


class Summary(ApiModel):
    """One line for `kubectl get`."""

    mode: str
    """Mode of the stages; `Mixed` where they differ."""
    backlog_records: int | None = None
    """Records that wait in the whole pipeline; absent while a stage is not known."""
    oldest_seconds: int | None = None
    """Age of the oldest record of the whole pipeline; absent while a stage is not known."""
    arrival_per_second: int | None = None
    """Records that arrive at the first stage each second."""
    replicas: str
    """Replicas now and wanted, over all stages: `20/31`."""
    decision: str | None = None
    """The latest decision of any stage, in one line."""
    next_sale: str | None = None
    """The announced event that starts next, and when: `double-eleven 2026-11-10T16:00:00Z`."""


class LogPipelineStatus(ApiModel):
    """What was measured, what was decided and why. Written by the operator alone."""

    observed_generation: int | None = None
    """The generation of the spec that this status speaks of."""
    summary: Summary | None = None
    """One line for `kubectl get`."""
    stages: Annotated[
        tuple[StageStatus, ...],
        Field(
            max_length=8,
            json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]},
        ),
    ] = ()
    """The stages, in the order of the spec."""
    alerts: Annotated[
        tuple[AlertStatus, ...],
        Field(json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]}),
    ] = ()
    """Alerts that are pending or firing."""
    conditions: Annotated[
        tuple[Condition, ...],
        Field(json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"]}),
    ] = ()
    """What is said about the pipeline as a whole."""

"""The spec of a LogPipeline: stages where records wait, and the workloads that empty them."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from logpipeline.api.base import ApiModel, Rule
from logpipeline.api.duration import Duration, parse

DnsLabel = Annotated[str, Field(min_length=1, max_length=63, pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
DnsName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=253,
        pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
    ),
]
TopicName = Annotated[str, Field(min_length=1, max_length=249, pattern=r"^[a-zA-Z0-9._-]+$")]
Replicas = Annotated[int, Field(ge=0, le=10_000)]
RedisKey = Annotated[str, Field(min_length=1, max_length=512)]
GroupName = Annotated[str, Field(min_length=1, max_length=255)]


class Mode(StrEnum):
    """How far the operator goes for a stage."""

    AUTO = "Auto"
    ADVISE = "Advise"
    PAUSED = "Paused"


class OffsetReset(StrEnum):
    """Where a consumer starts in a partition in which its group has committed nothing."""

    EARLIEST = "earliest"
    LATEST = "latest"


class ScaleTargetRef(ApiModel):
    """The workload that empties the stage: anything with a `/scale` subresource, in the same namespace."""

    api_version: Annotated[str, Field(max_length=253)] = "apps/v1"
    """API group and version of the workload."""
    kind: Annotated[str, Field(min_length=1, max_length=63, pattern=r"^[A-Z][A-Za-z0-9]*$")] = "Deployment"
    """Kind of the workload."""
    name: DnsName
    """Name of the workload."""


class KafkaSource(ApiModel):
    """Records that wait in Kafka topics for one consumer group."""

    bootstrap_servers: Annotated[str, Field(min_length=1, max_length=2_048)]
    """Brokers to start from: `host:port`, separated by commas."""
    consumer_group: GroupName
    """The group whose committed offsets say what has been consumed."""
    topics: Annotated[
        tuple[TopicName, ...], Field(max_length=64, json_schema_extra={"x-kubernetes-list-type": "set"})
    ] = ()
    """Topics of the stage. Omitted: what the group's members are assigned or the group has committed."""
    offset_reset_policy: OffsetReset = OffsetReset.EARLIEST
    """What the consumers do where nothing is committed: `earliest` counts all that is there as waiting."""


class RedisSource(ApiModel):
    """Records that wait in Redis streams for one consumer group."""

    address: Annotated[str, Field(min_length=1, max_length=2_048, pattern=r"^rediss?://")]
    """The primary server: `redis://host:6379/0`, or `rediss://` for TLS."""
    streams: Annotated[
        tuple[RedisKey, ...],
        Field(min_length=1, max_length=64, json_schema_extra={"x-kubernetes-list-type": "set"}),
    ]
    """Keys of the streams."""
    consumer_group: GroupName
    """The group whose lag and pending entries are what waits."""


class Source(ApiModel):
    """Where the records of a stage wait: exactly one of the kinds below."""

    validations: ClassVar = (
        Rule(
            "[has(self.kafka), has(self.redis)].filter(x, x).size() == 1",
            "a stage has exactly one source: give either kafka or redis",
        ),
    )

    kafka: KafkaSource | None = None
    """Kafka topics and a consumer group."""
    redis: RedisSource | None = None
    """Redis streams and a consumer group."""


class Capacity(ApiModel):
    """What one replica can do."""

    records_per_second: Annotated[int, Field(ge=1, le=100_000_000)]
    """Records that one replica takes from the source each second when it is busy all the time."""


class Fallback(ApiModel):
    """What to run when nothing could be measured for a while."""

    replicas: Replicas
    """Replicas to run then. Never fewer than run now."""
    after: Duration = parse("10m")
    """How long nothing must have been measured."""


class ScaleDown(ApiModel):
    """How carefully to shrink."""

    stabilization_window: Duration = parse("10m")
    """The largest count wanted within this time is kept."""
    max_percent: Annotated[int, Field(ge=1, le=100)] = 50
    """At most this share of the replicas is taken away in one step."""


class Behavior(ApiModel):
    """How the count may move."""

    scale_down: ScaleDown = ScaleDown()
    """How carefully to shrink."""


class Scaling(ApiModel):
    """Between which bounds, towards which goals, and how the workload is scaled."""

    validations: ClassVar = (
        Rule(
            "self.minReplicas <= self.maxReplicas",
            "minReplicas must not be above maxReplicas",
            "'minReplicas is ' + string(self.minReplicas) + ' and must not be above"
            " maxReplicas, which is ' + string(self.maxReplicas)",
        ),
        Rule(
            "!has(self.fallback) || self.fallback.replicas <= self.maxReplicas",
            "fallback.replicas must not be above maxReplicas",
        ),
    )

    mode: Mode = Mode.AUTO
    """`Auto` scales; `Advise` computes and reports and touches nothing; `Paused` only measures."""
    min_replicas: Replicas = 1
    """Never fewer than this. 0: the workload sleeps while nothing waits and nothing arrives."""
    max_replicas: Annotated[int, Field(ge=1, le=10_000)]
    """Never more than this."""
    activation_backlog: Annotated[int, Field(ge=0, le=1_000_000_000)] = 0
    """Records that may wait without waking a stage that sleeps at zero."""
    drain_within: Duration = parse("5m")
    """A backlog is to be gone within this time."""
    target_utilization_percent: Annotated[int, Field(ge=1, le=100)] | None = None
    """Share of a replica's capacity to plan with, for what arrives. Omitted: 70."""
    capacity: Capacity
    """What one replica can do."""
    consumers_per_replica: Annotated[int, Field(ge=1, le=1_000)] = 1
    """Consumers (members of the group) in one replica."""
    fallback: Fallback | None = None
    """What to run when nothing could be measured for a while. Omitted: the count is held."""
    behavior: Behavior = Behavior()
    """How the count may move."""


class Stage(ApiModel):
    """One place where records wait, and the workload that empties it."""

    name: DnsLabel
    """Name of the stage, unique in the pipeline."""
    scale_target_ref: ScaleTargetRef
    """The workload that empties the stage."""
    source: Source
    """Where the records wait."""
    scaling: Scaling
    """How the workload is scaled."""


class Alerts(ApiModel):
    """When someone is to be told."""

    backlog: Annotated[int, Field(ge=1, le=1_000_000_000_000)] = 1_000_000
    """`BacklogCritical` above it: records waiting in all stages, less what flows between two commits."""
    for_: Annotated[Duration, Field(alias="for")] = parse("1m")
    """How long a condition must hold before its alert fires."""


class LogPipelineSpec(ApiModel):
    """What is to be kept drained."""

    validations: ClassVar = (
        Rule(
            "self.stages.all(a, self.stages.exists_one(b, a.scaleTargetRef.kind == b.scaleTargetRef.kind"
            " && a.scaleTargetRef.apiVersion == b.scaleTargetRef.apiVersion"
            " && a.scaleTargetRef.name == b.scaleTargetRef.name))",
            "two stages of a pipeline must not scale the same workload",
        ),
    )

    stages: Annotated[
        tuple[Stage, ...],
        Field(
            min_length=1,
            max_length=8,
            json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]},
        ),
    ]
    """The places where records wait, in the order in which records pass them."""
    alerts: Alerts = Alerts()
    """When someone is to be told."""

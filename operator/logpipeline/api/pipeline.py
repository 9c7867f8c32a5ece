"""The spec of a LogPipeline: stages where records wait, and the workloads that empty them."""

from enum import StrEnum
from typing import Annotated, ClassVar, Final

from pydantic import Field

from logpipeline.api.base import ApiModel, Matches, Rule
from logpipeline.api.duration import Between, Duration, parse

_LABEL: Final = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
DnsLabel = Annotated[
    str,
    Field(max_length=63),
    Matches(_LABEL, "must be lowercase letters, digits and '-', and begin and end with a letter or a digit"),
]
DnsName = Annotated[
    str,
    Field(max_length=253),
    Matches(
        rf"{_LABEL}(\.{_LABEL})*",
        "must be lowercase letters, digits, '-' and '.', and begin and end with a letter or a digit",
    ),
]
KindName = Annotated[
    str, Field(max_length=63), Matches("[A-Z][A-Za-z0-9]*", "must be a kind, such as Deployment")
]
ApiVersion = Annotated[
    str,
    Field(max_length=253),
    Matches(rf"({_LABEL}(\.{_LABEL})*/)?v[a-z0-9]+", "must be a group and a version, such as apps/v1"),
]
TopicName = Annotated[
    str,
    Field(max_length=249),
    Matches("[a-zA-Z0-9._-]+", "must be the name of a topic: letters, digits, '.', '_' and '-'"),
]
BootstrapServers = Annotated[
    str,
    Field(max_length=2_048),
    Matches(
        r"[^\s,/]+:[0-9]{1,5}(,[^\s,/]+:[0-9]{1,5})*",
        "must be host:port, several of them separated by commas and without spaces",
    ),
]
HostPort = Annotated[
    str,
    Field(max_length=261),
    Matches(r"[^\s,/@]+:[0-9]{1,5}", "must be host:port, such as redis-0:26379"),
]
PrometheusAddress = Annotated[
    str,
    Field(max_length=2_048),
    Matches(r"https?://[^\s?#@]+", "must be an address such as http://prometheus:9090, without credentials"),
]
Query = Annotated[str, Field(min_length=1, max_length=4_096)]
RedisAddress = Annotated[
    str,
    Field(max_length=2_048),
    Matches(r"rediss?://[^\s/]+(/[0-9]{0,4})?", "must be an address such as redis://host:6379/0"),
]
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
    """The workload that empties a stage."""

    api_version: ApiVersion = "apps/v1"
    """API group and version of the workload."""
    kind: KindName = "Deployment"
    """Kind of the workload."""
    name: DnsName
    """Name of the workload."""


class SecretReference(ApiModel):
    """A Secret in the namespace of the pipeline."""

    name: DnsName
    """Name of the Secret. It must carry the label `logpipeline.io/use: "true"`."""


class Authentication(ApiModel):
    """Where the credentials for a source are."""

    secret_ref: SecretReference
    """The Secret that holds them. It is read again when it changes."""


class KafkaSource(ApiModel):
    """Records that wait in Kafka topics for one consumer group."""

    bootstrap_servers: BootstrapServers
    """Brokers to start from: `host:port`, separated by commas."""
    consumer_group: GroupName
    """The group whose committed offsets say what has been consumed."""
    topics: Annotated[
        tuple[TopicName, ...], Field(max_length=64, json_schema_extra={"x-kubernetes-list-type": "set"})
    ] = ()
    """Topics of the stage. Omitted: what the group's members are assigned or the group has committed."""
    offset_reset_policy: OffsetReset = OffsetReset.EARLIEST
    """What the consumers do where nothing is committed: `earliest` counts all that is there as waiting."""
    authentication: Authentication | None = None
    """Credentials by key: `security.protocol`, `sasl.mechanism`, `username`, `password` and others."""


class RedisSentinel(ApiModel):
    """Sentinels that know which server is the primary."""

    addresses: Annotated[
        tuple[HostPort, ...],
        Field(min_length=1, max_length=16, json_schema_extra={"x-kubernetes-list-type": "set"}),
    ]
    """The sentinels: `host:port`."""
    master: Annotated[str, Field(min_length=1, max_length=253)]
    """The name by which they know the primary."""
    database: Annotated[int, Field(ge=0, le=9_999)] = 0
    """Number of the database."""
    tls: bool = False
    """Whether the sentinels and the servers are spoken to over TLS."""


class RedisCluster(ApiModel):
    """A Redis Cluster."""

    addresses: Annotated[
        tuple[HostPort, ...],
        Field(min_length=1, max_length=64, json_schema_extra={"x-kubernetes-list-type": "set"}),
    ]
    """Nodes to start from: `host:port`."""
    tls: bool = False
    """Whether the nodes are spoken to over TLS."""


class RedisList(ApiModel):
    """A list into which producers push and from which consumers take."""

    key: RedisKey
    """Key of the list."""
    processing_key: RedisKey | None = None
    """Key of the list in which consumers keep what they work on (LMOVE): its records wait too."""
    arrival_key: RedisKey | None = None
    """Key of a counter (INCRBY) of all records ever pushed. Omitted: arrival is unknown, nothing shrinks."""


class RedisSource(ApiModel):
    """Records that wait in Redis: in streams for one consumer group, or in lists."""

    validations: ClassVar = (
        Rule(
            "[has(self.address), has(self.sentinel), has(self.cluster)].filter(x, x).size() == 1",
            "give exactly one of address, sentinel and cluster",
        ),
        Rule(
            "[has(self.streams) && self.streams.size() > 0, has(self.lists) && self.lists.size() > 0]"
            ".filter(x, x).size() == 1",
            "give either streams or lists, and at least one",
        ),
        Rule(
            "has(self.consumerGroup) == (has(self.streams) && self.streams.size() > 0)",
            "streams need a consumerGroup, and lists have none",
        ),
    )

    address: RedisAddress | None = None
    """The primary server: `redis://host:6379/0`, or `rediss://` for TLS."""
    sentinel: RedisSentinel | None = None
    """Sentinels that know the primary server, instead of its address."""
    cluster: RedisCluster | None = None
    """A Redis Cluster, instead of an address."""
    streams: Annotated[
        tuple[RedisKey, ...], Field(max_length=64, json_schema_extra={"x-kubernetes-list-type": "set"})
    ] = ()
    """Keys of the streams."""
    consumer_group: GroupName | None = None
    """The group whose lag and pending entries are what waits in the streams."""
    lists: Annotated[
        tuple[RedisList, ...],
        Field(
            max_length=64,
            json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["key"]},
        ),
    ] = ()
    """Lists, instead of streams."""
    authentication: Authentication | None = None
    """Credentials by key: `username`, `password`, `sentinel-password`, `ca.crt` and others."""


class PrometheusSource(ApiModel):
    """Anything else that queues, as Prometheus knows it."""

    address: PrometheusAddress
    """The server: `http://prometheus:9090`, or `https://`."""
    backlog_query: Query
    """PromQL for the number of records that wait. It must give exactly one number."""
    arrival_query: Query | None = None
    """PromQL for the records/s that arrive. Omitted: arrival is not known, and nothing shrinks."""
    authentication: Authentication | None = None
    """Credentials by key: `username` and `password`, or `token`; `ca.crt`, `tls.crt`, `tls.key`."""


class Source(ApiModel):
    """Where the records of a stage wait: exactly one of these."""

    validations: ClassVar = (
        Rule(
            "[has(self.kafka), has(self.redis), has(self.prometheus)].filter(x, x).size() == 1",
            "a stage has exactly one source: give kafka, redis or prometheus",
        ),
    )

    kafka: KafkaSource | None = None
    """Kafka topics and a consumer group."""
    redis: RedisSource | None = None
    """Redis streams and a consumer group, or Redis lists."""
    prometheus: PrometheusSource | None = None
    """Queries to a Prometheus server."""


class Capacity(ApiModel):
    """What one replica can do."""

    records_per_second: Annotated[int, Field(ge=1, le=100_000_000)]
    """Records that one replica takes from the source each second when it is busy all the time."""


class Fallback(ApiModel):
    """What to run when nothing could be measured for a while."""

    replicas: Replicas
    """Replicas to run then. Never fewer than run now."""
    after: Annotated[Duration, Between("1s", "7d")] = parse("10m")
    """How long nothing must have been measured."""


class ScaleDown(ApiModel):
    """How carefully to shrink."""

    stabilization_window: Annotated[Duration, Between("0s", "1d")] = parse("10m")
    """The largest count that was wanted within this time is kept. `0s`: what is wanted now counts alone."""
    max_percent: Annotated[int, Field(ge=1, le=100)] = 50
    """At most this share of the replicas is taken away in one step."""


class Behavior(ApiModel):
    """How the count of replicas may move."""

    scale_down: ScaleDown = ScaleDown()
    """How carefully to shrink."""


class Scaling(ApiModel):
    """Between which bounds, towards which goals, and how the workload is scaled."""

    validations: ClassVar = (
        Rule(
            "self.minReplicas <= self.maxReplicas",
            "minReplicas must not be above maxReplicas",
            "'minReplicas is %d and must not be above maxReplicas, which is %d'"
            ".format([self.minReplicas, self.maxReplicas])",
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
    """Never more than this, whatever waits."""
    activation_backlog: Annotated[int, Field(ge=0, le=1_000_000_000)] = 0
    """Records that may wait without waking a stage that sleeps at zero."""
    drain_within: Annotated[Duration, Between("1s", "7d")] = parse("5m")
    """A backlog is to be gone within this time, such as `90s`, `10m` or `1h30m`."""
    target_utilization_percent: Annotated[int, Field(ge=1, le=100)] | None = None
    """Share of a replica's capacity to plan with, for what arrives. Omitted: 70."""
    capacity: Capacity
    """What one replica can do."""
    consumers_per_replica: Annotated[int, Field(ge=1, le=1_000)] = 1
    """Consumers (members of the group) in one replica."""
    fallback: Fallback | None = None
    """What to run when nothing could be measured for a while. Omitted: the count is held."""
    behavior: Behavior = Behavior()
    """How the count of replicas may move."""


class Stage(ApiModel):
    """One place where records wait, and the workload that empties it."""

    name: DnsLabel
    """Name of the stage, unique in the pipeline."""
    scale_target_ref: ScaleTargetRef
    """The workload that empties the stage: anything with a `/scale` subresource, in the same namespace."""
    source: Source
    """Where the records wait: exactly one of kafka, redis and prometheus."""
    scaling: Scaling
    """How the workload is scaled: between which bounds and towards which goals."""


class Alerts(ApiModel):
    """When someone is to be told."""

    backlog: Annotated[int, Field(ge=1, le=1_000_000_000_000)] = 1_000_000
    """`BacklogCritical` above it: records waiting in all stages, less what flows between two commits."""
    for_: Annotated[Duration, Between("0s", "1d"), Field(alias="for")] = parse("1m")
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

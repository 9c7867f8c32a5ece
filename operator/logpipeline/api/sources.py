"""Where the records of a stage may wait: Kafka, Redis, Prometheus, and the credentials for each."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from logpipeline.api.base import ApiModel, Matches, Rule
from logpipeline.api.names import DnsName

TopicName = Annotated[
    str,
    Field(max_length=249),
    Matches(
        r"[a-zA-Z0-9._-]*[a-zA-Z0-9_-][a-zA-Z0-9._-]*|\.{3,}",
        "must be the name of a topic: letters, digits, '.', '_' and '-', and neither '.' nor '..'",
    ),
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
RedisKey = Annotated[str, Field(min_length=1, max_length=512)]
GroupName = Annotated[
    str,
    Field(min_length=1, max_length=255),
    Matches(
        r"[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*",
        "must be the name of a consumer group: not blank, and without control characters",
    ),
]


class OffsetReset(StrEnum):
    """Where a consumer starts in a partition in which its group has committed nothing."""

    EARLIEST = "earliest"
    LATEST = "latest"


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
    """Credentials by key: `username`, `password`, `sentinel.password`, `ca.crt` and others."""


class PrometheusSource(ApiModel):
    """Anything else that queues, as Prometheus knows it."""

    address: PrometheusAddress
    """The server: `http://prometheus:9090`, or `https://`."""
    backlog_query: Query
    """PromQL for the number of records that wait. It must give exactly one number."""
    arrival_query: Query | None = None
    """PromQL for the records/s that arrive. Omitted: arrival is not known, and nothing shrinks."""
    authentication: Authentication | None = None
    """Credentials by key: `username` and `password`, or `token`; `ca.crt`, `tls.crt` and others."""


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

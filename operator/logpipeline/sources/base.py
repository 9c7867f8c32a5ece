"""What a source is: a connection that answers queries with readings, all of them in one pass."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, Protocol, TypeVar

from logpipeline.api.sources import Authentication, KafkaSource, OffsetReset, RedisSource, Source
from logpipeline.core.readings import Reading

Clock = Callable[[], float]
"""Unix seconds."""


class SecretRef(NamedTuple):
    """A Secret that holds credentials."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class KafkaConnection:
    """A Kafka cluster, as one set of credentials sees it."""

    kind: ClassVar = "kafka"
    bootstrap_servers: str
    secret: SecretRef | None = None


@dataclass(frozen=True, slots=True)
class RedisServer:
    """A single primary server."""

    address: str
    """`redis://host:6379/0`, perhaps with a user and a password in it; `rediss://` for TLS."""


@dataclass(frozen=True, slots=True)
class RedisSentinels:
    """Sentinels that know which server is the primary."""

    addresses: tuple[str, ...]
    """`host:port` of each."""
    master: str
    database: int = 0
    tls: bool = False


@dataclass(frozen=True, slots=True)
class RedisNodes:
    """Some nodes of a Redis Cluster, to start from."""

    addresses: tuple[str, ...]
    """`host:port` of each."""
    tls: bool = False


@dataclass(frozen=True, slots=True)
class RedisConnection:
    """A Redis server or cluster, as one set of credentials sees it."""

    kind: ClassVar = "redis"
    servers: RedisServer | RedisSentinels | RedisNodes
    secret: SecretRef | None = None


@dataclass(frozen=True, slots=True)
class PrometheusConnection:
    """A Prometheus server, as one set of credentials sees it."""

    kind: ClassVar = "prometheus"
    address: str
    secret: SecretRef | None = None


Connection = KafkaConnection | RedisConnection | PrometheusConnection


@dataclass(frozen=True, slots=True)
class KafkaQuery:
    """What waits for one consumer group in some topics; in those it knows of when `topics` is empty."""

    connection: KafkaConnection
    group: str
    topics: tuple[str, ...]
    offset_reset: OffsetReset


class ListKeys(NamedTuple):
    """The keys of one Redis list."""

    key: str
    processing: str | None = None
    arrival: str | None = None


@dataclass(frozen=True, slots=True)
class RedisQuery:
    """What waits for one consumer group in some streams, or in some lists."""

    connection: RedisConnection
    group: str = ""
    streams: tuple[str, ...] = ()
    lists: tuple[ListKeys, ...] = ()


@dataclass(frozen=True, slots=True)
class PrometheusQuery:
    """What waits, by PromQL."""

    connection: PrometheusConnection
    backlog: str
    arrival: str | None = None


Query = KafkaQuery | RedisQuery | PrometheusQuery
"""Equal queries are measured once, however many pipelines ask; a query is the key of its history."""


Q = TypeVar("Q", KafkaQuery, RedisQuery, PrometheusQuery)


class SourceReader(Protocol[Q]):
    """One connection to one server or cluster, shared by all the pipelines that read from it."""

    async def sample(self, queries: Collection[Q]) -> Mapping[Q, Reading]:
        """A reading for every query, all measured in one pass, within the connection's deadline.

        Never raises for what the server does or fails to do: that becomes `Missing`, with a reason.
        """

    async def close(self) -> None:
        """Give the connection back. No call is made on it afterwards."""


def query_of(source: Source, namespace: str) -> Query:
    """The query that the `source` of a stage in `namespace` asks for."""
    if source.kafka is not None:
        return _kafka_query(source.kafka, namespace)
    if source.redis is not None:
        return _redis_query(source.redis, namespace)
    if source.prometheus is not None:
        told = source.prometheus
        connection = PrometheusConnection(told.address, _secret(told.authentication, namespace))
        return PrometheusQuery(connection, told.backlog_query, told.arrival_query)
    raise ValueError("a stage has exactly one source: give kafka, redis or prometheus")


def _kafka_query(kafka: KafkaSource, namespace: str) -> KafkaQuery:
    connection = KafkaConnection(kafka.bootstrap_servers, _secret(kafka.authentication, namespace))
    return KafkaQuery(
        connection, kafka.consumer_group, tuple(sorted(kafka.topics)), kafka.offset_reset_policy
    )


def _redis_query(redis: RedisSource, namespace: str) -> RedisQuery:
    return RedisQuery(
        RedisConnection(_servers(redis), _secret(redis.authentication, namespace)),
        redis.consumer_group or "",
        tuple(sorted(redis.streams)),
        tuple(sorted(ListKeys(one.key, one.processing_key, one.arrival_key) for one in redis.lists)),
    )


def _servers(redis: RedisSource) -> RedisServer | RedisSentinels | RedisNodes:
    if redis.sentinel is not None:
        known = redis.sentinel
        return RedisSentinels(tuple(sorted(known.addresses)), known.master, known.database, known.tls)
    if redis.cluster is not None:
        return RedisNodes(tuple(sorted(redis.cluster.addresses)), redis.cluster.tls)
    if redis.address is not None:
        return RedisServer(redis.address)
    raise ValueError("give exactly one of address, sentinel and cluster")


def _secret(authentication: Authentication | None, namespace: str) -> SecretRef | None:
    return None if authentication is None else SecretRef(namespace, authentication.secret_ref.name)

"""What a source is: a connection that answers queries with readings, all of them in one pass."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol, TypeVar

from logpipeline.api.pipeline import OffsetReset, Source
from logpipeline.core.model import Reading

Clock = Callable[[], float]
"""Unix seconds."""


@dataclass(frozen=True, slots=True)
class KafkaConnection:
    """A Kafka cluster, as one set of credentials sees it."""

    kind: ClassVar = "kafka"
    bootstrap_servers: str


@dataclass(frozen=True, slots=True)
class RedisConnection:
    """A Redis server, as one set of credentials sees it."""

    kind: ClassVar = "redis"
    address: str


Connection = KafkaConnection | RedisConnection


@dataclass(frozen=True, slots=True)
class KafkaQuery:
    """What waits for one consumer group in some topics; in those it knows of when `topics` is empty."""

    connection: KafkaConnection
    group: str
    topics: tuple[str, ...]
    offset_reset: OffsetReset


@dataclass(frozen=True, slots=True)
class RedisQuery:
    """What waits for one consumer group in some streams."""

    connection: RedisConnection
    group: str
    streams: tuple[str, ...]


Query = KafkaQuery | RedisQuery
"""Equal queries are measured once, however many pipelines ask; a query is the key of its history."""


Q = TypeVar("Q", KafkaQuery, RedisQuery)


class SourceReader(Protocol[Q]):
    """One connection to one server or cluster, shared by all the pipelines that read from it."""

    async def sample(self, queries: Collection[Q]) -> Mapping[Q, Reading]:
        """A reading for every query, all measured in one pass, within the connection's deadline.

        Never raises for what the server does or fails to do: that becomes `Missing`, with a reason.
        """

    async def close(self) -> None:
        """Give the connection back. No call is made on it afterwards."""


def query_of(source: Source) -> Query:
    """The query that a stage's `source` asks for."""
    if source.kafka is not None:
        kafka = source.kafka
        connection = KafkaConnection(bootstrap_servers=kafka.bootstrap_servers)
        return KafkaQuery(
            connection, kafka.consumer_group, tuple(sorted(kafka.topics)), kafka.offset_reset_policy
        )
    if source.redis is not None:
        redis = source.redis
        return RedisQuery(RedisConnection(redis.address), redis.consumer_group, tuple(sorted(redis.streams)))
    raise ValueError("a stage has exactly one source: give either kafka or redis")

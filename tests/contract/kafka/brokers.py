"""Kafka as its users see it, and a watch over one of their groups, on a clock that is moved by hand."""

import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from confluent_kafka import (
    Consumer,
    ElectionType,
    KafkaError,
    KafkaException,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from logpipeline.api.sources import OffsetReset
from logpipeline.core.decision import Decision
from logpipeline.core.readings import Reading, Sample
from logpipeline.sources.base import KafkaConnection, KafkaQuery
from tests.contract.governing import governed, source_reason, wanted
from tests.contract.kafka_reader import OwnKafkaReader
from tests.contract.reading import WITHIN_SECONDS, sampled, until

EARLIEST, LATEST = OffsetReset.EARLIEST, OffsetReset.LATEST
RECORD = b"x" * 10
SLOW = {"capacity": {"recordsPerSecond": 1}}
"""A replica that drains 300 records within `drainWithin`."""


class Clock:
    """Unix seconds; begins a while ago, since no broker takes records from the far future."""

    def __init__(self) -> None:
        self.now = time.time() - 3_000

    def __call__(self) -> float:
        return self.now


class Kafka:
    """Brokers with topics and groups under names that nobody else uses."""

    def __init__(self, bootstrap: str, replication: int = 1) -> None:
        self.connection = KafkaConnection(bootstrap)
        self.replication = replication
        self.settings = {"bootstrap.servers": bootstrap, "log_level": 0}
        self.admin = AdminClient(self.settings)
        self.renew()

    def renew(self) -> None:
        """Produce as somebody who has just come, and knows what is new in the cluster."""
        in_order = {"enable.idempotence": True}  # also where the first ones meet a partition not ready yet
        self._producer = Producer({**self.settings, **in_order, "linger.ms": 5})

    def name(self, kind: str) -> str:
        return f"{kind}-{uuid.uuid4().hex[:8]}"

    def topic(
        self,
        *records: int,
        name: str | None = None,
        at: float | None = None,
        copies: int = 0,
        **config: str | float,
    ) -> str:
        """A topic with so many records in each of its partitions; in its settings `_` stands for a dot."""
        topic = name or self.name("topic")
        settings = {key.replace("_", "."): str(value) for key, value in config.items()}
        new = NewTopic(topic, len(records), copies or self.replication, config=settings)
        self.admin.create_topics([new])[topic].result(WITHIN_SECONDS)
        self.produce(topic, *records, at=at)
        return topic

    def produce(self, topic: str, *records: int, at: float | None = None, key: bytes | None = None) -> None:
        """So many more records in each partition, written at that time; now where it is not given."""
        self.send(topic, *records, at=at, key=key)
        self.flush()

    def send(self, topic: str, *records: int, at: float | None = None, key: bytes | None = None) -> None:
        """Produce without waiting until they are there."""
        stamp = 0 if at is None else round(at * 1_000)
        for partition, count in enumerate(records):
            for _ in range(count):
                self._producer.produce(topic, RECORD, key, partition, timestamp=stamp)

    def flush(self) -> None:
        """Wait until all that was sent is there."""
        assert self._producer.flush(WITHIN_SECONDS) == 0

    def commit(self, group: str, topic: str, *offsets: int | None) -> None:
        """Commit an offset in each partition, from the first on; nothing where it is None.

        A broker that has just made its offsets topic refuses for a moment. As a consumer does it: the admin
        client waits for a coordinator that is not chosen yet until its time is over, and later aborts this
        process for it (librdkafka issue 4605).
        """
        places = [TopicPartition(topic, n, at) for n, at in enumerate(offsets) if at is not None]
        consumer, give_up = self.consumer(group), time.monotonic() + WITHIN_SECONDS
        try:
            while errors := _refusals(consumer, places):
                assert time.monotonic() < give_up, errors
        finally:
            consumer.close()

    def delete(self, topic: str) -> None:
        self.admin.delete_topics([topic])[topic].result(WITHIN_SECONDS)

    def truncate(self, topic: str, partition: int, before: int) -> None:
        """Delete all records below an offset, as retention does."""
        target = TopicPartition(topic, partition, before)
        self.admin.delete_records([target])[target].result(WITHIN_SECONDS)

    def share_out(self, topic: str, partitions: int) -> None:
        """Have every partition led by the broker it was given to first, so that each broker leads some."""
        places = [TopicPartition(topic, number) for number in range(partitions)]
        with suppress(KafkaException):  # nothing to do
            self.admin.elect_leaders(ElectionType.PREFERRED, places).result(WITHIN_SECONDS)

    def query(self, group: str, *topics: str, reset: OffsetReset = EARLIEST) -> KafkaQuery:
        return KafkaQuery(self.connection, group, topics, reset)

    def consumer(self, group: str, **settings: str) -> Consumer:
        """A member to be; in its settings `_` stands for a dot."""
        given = {key.replace("_", "."): value for key, value in settings.items()}
        base = {"group.id": group, "auto.offset.reset": "earliest", "enable.auto.commit": "false"}
        return Consumer({**self.settings, **base, **given})

    def awake(self) -> None:
        """Make every group coordinator ready: a new broker makes its offsets topic with the first commit."""
        topic = self.topic(0)
        for number in range(20):
            self.commit(f"first-{number}", topic, 0)


def _refusals(consumer: Consumer, places: list[TopicPartition]) -> list[KafkaError]:
    """Commit, and what was refused of it."""
    try:
        committed = consumer.commit(offsets=places, asynchronous=False)
    except KafkaException as failure:
        return [failure.args[0]]
    return [entry.error for entry in committed or () if entry.error is not None]


class Watch:
    """One group's readings, measured on a clock that is moved by hand, and what is decided on them."""

    def __init__(self, kafka: Kafka, query: KafkaQuery, *, deadline_seconds: float = 10) -> None:
        self.kafka, self.query, self.clock = kafka, query, Clock()
        self.readings: list[Reading] = []
        self.beside: list[KafkaQuery] = []
        """What else is measured in the same pass."""
        self._deadline_seconds = deadline_seconds
        self._readers: list[OwnKafkaReader] = []
        self.begin()

    def begin(self) -> None:
        """Begin anew, as an operator that was restarted."""
        self.reader = OwnKafkaReader(
            self.kafka.connection, deadline_seconds=self._deadline_seconds, clock=self.clock
        )
        self._readers.append(self.reader)

    async def measure(self, after_seconds: float = 5.0) -> Reading:
        """The next reading, so many seconds later."""
        self.clock.now += after_seconds
        reading = (await self.reader.sample([self.query, *self.beside]))[self.query]
        self.readings.append(reading)
        return reading

    async def sample(self, after_seconds: float = 5.0) -> Sample:
        """The next reading, which must be one."""
        return sampled(await self.measure(after_seconds))

    async def until(self, is_so: Callable[[Reading], bool]) -> Reading:
        """The first reading for which it is so; brokers take their time to tell what was done to them."""
        return await until(lambda: self.measure(0.05), is_so)

    def wanted(self, replicas: int, **scaling: Any) -> int:  # noqa: ANN401
        """The count that is decided when there are so many."""
        return wanted(self.readings, replicas=replicas, **scaling)

    def decision(self, replicas: int = 2, **scaling: Any) -> Decision:  # noqa: ANN401
        return governed(self.readings, replicas=replicas, **scaling)

    def reason(self) -> str:
        """What status gives as the reason of `SourcesAvailable`."""
        return source_reason(self.decision())

    async def close(self) -> None:
        for reader in self._readers:
            await reader.close()

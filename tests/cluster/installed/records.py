"""Records, and where they wait: topics and streams under names that nobody else uses."""

import uuid
from dataclasses import dataclass

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from redis import Redis

from tests.cluster.installed.waiting import eventually

GROUPS = 12
"""Enough to meet each of the four partitions in which the sandbox' broker keeps its groups."""
WITHIN_SECONDS = 60.0
RECORD = b'{"id":"%s-%d","time":"2026-01-01T00:00:00Z"}'


def unique(kind: str) -> str:
    """A name that was never used before."""
    return f"{kind}-{uuid.uuid4().hex[:8]}"


@dataclass(frozen=True, slots=True)
class Broker:
    """A Kafka broker as its administrators and producers see it."""

    bootstrap: str

    def topic(self, partitions: int = 4, records: int = 0, name: str | None = None) -> str:
        """A new topic, and its first records."""
        topic = name or unique("topic")
        admin = AdminClient({"bootstrap.servers": self.bootstrap})
        admin.create_topics([NewTopic(topic, partitions, 1)])[topic].result(WITHIN_SECONDS)
        self.produce(topic, partitions, records)
        return topic

    def choose_coordinators(self) -> None:
        """Have the broker ready for groups: it makes what it needs for them when the first one comes."""
        offsets = [TopicPartition(self.topic(partitions=1), 0, 0)]
        for number in range(GROUPS):
            group = f"first-{number}"
            consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": group, "log_level": 0})
            eventually(lambda: _commits(consumer, offsets), bool, f"{group} has no coordinator")  # noqa: B023
            consumer.close()

    def produce(self, topic: str, partitions: int, records: int) -> None:
        """Write so many records, as many in each partition, each with an id of its own."""
        producer, run = Producer({"bootstrap.servers": self.bootstrap}), unique("run").encode()
        for number in range(records):
            producer.produce(topic, RECORD % (run, number), partition=number % partitions)
        assert producer.flush(WITHIN_SECONDS) == 0


def _commits(consumer: Consumer, offsets: list[TopicPartition]) -> bool:
    try:
        consumer.commit(offsets=offsets, asynchronous=False)
    except KafkaException:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Streams:
    """A Redis server as its producers see it."""

    url: str

    def group(self, stream: str) -> None:
        """A group of the same name that begins with the first entry; the stream, if there is none."""
        with Redis.from_url(self.url) as server:
            server.xgroup_create(stream, stream, id="0", mkstream=True)

    def add(self, stream: str, records: int) -> None:
        """Write so many records, each with an id of its own."""
        run = unique("run").encode()
        with Redis.from_url(self.url) as server, server.pipeline(transaction=False) as batch:
            for number in range(records):
                batch.xadd(stream, {"record": RECORD % (run, number)})
            batch.execute()

    def set(self, key: str) -> None:
        """A key that holds no stream."""
        with Redis.from_url(self.url) as server:
            server.set(key, "no stream")

    def delete(self, key: str) -> None:
        """The key is gone."""
        with Redis.from_url(self.url) as server:
            server.delete(key)

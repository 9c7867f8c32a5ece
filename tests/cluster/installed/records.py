"""Records, and where they wait: topics and streams under names that nobody else uses."""

import uuid
from dataclasses import dataclass

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from redis import Redis

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

    def produce(self, topic: str, partitions: int, records: int) -> None:
        """Write so many records, as many in each partition, each with an id of its own."""
        producer, run = Producer({"bootstrap.servers": self.bootstrap}), unique("run").encode()
        for number in range(records):
            producer.produce(topic, RECORD % (run, number), partition=number % partitions)
        assert producer.flush(WITHIN_SECONDS) == 0


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

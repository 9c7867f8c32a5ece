"""What a worker does with a real Kafka topic when things happen to it."""

import time
import uuid

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from tests.contract.logferry.conftest import MakeTopic
from tests.contract.logferry.ferry import Ferry, Running, until

pytestmark = pytest.mark.contract


def start_worker(ferry: Ferry, bootstrap: str, topic: str, *options: str) -> Running:
    return ferry.start("worker", "--kafka", bootstrap, "--topic", topic, "--group", topic, *options)


def committed_records(bootstrap: str, topic: str, partitions: int) -> int:
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": topic})
    try:
        positions = consumer.committed(
            [TopicPartition(topic, partition) for partition in range(partitions)], timeout=10
        )
        return sum(max(0, position.offset) for position in positions)
    finally:
        consumer.close()


@pytest.mark.parametrize("protocol", ["classic", "consumer"])
def test_a_worker_that_is_terminated_has_committed_what_it_wrote(
    ferry: Ferry, kafka_bootstrap: str, make_topic: MakeTopic, protocol: str
):
    topic = make_topic(4)
    ferry.generate("--kafka", kafka_bootstrap, "--topic", topic, "--count", "12000")
    first = start_worker(ferry, kafka_bootstrap, topic, "--limit", "5000", "--group-protocol", protocol)
    ferry.wait_written(1)

    assert first.stop() == 0
    written = ferry.count().distinct
    assert written < 12_000, "it was to be stopped in the middle"
    assert committed_records(kafka_bootstrap, topic, 4) == written

    start_worker(ferry, kafka_bootstrap, topic, "--group-protocol", protocol)
    ferry.wait_written(12_000)
    assert ferry.count().duplicates == 0


def test_a_worker_that_is_killed_loses_nothing(ferry: Ferry, kafka_bootstrap: str, make_topic: MakeTopic):
    topic = make_topic(4)
    ferry.generate("--kafka", kafka_bootstrap, "--topic", topic, "--count", "12000")
    first = start_worker(ferry, kafka_bootstrap, topic, "--limit", "5000")
    ferry.wait_written(1)

    first.kill()
    start_worker(ferry, kafka_bootstrap, topic)
    ferry.wait_written(12_000)

    assert ferry.count().missing == 0


@pytest.mark.parametrize("protocol", ["classic", "consumer"])
def test_workers_that_join_and_leave_cost_no_record_and_no_duplicate(
    ferry: Ferry, kafka_bootstrap: str, make_topic: MakeTopic, protocol: str
):
    topic = make_topic(8)
    ferry.generate("--kafka", kafka_bootstrap, "--topic", topic, "--count", "40000")
    options = ("--limit", "8000", "--group-protocol", protocol)
    start_worker(ferry, kafka_bootstrap, topic, *options)
    ferry.wait_written(1)

    second = start_worker(ferry, kafka_bootstrap, topic, *options)
    until(lambda: second.has_said("partitions assigned"), "the second worker has partitions")
    assert second.stop() == 0
    ferry.wait_written(40_000)

    count = ferry.count()
    assert count.missing == 0
    assert count.duplicates == 0, "offsets are committed before a partition is handed over"


def test_a_limit_is_never_exceeded(ferry: Ferry, kafka_bootstrap: str, make_topic: MakeTopic):
    topic = make_topic(4)
    ferry.generate("--kafka", kafka_bootstrap, "--topic", topic, "--count", "6000")

    started = time.monotonic()
    start_worker(ferry, kafka_bootstrap, topic, "--limit", "2000", "--batch", "5000")
    ferry.wait_written(6_000)

    assert time.monotonic() - started >= 0.98 * 6_000 / 2_000


def test_bytes_that_are_no_json_are_written_unharmed(
    ferry: Ferry, kafka_bootstrap: str, make_topic: MakeTopic
):
    topic = make_topic(1)
    producer = Producer({"bootstrap.servers": kafka_bootstrap})
    for value in (b"\xff\xfe\x00", b'{"id": "cut off', b"two\nlines", None, b'{"id":"good-0"}'):
        producer.produce(topic, value)
    producer.flush(30)

    start_worker(ferry, kafka_bootstrap, topic)
    ferry.wait_written(1)

    (file,) = ferry.sink.iterdir()
    assert file.read_bytes().splitlines() == [
        b"\xff\xfe\x00",
        b'{"id": "cut off',
        b'{"base64":"dHdvCmxpbmVz"}',
        b"null",
        b'{"id":"good-0"}',
    ]


def test_a_topic_that_comes_later_is_waited_for(ferry: Ferry, kafka_bootstrap: str):
    topic = f"late-{uuid.uuid4().hex[:8]}"
    worker = start_worker(ferry, kafka_bootstrap, topic)
    until(
        lambda: f"the topic '{topic}' does not exist" in worker.log.read_text(),
        "the worker says what it waits for",
    )

    admin = AdminClient({"bootstrap.servers": kafka_bootstrap})
    admin.create_topics([NewTopic(topic, 2, 1)])[topic].result(30)
    ferry.generate("--kafka", kafka_bootstrap, "--topic", topic, "--count", "100")

    ferry.wait_written(100)
    assert worker.has_said("ready")


def test_a_worker_without_a_partition_is_ready_all_the_same(
    ferry: Ferry, kafka_bootstrap: str, make_topic: MakeTopic
):
    topic = make_topic(1)
    for _ in range(2):
        start_worker(ferry, kafka_bootstrap, topic).wait_ready()

import time
from collections.abc import AsyncIterator, Iterator

import pytest
from confluent_kafka import Consumer

from logpipeline.api.conditions import Reason
from logpipeline.core.readings import GroupState, PartitionId, Reading, Sharing
from logpipeline.sources.kafka.reader import KafkaReader
from tests.contract.kafka.brokers import Kafka
from tests.contract.kafka_reader import OwnKafkaReader
from tests.contract.reading import WITHIN_SECONDS, is_complete, missed, sampled, until

pytestmark = pytest.mark.contract


@pytest.fixture
async def reader(kafka: Kafka) -> AsyncIterator[KafkaReader]:
    reader = OwnKafkaReader(kafka.connection, deadline_seconds=10, clock=time.time)
    yield reader
    await reader.close()


class Member:
    """A consumer in a group of its own that was assigned both partitions of a topic of its own."""

    def __init__(self, kafka: Kafka, protocol: str) -> None:
        self.topic, self.group = kafka.topic(2, 3), kafka.name("group")
        settings = {"bootstrap.servers": kafka.connection.bootstrap_servers, "group.id": self.group}
        settings |= {"group.protocol": protocol, "enable.auto.commit": "false"}
        if protocol == "classic":
            settings |= {"partition.assignment.strategy": "range"}
        self.consumer = Consumer(settings)
        self.consumer.subscribe([self.topic])
        give_up = time.monotonic() + WITHIN_SECONDS
        while len(self.consumer.assignment()) < 2:
            assert time.monotonic() < give_up, "the consumer was not assigned its partitions"
            self.consumer.poll(0.1)


@pytest.fixture(params=["classic", "consumer"])
def member(request: pytest.FixtureRequest, kafka: Kafka) -> Iterator[Member]:
    member = Member(kafka, request.param)
    yield member
    member.consumer.close()


async def test_what_waits_is_what_was_produced_and_not_committed(kafka: Kafka, reader: KafkaReader) -> None:
    topic, group = kafka.topic(100, 50, 0), kafka.name("group")
    kafka.commit(group, topic, 40, 50, 0)
    query = kafka.query(group, topic)
    sample = sampled((await reader.sample([query]))[query])
    assert sample.partitions == tuple(PartitionId(topic, number) for number in range(3))
    assert sample.produced.tolist() == [100, 50, 0]
    assert sample.consumed.tolist() == [40, 50, 0]
    assert sample.backlog.sum() == 60
    assert sample.complete
    assert not sample.estimated
    assert sample.sharing is Sharing.PARTITIONED
    assert sample.group is not None
    assert sample.group.state is GroupState.EMPTY
    assert sample.at == pytest.approx(time.time(), abs=60)


async def test_all_groups_and_topics_are_measured_in_one_pass(kafka: Kafka, reader: KafkaReader) -> None:
    topics = sorted(kafka.topic(10, 10) for _ in range(3))
    groups = [kafka.name("group") for _ in range(4)]
    for consumed, group in enumerate(groups):
        for topic in topics:
            kafka.commit(group, topic, consumed, consumed)
    queries = [kafka.query(group, *topics) for group in groups]
    readings = await reader.sample(queries)
    assert [int(sampled(readings[query]).backlog.sum()) for query in queries] == [60, 54, 48, 42]
    assert sampled(readings[queries[0]]).partitions == tuple(
        PartitionId(topic, number) for topic in topics for number in range(2)
    )


async def test_a_missing_topic_is_named_and_measured_once_it_is_there(
    kafka: Kafka, reader: KafkaReader
) -> None:
    topic = kafka.name("topic")
    query = kafka.query("group", topic)

    async def measure() -> Reading:
        return (await reader.sample([query]))[query]

    missing = missed(await measure())
    assert missing.reason is Reason.TOPIC_MISSING
    assert f"'{topic}' is not there (yet) on {kafka.connection.bootstrap_servers}" in missing.message
    assert topic not in kafka.admin.list_topics(timeout=WITHIN_SECONDS).topics, "measuring created it"
    kafka.topic(5, name=topic)
    assert sampled(await until(measure, is_complete)).backlog.tolist() == [5]


async def test_one_missing_topic_of_two_makes_a_lower_bound(kafka: Kafka, reader: KafkaReader) -> None:
    topic, absent = kafka.topic(5), kafka.name("topic")
    query = kafka.query("group", *sorted((topic, absent)))
    sample = sampled((await reader.sample([query]))[query])
    assert sample.backlog.tolist() == [5]
    assert sample.missing == (PartitionId(absent, -1),)
    assert absent in sample.missing_because


async def test_a_deleted_topic_is_missing_within_a_pass_or_two(kafka: Kafka, reader: KafkaReader) -> None:
    topic, other = kafka.topic(5), kafka.topic(3)
    query, healthy = kafka.query("group", topic), kafka.query("group", other)

    async def measure() -> Reading:
        readings = await reader.sample([query, healthy])
        assert sampled(readings[healthy]).backlog.tolist() == [3]
        return readings[query]

    await until(measure, is_complete)
    kafka.admin.delete_topics([topic])[topic].result(WITHIN_SECONDS)
    gone = missed(await until(measure, lambda reading: not is_complete(reading)))
    assert gone.reason is Reason.TOPIC_MISSING


async def test_omitted_topics_are_those_the_group_has_committed_in(kafka: Kafka, reader: KafkaReader) -> None:
    topic, group = kafka.topic(10, 10), kafka.name("group")
    kafka.commit(group, topic, 4)
    query = kafka.query(group)
    sample = sampled((await reader.sample([query]))[query])
    assert [partition.topic for partition in sample.partitions] == [topic, topic]
    assert sample.backlog.tolist() == [6, 10]


async def test_omitted_topics_and_no_group_says_what_to_do(kafka: Kafka, reader: KafkaReader) -> None:
    query = kafka.query(kafka.name("group"))
    missing = missed((await reader.sample([query]))[query])
    assert missing.reason is Reason.GROUP_MISSING
    assert "name them, or start a consumer" in missing.message


async def test_a_member_tells_its_topics_state_and_assignor(
    kafka: Kafka, reader: KafkaReader, member: Member
) -> None:
    query = kafka.query(member.group)

    async def measure() -> Reading:
        return (await reader.sample([query]))[query]

    sample = sampled(await until(measure, is_complete))
    assert {partition.topic for partition in sample.partitions} == {member.topic}
    assert sample.backlog.tolist() == [2, 3]
    assert sample.group is not None
    assert (sample.group.state, sample.group.members) == (GroupState.STABLE, 1)
    assert sample.group.assignor in {"range", "uniform"}


async def test_unchanged_partitions_are_the_same_tuple_in_every_sample(
    kafka: Kafka, reader: KafkaReader
) -> None:
    query = kafka.query("group", *sorted((kafka.topic(1), kafka.topic(1))))
    first, second = [sampled((await reader.sample([query]))[query]) for _ in range(2)]
    assert first.partitions is second.partitions

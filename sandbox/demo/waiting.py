"""What waits, read from Kafka and Redis themselves: a second opinion on what the operator says."""

from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]
from confluent_kafka.cimpl import NewTopic
from redis import Redis

from sandbox.demo.journal import Waiting
from sandbox.demo.shop import Shop

DEADLINE_SECONDS = 10.0


class Scale:
    """Weighs the backlog. Blocking: call it in a thread."""

    def __init__(self, kafka: str, redis: str, shop: Shop) -> None:
        self._admin = AdminClient({"bootstrap.servers": kafka, "log_level": 0})
        self._redis = Redis.from_url(redis, socket_timeout=DEADLINE_SECONDS)
        self._shop = shop
        self._partitions: list[TopicPartition] = []

    def create_topic(self, partitions: int) -> None:
        """Make the topic, before anybody writes to it and Kafka makes it with one partition."""
        name = self._shop.topic
        topic = NewTopic(name, num_partitions=partitions, replication_factor=1)
        self._admin.create_topics([topic])[name].result(DEADLINE_SECONDS)
        self._partitions = [TopicPartition(name, number) for number in range(partitions)]

    def weigh(self) -> Waiting:
        """Redis first and committed offsets before end offsets, so that nothing on its way is overlooked.

        The relay deletes an entry when Kafka has it: the length of the stream is what waits there.
        """
        redis: int = self._redis.xlen(self._shop.stream)
        committed = self._committed()
        ends = self._admin.list_offsets(
            {partition: OffsetSpec.latest() for partition in self._partitions}  # type: ignore[no-untyped-call]
        )
        kafka = 0
        for partition, end in ends.items():
            done = committed.get(partition.partition, 0)
            kafka += max(0, end.result(DEADLINE_SECONDS).offset - done)
        return Waiting(kafka, redis)

    def _committed(self) -> dict[int, int]:
        """By partition; none where nothing is committed: the group then starts at 0, where the topic does."""
        # A broker that is not the group's coordinator (any more) would crash us here (librdkafka issue 5040):
        # the story begins when the operator has measured the group, and there is but one broker.
        request = ConsumerGroupTopicPartitions(self._shop.group, self._partitions)
        (answer,) = self._admin.list_consumer_group_offsets([request]).values()
        partitions = answer.result(DEADLINE_SECONDS).topic_partitions
        return {found.partition: found.offset for found in partitions if found.offset >= 0}

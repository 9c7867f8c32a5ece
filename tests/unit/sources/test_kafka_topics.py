from collections.abc import Collection, Mapping

from logpipeline.api.conditions import Reason
from logpipeline.core.model import Missing, PartitionId
from logpipeline.sources.kafka_cluster import Cluster
from logpipeline.sources.kafka_offsets import Offset
from logpipeline.sources.kafka_requests import Attempt, OffsetRequest
from logpipeline.sources.kafka_topics import LogStarts, Topics

GONE = Missing(1.0, Reason.TOPIC_MISSING, "topic is not there")
ATTEMPT = Attempt(at=1.0, seconds=4.0)


class FakeCluster(Cluster):
    """Knows some topics and log starts, and notes what it is asked."""

    def __init__(self, topics: dict[str, int]) -> None:
        self.counts = topics
        self.starts: dict[PartitionId, int] = {}
        self.asked: list[set[object]] = []

    def topics(self, names: Collection[str], attempt: Attempt) -> Mapping[str, int | Missing]:
        assert attempt is ATTEMPT
        self.asked.append(set(names))
        return {name: self.counts.get(name, GONE) for name in names}

    def offsets(self, request: OffsetRequest, attempt: Attempt) -> Mapping[PartitionId, Offset]:
        assert attempt is ATTEMPT
        self.asked.append(set(request.partitions))
        return {partition: self.starts.get(partition, GONE) for partition in request.partitions}


class Watch:
    """A monotonic clock that is moved by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_topics_are_asked_for_once_in_half_a_minute() -> None:
    cluster, watch = FakeCluster({"log": 2}), Watch()
    topics = Topics(cluster, monotonic=watch)
    first = topics.partitions(["log"], ATTEMPT)["log"]
    watch.now = 29.0
    assert topics.partitions(["log"], ATTEMPT)["log"] is first
    watch.now = 31.0
    assert topics.partitions(["log"], ATTEMPT)["log"] is first
    assert cluster.asked == [{"log"}, set(), {"log"}]
    assert first == (PartitionId("log", 0), PartitionId("log", 1))


def test_a_topic_that_is_not_there_is_looked_for_in_every_pass() -> None:
    cluster = FakeCluster({"log": 2})
    topics = Topics(cluster, monotonic=Watch())
    assert topics.partitions(["log", "new"], ATTEMPT)["new"] == GONE
    cluster.counts["new"] = 1
    assert topics.partitions(["log", "new"], ATTEMPT)["new"] == (PartitionId("new", 0),)
    assert cluster.asked == [{"log", "new"}, {"new"}]


def test_a_topic_that_was_in_trouble_is_asked_for_again() -> None:
    cluster = FakeCluster({"log": 2})
    topics = Topics(cluster, monotonic=Watch())
    topics.partitions(["log"], ATTEMPT)
    cluster.counts["log"] = 4
    topics.forget(["log", "never heard of"])
    assert len(tuple(topics.partitions(["log"], ATTEMPT)["log"])) == 4  # type: ignore[arg-type]


def test_added_partitions_are_found_within_half_a_minute() -> None:
    cluster, watch = FakeCluster({"log": 2}), Watch()
    topics = Topics(cluster, monotonic=watch)
    topics.partitions(["log"], ATTEMPT)
    cluster.counts["log"] = 3
    watch.now = 31.0
    assert topics.partitions(["log"], ATTEMPT)["log"] == tuple(PartitionId("log", n) for n in range(3))


def test_log_starts_are_read_rarely_but_always_where_nothing_is_committed() -> None:
    cluster, watch = FakeCluster({}), Watch()
    committed, uncommitted = PartitionId("log", 0), PartitionId("log", 1)
    cluster.starts = {committed: 10, uncommitted: 20}
    starts = LogStarts(cluster, monotonic=watch)
    both = (committed, uncommitted)
    assert starts.offsets(both, {uncommitted}, ATTEMPT) == {committed: 10, uncommitted: 20}
    cluster.starts = {committed: 11, uncommitted: 21}
    assert starts.offsets(both, {uncommitted}, ATTEMPT) == {committed: 10, uncommitted: 21}
    watch.now = 31.0
    assert starts.offsets(both, {uncommitted}, ATTEMPT) == {committed: 11, uncommitted: 21}


def test_a_log_start_that_could_not_be_read_is_asked_for_again() -> None:
    cluster, partition = FakeCluster({}), PartitionId("log", 0)
    starts = LogStarts(cluster, monotonic=Watch())
    assert starts.offsets((partition,), (), ATTEMPT) == {partition: GONE}
    cluster.starts = {partition: 5}
    assert starts.offsets((partition,), (), ATTEMPT) == {partition: 5}

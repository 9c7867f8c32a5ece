from collections.abc import Collection, Iterable, Mapping

from logpipeline.api.conditions import Reason
from logpipeline.core.readings import Missing, PartitionId
from logpipeline.sources.kafka.cluster import Cluster
from logpipeline.sources.kafka.offsets import Offset
from logpipeline.sources.kafka.requests import Attempt
from logpipeline.sources.kafka.topics import LogStarts, Topics

GONE = Missing(1.0, Reason.TOPIC_MISSING, "topic is not there")
SILENT = Missing(1.0, Reason.SOURCE_TOO_SLOW, "nobody answered")
ATTEMPT = Attempt(at=1.0, seconds=4.0)


class FakeCluster(Cluster):
    """Knows some topics and log starts, and notes what it is asked."""

    def __init__(self, topics: dict[str, int]) -> None:
        self.counts = topics
        self.begins: dict[PartitionId, int] = {}
        self.asked: list[set[object]] = []
        self.answer = GONE

    def topics(self, names: Collection[str], attempt: Attempt) -> Mapping[str, int | Missing]:
        assert attempt is ATTEMPT
        self.asked.append(set(names))
        if self.answer is SILENT:
            return dict.fromkeys(names, SILENT)
        return {name: self.counts.get(name, GONE) for name in names}

    def starts(self, partitions: Iterable[PartitionId], attempt: Attempt) -> Mapping[PartitionId, Offset]:
        assert attempt is ATTEMPT
        asked = set(partitions)
        self.asked.append(set(asked))
        return {partition: self.begins.get(partition, GONE) for partition in asked}


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


def test_what_is_known_of_a_topic_holds_while_nobody_answers() -> None:
    cluster = FakeCluster({"log": 2})
    topics = Topics(cluster, monotonic=Watch())
    before = topics.partitions(["log"], ATTEMPT)["log"]
    cluster.answer = SILENT
    topics.suspect(["log"])
    assert topics.partitions(["log"], ATTEMPT)["log"] is before
    cluster.answer = GONE
    del cluster.counts["log"]
    assert topics.partitions(["log"], ATTEMPT)["log"] == GONE


def test_a_topic_that_was_in_trouble_is_asked_for_again() -> None:
    cluster = FakeCluster({"log": 2})
    topics = Topics(cluster, monotonic=Watch())
    topics.partitions(["log"], ATTEMPT)
    cluster.counts["log"] = 4
    topics.suspect(["log", "never heard of"])
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
    cluster.begins = {committed: 10, uncommitted: 20}
    starts = LogStarts(cluster, monotonic=watch)
    both = (committed, uncommitted)
    assert starts.offsets(both, {uncommitted}, ATTEMPT) == {committed: 10, uncommitted: 20}
    cluster.begins = {committed: 11, uncommitted: 21}
    assert starts.offsets(both, {uncommitted}, ATTEMPT) == {committed: 10, uncommitted: 21}
    watch.now = 31.0
    assert starts.offsets(both, {uncommitted}, ATTEMPT) == {committed: 11, uncommitted: 21}


def test_a_log_start_that_could_not_be_read_is_asked_for_again() -> None:
    cluster, partition = FakeCluster({}), PartitionId("log", 0)
    starts = LogStarts(cluster, monotonic=Watch())
    assert starts.offsets((partition,), (), ATTEMPT) == {partition: GONE}
    cluster.begins = {partition: 5}
    assert starts.offsets((partition,), (), ATTEMPT) == {partition: 5}


def test_a_known_log_start_holds_while_it_cannot_be_read_anew() -> None:
    """Else what a group lost would be no loss for one pass, and a new one in the next."""
    cluster, watch, partition = FakeCluster({}), Watch(), PartitionId("log", 0)
    cluster.begins = {partition: 1_000}
    starts = LogStarts(cluster, monotonic=watch)
    starts.offsets((partition,), (), ATTEMPT)
    cluster.begins = {}
    watch.now = 31.0
    assert starts.offsets((partition,), (), ATTEMPT) == {partition: 1_000}
    assert starts.offsets((partition,), {partition}, ATTEMPT) == {partition: 1_000}
    cluster.begins = {partition: 1_200}
    watch.now = 62.0
    assert starts.offsets((partition,), (), ATTEMPT) == {partition: 1_200}


def test_a_log_that_is_another_one_is_asked_where_it_starts() -> None:
    cluster, partition = FakeCluster({}), PartitionId("log", 0)
    cluster.begins = {partition: 700}
    starts = LogStarts(cluster, monotonic=Watch())
    starts.offsets((partition,), (), ATTEMPT)
    cluster.begins = {partition: 0}
    starts.forget([partition])
    assert starts.known(partition) is None
    assert starts.offsets((partition,), (), ATTEMPT) == {partition: 0}

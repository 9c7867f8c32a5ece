from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from logpipeline.api.sources import OffsetReset
from logpipeline.core.readings import PartitionId, Sample, Sharing
from logpipeline.sources.base import KafkaConnection, KafkaQuery
from logpipeline.sources.kafka.ages import Ages
from logpipeline.sources.kafka.cluster import Cluster
from logpipeline.sources.kafka.recall import AGES_SECONDS, LOOKUPS_PER_PASS, Recall
from logpipeline.sources.kafka.requests import Attempt, Found, OffsetRequest

NOW = 1_000_000.0
PER_SECOND = 100
BEGAN = NOW - 100_000


class FakeCluster(Cluster):
    """Every log has had a hundred records a second since long ago; counts the offsets that are looked up."""

    def __init__(self) -> None:
        self.lookups = 0

    def look_up(
        self, requests: Sequence[OffsetRequest], attempt: Attempt
    ) -> list[Mapping[PartitionId, Found]]:
        assert attempt.left() > 0
        self.lookups += sum(len(request.partitions) for request in requests)
        return [{p: self._found(request) for p in request.partitions} for request in requests]

    def _found(self, request: OffsetRequest) -> Found:
        at = request.batches[0].keys[0].offset / 1_000
        if at < 0:  # the newest
            return Found(end_at(NOW) - 1, NOW)
        offset = end_at(max(at, BEGAN))
        return Found(offset, BEGAN + offset / PER_SECOND) if at < NOW else Found(-1, -1)


def end_at(moment: float) -> int:
    return round((moment - BEGAN) * PER_SECOND)


def query(group: str) -> KafkaQuery:
    return KafkaQuery(KafkaConnection("kafka:9092"), group, (group,), OffsetReset.EARLIEST)


def sample(topic: str, partitions: int, behind_seconds: float = 0) -> Sample:
    ids = tuple(PartitionId(topic, number) for number in range(partitions))
    produced = np.full(partitions, end_at(NOW), dtype=np.int64)
    consumed = np.full(partitions, end_at(NOW - behind_seconds), dtype=np.int64)
    return Sample(NOW, Sharing.PARTITIONED, ids, produced, consumed)


def starts(*samples: Sample) -> dict[PartitionId, int]:
    return {partition: 0 for each in samples for partition in each.partitions}


def attempt(*, spent: float = 0) -> Attempt:
    begun = Attempt(NOW, 4)
    begun._began -= spent  # noqa: SLF001
    return begun


def test_the_past_is_asked_for_once_and_is_the_same_tuple_ever_after() -> None:
    cluster, one = FakeCluster(), sample("a", 2)
    recall = Recall(cluster)
    first, second = [recall.of([query("a")], {query("a"): one}, starts(one), attempt()) for _ in range(2)]
    past = first[query("a")].past
    assert [round(NOW - recalled.at) for recalled in past] == sorted(AGES_SECONDS, reverse=True)
    assert past[-1].produced.tolist() == [end_at(NOW - AGES_SECONDS[0])] * 2
    assert second[query("a")].past is past
    assert cluster.lookups == 2 * (len(AGES_SECONDS) + 1)


def test_very_many_partitions_are_recalled_over_several_passes() -> None:
    cluster = FakeCluster()
    samples = {query(name): sample(name, 600) for name in "abcd"}
    recall, every = Recall(cluster), starts(*samples.values())
    recalled: list[int] = []
    for _ in range(4):
        before = cluster.lookups
        known = recall.of(samples, samples, every, attempt())
        assert cluster.lookups - before <= LOOKUPS_PER_PASS
        recalled.append(sum(bool(one.past) for one in known.values()))
    assert recalled == [1, 2, 3, 4]


def test_a_pass_that_is_late_already_is_not_made_later() -> None:
    cluster, one = FakeCluster(), sample("a", 2, behind_seconds=500)
    recall, samples = Recall(cluster), {query("a"): one}
    known = recall.of(samples, samples, starts(one), attempt(spent=3))
    assert known[query("a")].past == ()
    assert Ages(cluster).of(samples, known, attempt(spent=3)) == {}
    assert cluster.lookups == 0
    assert recall.of(samples, samples, starts(one), attempt())[query("a")].past


@pytest.mark.parametrize("behind_seconds", [15, 400, 5_000, 90_000])
def test_the_age_of_the_oldest_record_is_found_in_a_few_rounds(behind_seconds: float) -> None:
    cluster, one = FakeCluster(), sample("a", 4, behind_seconds)
    samples = {query("a"): one}
    known = Recall(cluster).of(samples, samples, starts(one), attempt())
    oldest = Ages(cluster).of(samples, known, attempt())
    assert NOW - oldest[query("a")] == pytest.approx(behind_seconds, rel=0.05)


def test_a_group_that_has_caught_up_needs_no_search() -> None:
    cluster, one = FakeCluster(), sample("a", 4)
    samples = {query("a"): one}
    known = Recall(cluster).of(samples, samples, starts(one), attempt())
    asked = cluster.lookups
    assert Ages(cluster).of(samples, known, attempt()) == {}
    assert cluster.lookups == asked

"""The past of a topic where brokers answer late, or not at all."""

from collections.abc import Mapping, Sequence

import pytest

from logpipeline.api.conditions import Reason
from logpipeline.core.readings import Missing, PartitionId
from logpipeline.sources.base import KafkaConnection
from logpipeline.sources.credentials import NO_CREDENTIALS
from logpipeline.sources.kafka import past
from logpipeline.sources.kafka.past import PastError, PastReader, Span
from logpipeline.sources.kafka.requests import Attempt, Found, OffsetRequest

BEGINS = 1_795_000_000.0
PARTITIONS = (PartitionId("access-log", 0), PartitionId("access-log", 1))
SPAN = Span(BEGINS, 60, 10)
RECORDS_PER_SECOND = 10


class FakeCluster:
    """Two partitions that have grown evenly since long ago; some of its answers fail."""

    def __init__(self, *_: object, **__: object) -> None:
        self.failures: list[PartitionId] = []
        self.asked = 0

    def attempt(self, seconds: float) -> Attempt | Missing:
        return Attempt(BEGINS, seconds)

    def topics(self, names: Sequence[str], _: Attempt) -> Mapping[str, int | Missing]:
        return dict.fromkeys(names, len(PARTITIONS))

    def starts(self, partitions: Sequence[PartitionId], _: Attempt) -> Mapping[PartitionId, int]:
        return dict.fromkeys(partitions, 0)

    def ends(self, request: OffsetRequest, _: Attempt) -> Mapping[PartitionId, int | Missing]:
        return dict.fromkeys(request.partitions, 1_000_000)

    def look_up(self, requests: Sequence[OffsetRequest], _: Attempt) -> Sequence[Mapping[PartitionId, Found]]:
        self.asked += 1
        silent = self.failures.pop() if self.failures else None
        return [
            {p: Found(self._offset(request), -1.0) for p in request.partitions if p != silent}
            for request in requests
        ]

    @staticmethod
    def _offset(request: OffsetRequest) -> int:
        """In the place of an offset each key has the moment that is asked for, in milliseconds."""
        moment: int = request.batches[0].keys[0].offset
        return round((moment / 1_000 - BEGINS) * RECORDS_PER_SECOND) if moment > 0 else 999_999


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> FakeCluster:
    fake = FakeCluster()
    monkeypatch.setattr(past, "Cluster", lambda *_, **__: fake)
    return fake


def reader() -> PastReader:
    connection = KafkaConnection("kafka:9092")
    return PastReader(connection, NO_CREDENTIALS, clock=lambda: BEGINS + 600, rest=lambda _: None)


@pytest.mark.usefixtures("cluster")
def test_records_are_counted_step_by_step_and_progress_is_told() -> None:
    heard: list[int] = []
    read = reader().read(PARTITIONS, SPAN, heard.append)
    assert read.counts.tolist() == [[600, 600]] * 10
    assert sum(heard) == 11


def test_a_broker_that_did_not_answer_once_is_asked_again(cluster: FakeCluster) -> None:
    told = reader()
    quiet = cluster.asked
    cluster.failures = [PARTITIONS[1], PARTITIONS[0], PARTITIONS[1]]  # that of the newest first
    assert told.read(PARTITIONS, SPAN).counts.tolist() == [[600, 600]] * 10
    assert cluster.asked - quiet == 4


def test_a_broker_that_never_answers_is_named_by_what_it_leads(cluster: FakeCluster) -> None:
    cluster.failures = [PARTITIONS[1]] * 10
    with pytest.raises(PastError, match="the broker that leads access-log/1 did not tell its past"):
        reader().read(PARTITIONS, SPAN)


def test_an_end_that_is_not_known_is_said_and_not_taken_for_nothing(
    cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = Missing(BEGINS, Reason.SOURCE_UNREACHABLE, "access-log/1 has no leader")
    monkeypatch.setattr(cluster, "ends", lambda *_: {PARTITIONS[0]: 5, PARTITIONS[1]: lost})
    with pytest.raises(PastError, match="access-log/1 has no leader"):
        reader().read(PARTITIONS, SPAN)


def test_a_refused_login_is_said(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = Missing(BEGINS, Reason.SOURCE_REFUSED, "kafka:9092 refuses the login")
    monkeypatch.setattr(cluster, "attempt", lambda _: refused)
    with pytest.raises(PastError, match="refuses the login"):
        reader().partitions("access-log")

"""What crosses between the operator and the process of its Kafka client"""

import pickle
from dataclasses import replace

import numpy as np

from logpipeline.api.conditions import Reason
from logpipeline.core.readings import Missing, PartitionId, Reading, Recalled, Sample, Sharing
from logpipeline.sources.base import KafkaConnection
from logpipeline.sources.kafka.wire import LENGTH, Answer, Asker, Told, frame, heard, told

PARTITIONS = (PartitionId("access-log", 0), PartitionId("access-log", 1))
PAST = (Recalled(90.0, PARTITIONS, np.array([1.0, 2.0])),)
SAMPLE = Sample(100.0, Sharing.PARTITIONED, PARTITIONS, np.array([10, 20]), np.array([10, 15]), past=PAST)
MISSING = Missing(105.0, Reason.SOURCE_UNREACHABLE, "no broker answered")


class Wire:
    """Both ends: what one side told last, and what the other heard last."""

    def __init__(self) -> None:
        self.told: Reading | None = None
        self.heard: Reading | None = None
        self.bytes = 0

    def send(self, reading: Reading) -> Reading:
        answer = frame(Answer(1, [told(reading, self.told)]))
        self.told, self.bytes = reading, len(answer)
        (length,) = LENGTH.unpack(answer[: LENGTH.size])
        assert length == len(answer) - LENGTH.size
        received: Answer = pickle.loads(answer[LENGTH.size :])  # noqa: S301 - what we have just written
        self.heard = heard(received.readings[0], self.heard)
        return self.heard


def later(sample: Sample) -> Sample:
    return replace(sample, at=sample.at + 5, produced=sample.produced + 1)


def test_a_reading_arrives_as_it_was_told() -> None:
    heard = Wire().send(SAMPLE)
    assert isinstance(heard, Sample)
    assert heard.partitions == PARTITIONS
    assert heard.produced.tolist() == [10, 20]
    assert heard.past[0].produced.tolist() == [1.0, 2.0]


def test_what_is_the_same_as_before_is_the_very_same_object_and_not_sent_again() -> None:
    wire = Wire()
    first, whole = wire.send(SAMPLE), wire.bytes
    second = wire.send(later(SAMPLE))
    assert isinstance(first, Sample)
    assert isinstance(second, Sample)
    assert second.partitions is first.partitions
    assert second.past is first.past
    assert second.produced.tolist() == [11, 21]
    assert wire.bytes < whole


def test_what_is_recalled_no_more_is_forgotten() -> None:
    wire = Wire()
    wire.send(SAMPLE)
    heard = wire.send(replace(later(SAMPLE), past=()))
    assert isinstance(heard, Sample)
    assert heard.past == ()


def test_after_a_missing_one_a_reading_is_told_whole() -> None:
    wire = Wire()
    wire.send(SAMPLE)
    assert wire.send(MISSING) == MISSING
    heard = wire.send(later(SAMPLE))
    assert isinstance(heard, Sample)
    assert heard.partitions == PARTITIONS
    assert len(heard.past) == 1


def test_a_reading_of_other_partitions_does_not_get_the_old_ones() -> None:
    wire = Wire()
    wire.send(SAMPLE)
    grown = (*PARTITIONS, PartitionId("access-log", 2))
    heard = wire.send(replace(SAMPLE, partitions=grown, produced=np.arange(3), consumed=np.arange(3)))
    assert isinstance(heard, Sample)
    assert heard.partitions == grown


def test_an_answer_without_a_reading_before_it_is_taken_as_it_is() -> None:
    assert heard(Told(MISSING), None) == MISSING


def test_who_asks_does_not_show_the_password() -> None:
    asker = Asker(1, KafkaConnection("kafka:9092"), {"password": "hunter2"}, 4.0, 30.0)
    assert "hunter2" not in repr(asker)

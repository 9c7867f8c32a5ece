"""Kafka: what arrived in a topic, by the timestamps of its records, for `logpipeline simulate --kafka`."""

import json
import time
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from logpipeline.cli import app
from logpipeline.core.readings import PartitionId
from logpipeline.simulate.command import NO_KAFKA, UNUSABLE_INPUT
from logpipeline.sources.base import KafkaConnection
from logpipeline.sources.credentials import NO_CREDENTIALS
from logpipeline.sources.kafka.arrivals import ArrivalsError, KafkaArrivals
from logpipeline.sources.kafka.past import Past, PastError, PastReader, Span
from logpipeline.sources.kafka.process import ClientProcess
from logpipeline.sources.kafka.wire import Steps
from tests.contract.kafka.brokers import Kafka
from tests.servers.process import free_ports

pytestmark = pytest.mark.contract
MINUTES = 30
PIPELINE = Path(__file__).parents[3] / "examples" / "minimal.yaml"
WRITTEN = [[5 * minute, 10, 0 if minute % 2 else 7] for minute in range(MINUTES)]
"""Records in each minute, for each of three partitions."""


@pytest.fixture
def begins() -> float:
    """Half an hour ago, at a full minute."""
    return time.time() // 60 * 60 - 60 * MINUTES


def write(kafka: Kafka, begins: float) -> str:
    """A topic as producers wrote it in half an hour."""
    topic = kafka.topic(0, 0, 0)
    for minute, counts in enumerate(WRITTEN):
        kafka.send(topic, *counts, at=begins + 60 * minute + 30)
    kafka.flush()
    return topic


def read(kafka: Kafka, topic: str, begins: float) -> Past:
    reader = PastReader(kafka.connection, NO_CREDENTIALS, rest=lambda _: None)
    return reader.read(reader.partitions(topic), Span(begins, 60, MINUTES))


def test_each_step_has_the_records_that_were_written_in_it(kafka: Kafka, begins: float) -> None:
    past = read(kafka, write(kafka, begins), begins)
    assert past.counts.tolist() == WRITTEN
    assert past.starts.tolist() == [begins + 60 * minute for minute in range(MINUTES)]
    assert past.believable


async def test_the_process_of_the_client_tells_what_arrived_the_newest_part_first(
    kafka: Kafka, begins: float
) -> None:
    topic, process = write(kafka, begins), ClientProcess()
    partitions = tuple(PartitionId(topic, number) for number in range(3))
    arrivals = KafkaArrivals(kafka.connection, NO_CREDENTIALS, process, time.time)
    try:
        parts = [
            part async for part in arrivals.back(partitions, Steps(begins - 18_000, 60.0, MINUTES + 300))
        ]
    finally:
        await process.close()
    assert [len(part.at) for part in parts] == [288, 42]
    told = dict(zip(parts[0].at.tolist(), parts[0].per_second.tolist(), strict=True))
    assert [told[begins + 60 * minute] for minute in range(MINUTES)] == [sum(each) / 60 for each in WRITTEN]


async def test_replayed_records_are_told_as_the_reason_why_nothing_is_known(
    kafka: Kafka, begins: float
) -> None:
    topic, process = write(kafka, begins), ClientProcess()
    kafka.produce(topic, 5_000, at=begins - 86_400)
    partitions = tuple(PartitionId(topic, number) for number in range(3))
    arrivals = KafkaArrivals(kafka.connection, NO_CREDENTIALS, process, time.time)
    try:
        with pytest.raises(ArrivalsError, match="do not agree with its log"):
            await anext(arrivals.back(partitions, Steps(begins, 60.0, MINUTES)))
    finally:
        await process.close()


def test_what_retention_deleted_is_unknown_and_not_nothing(kafka: Kafka, begins: float) -> None:
    topic = write(kafka, begins)
    kafka.truncate(topic, 1, 105)
    past = read(kafka, topic, begins)
    assert np.isnan(past.counts[:10, 1]).all()
    assert past.counts[11:, 1].tolist() == [10] * (MINUTES - 11)
    assert past.counts[:, 0].tolist() == [counts[0] for counts in WRITTEN]


def test_the_brokers_rest_after_each_answer(kafka: Kafka, begins: float) -> None:
    topic, rests = write(kafka, begins), list[float]()
    reader = PastReader(kafka.connection, NO_CREDENTIALS, rest=rests.append)
    steps = 1_000
    reader.read(reader.partitions(topic), Span(begins, 1, steps))
    assert len(rests) == -(-(steps + 1) // 333)
    assert min(rests) > 0


def test_replayed_records_are_not_believed(kafka: Kafka, begins: float) -> None:
    topic = write(kafka, begins)
    kafka.produce(topic, 5_000, at=begins - 86_400)
    assert not read(kafka, topic, begins).believable


def test_a_topic_that_is_not_there_is_a_sentence(kafka: Kafka) -> None:
    name = kafka.name("topic")
    with pytest.raises(PastError, match=f"'{name}'"):
        PastReader(kafka.connection, NO_CREDENTIALS).partitions(name)


def test_a_broker_that_is_not_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("logpipeline.sources.kafka.past.ANSWER_SECONDS", 2.0)
    address = f"127.0.0.1:{free_ports(1)[0]}"
    with pytest.raises(PastError, match=address):
        PastReader(KafkaConnection(address), NO_CREDENTIALS).partitions("access-log")


def test_the_operator_is_judged_on_yesterday(kafka: Kafka, begins: float) -> None:
    arguments = ["--since", "31m", "--pipeline", str(PIPELINE), "--true-capacity", "10", "--json"]
    topic = write(kafka, begins)
    asked = ["simulate", "--kafka", kafka.connection.bootstrap_servers, "--topic", topic, *arguments]
    result = CliRunner().invoke(app, asked)
    assert result.exit_code == 0, result.stderr
    outcome = json.loads(result.stdout)
    assert outcome["scenario"]["traffic"]["source"] == f"topic {topic}"
    (run,) = outcome["runs"]
    written = np.sum(WRITTEN)
    assert run["stages"]["index"]["records"] == pytest.approx(written, rel=0.1)


def test_the_command_ends_with_what_is_wrong(kafka: Kafka) -> None:
    runner, topic = CliRunner(), kafka.name("topic")
    asked = ["simulate", "--pipeline", str(PIPELINE), "--kafka", kafka.connection.bootstrap_servers]
    missing = runner.invoke(app, [*asked, "--topic", topic])
    assert (missing.exit_code, "Traceback" in missing.stderr) == (NO_KAFKA, False)
    assert topic in missing.stderr
    empty = runner.invoke(app, [*asked, "--topic", kafka.topic(0), "--since", "1h"])
    assert empty.exit_code == UNUSABLE_INPUT
    assert "no records came" in empty.stderr

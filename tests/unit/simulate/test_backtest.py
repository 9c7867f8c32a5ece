"""The user's own past as traffic."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from logpipeline.core.readings import PartitionId
from logpipeline.simulate import backtest
from logpipeline.simulate.backtest import LEAST_SHARE, LOOKUPS, counted_of
from logpipeline.simulate.options import Past as Asked
from logpipeline.simulate.options import UnusableError
from logpipeline.simulate.subject import Counted
from logpipeline.sources.kafka.past import Past, Span

NAN = float("nan")


class FakeReader:
    """A topic of so many partitions, with these counts in each step."""

    partition_count = 2
    believable = True
    span: Span | None = None

    def __init__(self, count: Callable[[int, int], float]) -> None:
        self._count = count

    def partitions(self, topic: str) -> tuple[PartitionId, ...]:
        return tuple(PartitionId(topic, number) for number in range(self.partition_count))

    def read(self, partitions: tuple[PartitionId, ...], span: Span, done: Callable[[int], None]) -> Past:
        self.span = span
        done(span.steps + 1)
        counts = [[self._count(step, n) for n in range(len(partitions))] for step in range(span.steps)]
        return Past(np.array(span.edges[:-1]), partitions, np.array(counts), self.believable)


def asked(
    reader: FakeReader, monkeypatch: pytest.MonkeyPatch, **given: timedelta | Path
) -> tuple[Counted, str]:
    """What is counted, and what is said about it."""
    monkeypatch.setattr(backtest, "PastReader", lambda *_: reader)
    console = Console(width=200, record=True, quiet=False, file=None, stderr=True)
    with console.capture() as said:
        past = Asked("kafka:9092", "access-log", **{"since": timedelta(hours=1), **given})  # type: ignore[arg-type]
        counted = counted_of(past, console)
    return counted, said.get()


def test_counts_of_all_partitions_are_the_traffic_and_their_shares_the_weights(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counted, said = asked(FakeReader(lambda _, n: (300, 0)[n]), monkeypatch)
    assert counted.traffic.counts.tolist() == [300] * 60
    assert counted.traffic.step_seconds == 60
    (topic,) = counted.topics
    assert topic["partitions"] == 2
    assert topic["weights"] == [1.0, LEAST_SHARE]
    assert said.strip() == ""


def test_steps_of_which_a_part_is_not_known_are_left_out_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    counted, said = asked(FakeReader(lambda step, n: NAN if step < 40 and n else 10), monkeypatch)
    assert counted.traffic.counts.tolist() == [20] * 20
    assert "40 of 60 steps of topic access-log are unknown: retention deleted records of them." in said


@pytest.mark.parametrize("count", [0.0, NAN])
def test_a_past_of_which_nothing_is_known_is_refused(count: float, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnusableError, match="no records came, or retention has deleted them"):
        asked(FakeReader(lambda *_: count), monkeypatch)


def test_timestamps_that_are_not_believed_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = FakeReader(lambda *_: 10)
    reader.believable = False
    assert "do not agree with its log" in asked(reader, monkeypatch)[1]


def test_a_topic_of_many_partitions_is_read_in_longer_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = FakeReader(lambda *_: 10)
    reader.partition_count = 1_000
    counted, _ = asked(reader, monkeypatch, since=timedelta(days=1))
    assert reader.span is not None
    assert counted.traffic.step_seconds == 600
    assert reader.span.steps * 1_000 <= LOOKUPS


def test_steps_begin_at_full_minutes_and_the_last_one_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("logpipeline.simulate.backtest.time.time", lambda: 1_795_000_091.0)
    counted, _ = asked(FakeReader(lambda *_: 10), monkeypatch)
    assert counted.traffic.begins % 60 == 0
    assert counted.traffic.ends <= 1_795_000_091.0


def test_a_time_without_two_steps_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = FakeReader(lambda *_: 10)
    with pytest.raises(UnusableError, match="--since 60s has no two steps of 60 s"):
        asked(reader, monkeypatch, since=timedelta(minutes=1))
    with pytest.raises(UnusableError, match="no two steps of 0 s"):
        asked(reader, monkeypatch, step=timedelta(0))


def test_a_secret_that_is_not_there_is_named_without_what_is_in_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(UnusableError, match=r"--kafka-secret .*nowhere cannot be read"):
        asked(FakeReader(lambda *_: 10), monkeypatch, credentials=tmp_path / "nowhere")
    (tmp_path / "password").write_bytes(b"\xff\xfehidden")
    with pytest.raises(UnusableError) as error:
        asked(FakeReader(lambda *_: 10), monkeypatch, credentials=tmp_path)
    assert "hidden" not in str(error.value)

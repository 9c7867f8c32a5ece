"""What arrived in a topic, as its brokers remember: where its logs ended at each step of the past.

Nothing is read but offsets, by timestamp: a few at a time, with rests in between, since the brokers have
other work. What lies before the oldest record that is kept nobody knows.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from logpipeline.core.readings import Missing, PartitionId, Rates, Recalled, Sample, Sharing
from logpipeline.sources.base import Clock, KafkaConnection
from logpipeline.sources.credentials import Credentials
from logpipeline.sources.kafka.cluster import Cluster
from logpipeline.sources.kafka.offsets import Offset, Partitions
from logpipeline.sources.kafka.requests import Attempt, Found, OffsetRequest
from logpipeline.sources.kafka.timestamps import is_plausible, recalled_of

ANSWER_SECONDS = 15.0
"""How long the brokers may take for what is asked at a time."""
LOOKUPS_AT_A_TIME = 1_000
"""Offsets by timestamp."""
BUSY_SHARE = 0.5
"""Share of the time in which the brokers are kept busy: each answer is followed by a rest."""
TRIES = 3
"""How often the same is asked, where some broker did not answer."""


class PastError(RuntimeError):
    """The past cannot be had. Says why in a sentence."""


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """How many records were written in each step."""

    starts: Rates
    """(K,) when each step begins, Unix seconds."""
    partitions: Partitions
    """`P` of them."""
    counts: Rates
    """(K, P) records written in each step; NaN where the brokers do not know any more."""
    believable: bool
    """False: the newest timestamps do not agree with the log, as where old records were replayed."""


@dataclass(frozen=True, slots=True)
class Span:
    """Which past is asked for."""

    begins: float
    """Unix seconds."""
    step_seconds: float
    steps: int

    @property
    def edges(self) -> Sequence[float]:
        """(K+1,) where steps begin, and the last one ends."""
        return [self.begins + number * self.step_seconds for number in range(self.steps + 1)]


class PastReader:
    """Asks one cluster for the past of a topic. Every call blocks; it is meant to be used from one thread."""

    def __init__(
        self,
        connection: KafkaConnection,
        credentials: Credentials,
        *,
        clock: Clock = time.time,
        rest: Callable[[float], None] = time.sleep,
    ) -> None:
        self._cluster = Cluster(connection, credentials, seconds=ANSWER_SECONDS, clock=clock)
        self._clock = clock
        self._rest = rest

    def partitions(self, topic: str) -> Partitions:
        """The partitions of a topic. Raises PastError where they cannot be had."""
        count = self._cluster.topics([topic], self._attempt())[topic]
        if isinstance(count, Missing):
            raise PastError(count.message)
        return tuple(PartitionId(topic, number) for number in range(count))

    def read(self, partitions: Partitions, span: Span, done: Callable[[int], None] = lambda _: None) -> Past:
        """What was written in each step of `span`; `done` hears how many moments have been asked for more.

        Raises PastError where the brokers do not answer for some moment, even when asked again.
        """
        starts, newest, now = self._ends(partitions)
        recalled: list[Recalled | None] = []
        for moments in _batches(span.edges, len(partitions)):
            answers = self._look_up(moments, partitions)
            recalled += [
                recalled_of(moment, now, found, starts)
                for moment, found in zip(moments, answers, strict=True)
            ]
            done(len(moments))
        nothing = np.full(len(partitions), np.nan)
        ends = np.array([nothing if each is None else each.produced for each in recalled])
        known = [each for each in recalled if each is not None and each.at < now.at]
        return Past(
            starts=np.array(span.edges[:-1]),
            partitions=partitions,
            counts=np.maximum(np.diff(ends, axis=0), 0.0),
            believable=is_plausible(now, known, newest),
        )

    def _ends(
        self, partitions: Partitions
    ) -> tuple[Mapping[PartitionId, Offset], Mapping[PartitionId, Found], Sample]:
        """Where the logs start, their newest records, and where they end now."""
        attempt = self._attempt()
        starts = self._cluster.starts(partitions, attempt)
        newest = self._cluster.look_up([OffsetRequest.newest(partitions)], attempt)[0]
        ends = self._cluster.ends(OffsetRequest.latest(partitions), attempt)
        for offset in (*starts.values(), *ends.values()):
            if isinstance(offset, Missing):
                raise PastError(offset.message)
        produced = np.array([ends[partition] for partition in partitions], dtype=np.int64)
        return starts, newest, Sample(self._clock(), Sharing.PARTITIONED, partitions, produced, produced)

    def _look_up(
        self, moments: Sequence[float], partitions: Partitions
    ) -> Sequence[Mapping[PartitionId, Found]]:
        requests = [OffsetRequest.since(moment, partitions) for moment in moments]
        for _ in range(TRIES):
            began = time.monotonic()
            answers = self._cluster.look_up(requests, self._attempt())
            self._rest((time.monotonic() - began) * (1 / BUSY_SHARE - 1))
            if all(len(found) == len(partitions) for found in answers):
                return answers
        lacking = next(found for found in answers if len(found) < len(partitions))
        silent = next(partition for partition in partitions if partition not in lacking)
        name = f"{silent.topic}/{silent.partition}"
        raise PastError(f"the broker that leads {name} did not tell its past: is it running? Then try again")

    def _attempt(self) -> Attempt:
        attempt = self._cluster.attempt(ANSWER_SECONDS)
        if isinstance(attempt, Missing):
            raise PastError(attempt.message)
        return attempt


def _batches(moments: Sequence[float], partitions: int) -> Iterator[Sequence[float]]:
    size = max(1, LOOKUPS_AT_A_TIME // max(1, partitions))
    return (moments[place : place + size] for place in range(0, len(moments), size))

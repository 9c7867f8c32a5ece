"""What the operator and the process of the Kafka client say to each other, and how it is framed.

Both ends are ours and of one release, so the frames are pickles, each with its length before it.
"""

import pickle
import struct
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from logpipeline.core.readings import PartitionId, Rates, Reading, Recalled, Sample
from logpipeline.sources.base import KafkaConnection, KafkaQuery

REFUSED_SECONDS = 30.0
"""How long nobody is asked after all have refused our login: attempts without end lock accounts out."""
LENGTH = struct.Struct("!Q")
"""Of the frame that follows, in bytes."""


@dataclass(frozen=True, slots=True)
class Asker:
    """One who asks again and again."""

    number: int
    """The connection is his alone, and so is what was measured before."""
    connection: KafkaConnection
    credentials: dict[str, str] = field(repr=False)
    deadline_seconds: float
    """Of any pass."""
    refused_seconds: float
    """How long nobody is asked after all have refused the login."""


class Question(NamedTuple):
    """Measure something."""

    number: int
    """Which question it is: answers may come in another order."""
    asker: Asker
    now: float
    """His clock as he asks, Unix seconds."""
    asked_at: float
    """When that was by the clock of the machine, which both of us see, monotonic seconds."""
    until: float
    """When he waits no longer, by the same clock."""
    queries: tuple[KafkaQuery, ...] | None
    """None: those of his question before."""
    anew: bool
    """Forget what he was told before."""


class Steps(NamedTuple):
    """A part of the past, and how finely it is looked at."""

    begins: float
    """Unix seconds."""
    seconds: float
    """Of each."""
    many: int


class PastQuestion(NamedTuple):
    """Look up what arrived in some partitions, step by step. Asked by one who asks nothing else."""

    number: int
    asker: Asker
    now: float
    asked_at: float
    partitions: tuple[PartitionId, ...]
    steps: Steps


@dataclass(frozen=True, slots=True, eq=False)
class Arrived:
    """What the brokers remember of it."""

    per_second: Rates | None = None
    """(K,) records/s in each step, NaN where they do not know any more; None where it cannot be had."""
    why: str = ""
    """Why not."""


class Farewell(NamedTuple):
    """Give the connection of an asker back."""

    asker: int


class Told(NamedTuple):
    """A reading, without what is the same as in the one before it: that is most of it."""

    reading: Reading
    same_partitions: bool = False
    same_past: bool = False


class Answer(NamedTuple):
    """A reading for each of the queries, in their order; or what went wrong with us, as for a log."""

    number: int
    readings: list[Told]
    failure: str = ""
    arrived: Arrived = Arrived()
    """The answer to a `PastQuestion`."""


def frame(message: Question | PastQuestion | Farewell | Answer) -> bytes:
    """The message as it is written."""
    body = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return LENGTH.pack(len(body)) + body


def told(reading: Reading, before: Reading | None) -> Told:
    """What has to be said of `reading` to somebody who knows the one before it."""
    if not isinstance(reading, Sample) or not isinstance(before, Sample):
        return Told(reading)
    same_partitions = reading.partitions is before.partitions
    same_past = bool(reading.past) and reading.past is before.past
    if not same_partitions and not same_past:
        return Told(reading)
    partitions: tuple[PartitionId, ...] = () if same_partitions else reading.partitions
    past: tuple[Recalled, ...] = () if same_past else reading.past
    return Told(replace(reading, partitions=partitions, past=past), same_partitions, same_past)


def heard(told: Told, before: Reading | None) -> Reading:
    """The reading that was told, with the very objects of the one before it where they are the same."""
    reading, same_partitions, same_past = told
    if not isinstance(reading, Sample) or not isinstance(before, Sample):
        return reading
    if not same_partitions and not same_past:
        return reading
    return replace(
        reading,
        partitions=before.partitions if same_partitions else reading.partitions,
        past=before.past if same_past else reading.past,
    )

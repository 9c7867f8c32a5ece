"""What a pass over a Kafka cluster carries along: its deadline, and questions that are slow to make."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import NamedTuple

from confluent_kafka import TopicPartition
from confluent_kafka.cimpl import OFFSET_SPEC_EARLIEST, OFFSET_SPEC_LATEST, OFFSET_SPEC_MAX_TIMESTAMP

from logpipeline.core.readings import PartitionId

OFFSETS_PER_REQUEST = 500
GRACE_SECONDS = 0.2
"""The client library gives up by itself at the deadline; this is how much later it may tell us."""


@dataclass(slots=True)
class Attempt:
    """One pass over the cluster: how long it may still take, and whether anybody answered.

    Each step has the pass's time up to its own share: one broker that is silent makes every step wait as
    long as it may, and must leave time for the last one, without which nothing would be known.
    """

    at: float
    """When it began, Unix seconds."""
    seconds: float
    """How long it may take in all."""
    answered: bool = False
    _began: float = field(default_factory=monotonic)

    def left(self, share: float = 1.0) -> float:
        """Seconds until that share is over; never so few that the library would take them for "no limit"."""
        return max(0.001, self._began + share * self.seconds - monotonic())

    def patience(self, share: float = 1.0) -> float:
        """Seconds to wait for an answer that was asked for in time; 0 when that is over."""
        return max(0.0, self._began + share * self.seconds + GRACE_SECONDS - monotonic())


class Found(NamedTuple):
    """Where a log stands, by one of its offsets."""

    offset: int
    """-1 where nothing is as new as the moment that was asked for."""
    written_at: float
    """When the record there was written, Unix seconds; negative where that was not asked for."""


class Batch(NamedTuple):
    """What is asked for in one request."""

    partitions: tuple[PartitionId, ...]
    keys: list[TopicPartition]
    """The same as the client library wants them; its answers have equal ones."""


@dataclass(frozen=True, slots=True)
class OffsetRequest:
    """A prepared question for one kind of offset of many partitions. Worth keeping: making it is slow."""

    partitions: tuple[PartitionId, ...]
    batches: Sequence[Batch]

    @classmethod
    def latest(cls, partitions: Iterable[PartitionId]) -> "OffsetRequest":
        """Ask for the log end offsets."""
        return cls._of(tuple(partitions), OFFSET_SPEC_LATEST)

    @classmethod
    def earliest(cls, partitions: Iterable[PartitionId]) -> "OffsetRequest":
        """Ask for the log start offsets."""
        return cls._of(tuple(partitions), OFFSET_SPEC_EARLIEST)

    @classmethod
    def newest(cls, partitions: Iterable[PartitionId]) -> "OffsetRequest":
        """Ask for the records with the latest timestamps."""
        return cls._of(tuple(partitions), OFFSET_SPEC_MAX_TIMESTAMP)

    @classmethod
    def since(cls, moment: float, partitions: Iterable[PartitionId]) -> "OffsetRequest":
        """Ask for the first record that was written at `moment`, Unix seconds, or later."""
        return cls._of(tuple(partitions), max(0, round(moment * 1_000)))

    @classmethod
    def _of(cls, partitions: tuple[PartitionId, ...], which: int) -> "OffsetRequest":
        starts = range(0, len(partitions), OFFSETS_PER_REQUEST)
        parts = [partitions[start : start + OFFSETS_PER_REQUEST] for start in starts]
        return cls(partitions, [Batch(part, [TopicPartition(*one, which) for one in part]) for part in parts])

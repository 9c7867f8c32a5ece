"""What a pass over a Kafka cluster carries along: its deadline, and questions that are slow to make."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from time import monotonic

from confluent_kafka import TopicPartition
from confluent_kafka.admin._listoffsets import OffsetSpec

from logpipeline.core.model import PartitionId

OFFSETS_PER_REQUEST = 500
GRACE_SECONDS = 0.2
"""The client library gives up by itself at the deadline; this is how much later it may tell us."""


@dataclass(slots=True)
class Attempt:
    """One pass over the cluster: how long it may still take, and whether anybody answered."""

    at: float
    """When it began, Unix seconds."""
    seconds: float
    """How long it may take in all."""
    answered: bool = False
    _began: float = field(default_factory=monotonic)

    @property
    def left(self) -> float:
        """Seconds that are left; never so few that the library would take them for "no limit"."""
        return max(0.001, self._began + self.seconds - monotonic())

    @property
    def patience(self) -> float:
        """Seconds to wait for an answer that was asked for in time."""
        return max(0.0, self._began + self.seconds + GRACE_SECONDS - monotonic())


@dataclass(frozen=True, slots=True)
class OffsetRequest:
    """A prepared question for one kind of offset of many partitions. Worth keeping: making it is slow."""

    partitions: tuple[PartitionId, ...]
    batches: Sequence[dict[TopicPartition, OffsetSpec]]

    @classmethod
    def latest(cls, partitions: Iterable[PartitionId]) -> "OffsetRequest":
        """Ask for the log end offsets."""
        return cls._of(tuple(partitions), OffsetSpec.latest())  # type: ignore[no-untyped-call]

    @classmethod
    def earliest(cls, partitions: Iterable[PartitionId]) -> "OffsetRequest":
        """Ask for the log start offsets."""
        return cls._of(tuple(partitions), OffsetSpec.earliest())  # type: ignore[no-untyped-call]

    @classmethod
    def _of(cls, partitions: tuple[PartitionId, ...], spec: OffsetSpec) -> "OffsetRequest":
        keys = [TopicPartition(topic, partition) for topic, partition in partitions]
        starts = range(0, len(keys), OFFSETS_PER_REQUEST)
        return cls(partitions, [dict.fromkeys(keys[i : i + OFFSETS_PER_REQUEST], spec) for i in starts])

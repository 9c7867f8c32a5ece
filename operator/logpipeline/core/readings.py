"""What a source tells of one moment: a sample, or why there is none.

Times are Unix seconds, counts are records, rates records/s. Arrays are never written to after they were made.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from logpipeline.api.conditions import Reason

Counts = NDArray[np.int64]
Rates = NDArray[np.float64]


class PartitionId(NamedTuple):
    """One partition of a Kafka topic. A Redis stream is its own partition 0."""

    topic: str
    partition: int


class Sharing(StrEnum):
    """How the consumers of a group share the records."""

    PARTITIONED = "Partitioned"
    """A partition belongs to one consumer at a time: Kafka."""
    SHARED = "Shared"
    """Any consumer takes any record: a Redis stream."""


class GroupState(StrEnum):
    """What a consumer group is doing."""

    STABLE = "Stable"
    REBALANCING = "Rebalancing"
    EMPTY = "Empty"
    DEAD = "Dead"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class Group:
    """A consumer group as its coordinator describes it."""

    state: GroupState
    assignor: str | None
    """Name of the assignor in use, `range` or `uniform` for example; None where there is none."""
    members: int


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a measurement is no ground for a smaller count: something that people must know."""

    reason: Reason
    message: str
    """What is wrong, where, and what to do, in a sentence."""


@dataclass(frozen=True, slots=True, eq=False)
class Recalled:
    """What a source remembers of an earlier moment: how far its log had been written by then."""

    at: float
    """The moment, Unix seconds."""
    partitions: tuple[PartitionId, ...]
    """`P` of them, sorted."""
    produced: Rates
    """(P,) records ever written by then; NaN where the source does not remember."""


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """What waits in a source, at one moment. Partial where `missing` is not empty: then a lower bound."""

    at: float
    """When the end of the log was read."""
    sharing: Sharing
    partitions: tuple[PartitionId, ...]
    """Those that could be measured, `P` of them, sorted."""
    produced: Counts
    """(P,) records ever written: log end offset, or `entries-added`."""
    consumed: Counts
    """(P,) records ever consumed: committed offset, or what is neither in the lag nor pending."""
    missing: tuple[PartitionId, ...] = ()
    """Those that are known to exist and could not be measured."""
    missing_because: str = ""
    """Why, in a sentence."""
    estimated: bool = False
    """The counts are an upper bound rather than exact."""
    oldest_at: float | None = None
    """When the oldest waiting record was written, where the source knows; None where it does not."""
    group: Group | None = None
    """The group, where the source has such a thing and it could be described."""
    counted: bool = True
    """`produced` and `consumed` are counters. False: only their difference means anything, and no rate can be
    had from them: a Redis list without a counter, a Prometheus query."""
    arrival_per_second: float | None = None
    """Records/s that arrive in all, where the source tells a rate rather than a counter."""
    lost: Counts | None = None
    """(P,) records that were deleted before the group consumed them: its commit is below the log start by so
    many. None where the source cannot tell."""
    kept: Rates | None = None
    """(P,) records between the log start and the group's position, infinite where nothing was ever deleted:
    so many retention can still delete before it overtakes the group. None where the source cannot tell."""
    past: tuple[Recalled, ...] = ()
    """Earlier moments, the oldest first, all before the first sample: so that rates are known at once.

    The same tuple from sample to sample; empty as soon as it disagreed with what was measured since."""
    doubts: tuple[Doubt, ...] = ()
    """Why this is no ground for a smaller count, though every partition was measured."""

    @property
    def complete(self) -> bool:
        """Every partition was measured."""
        return not self.missing

    @property
    def backlog(self) -> Counts:
        """(P,) records that wait. Never negative."""
        waiting: Counts = np.maximum(self.produced - self.consumed, 0)
        return waiting


@dataclass(frozen=True, slots=True)
class Missing:
    """A measurement that could not be had. It is not a zero."""

    at: float
    reason: Reason
    message: str
    """What is wrong, where, and what to do, in a sentence."""


Reading = Sample | Missing

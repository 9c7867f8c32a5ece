"""The frozen values that cross between measuring, deciding and acting.

A number travels one way: a source makes a `Reading`, the store makes windows of them, the tick freezes an
`Observation`, `decide` returns a `Decision`. Times are Unix seconds, counts are records, rates records/s.
Arrays are never written to after they were made.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from logpipeline.api.conditions import ConditionStatus, ConditionType, Reason
from logpipeline.api.status import AlertState
from logpipeline.core.arrays import sum_of
from logpipeline.core.readings import Counts, Doubt, Group, PartitionId, Rates, Sharing
from logpipeline.core.rules import Rule


@dataclass(frozen=True, slots=True)
class Workload:
    """The workload that empties a stage."""

    uid: str
    replicas: int
    """Replicas it asks for."""
    ready: int | None
    """Replicas that are ready; None for kinds that do not tell."""
    managers: tuple[str, ...] = ()
    """Field managers that own the replica count."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a stage may not be scaled."""

    reason: Reason
    message: str


class Applied(NamedTuple):
    """One rule that shaped a decision, with its numbers."""

    rule: Rule
    value: str


@dataclass(frozen=True, slots=True, eq=False)
class Measures:
    """What a window of readings says about one stage. None: not known."""

    at: float
    """When it was measured."""
    sharing: Sharing
    partitions: tuple[PartitionId, ...]
    """Those that could be measured, `P` of them."""
    missing: int
    """Partitions that could not be measured."""
    lower_bound: bool
    """Some partition or its arrival is not known, or is doubted: may raise a count and never lower it."""
    backlog: Counts
    """(P,) records that wait."""
    excess: Rates
    """(P,) records that wait beyond what flows between two commits."""
    arrival: Rates | None
    """(P,) records/s that arrive: the larger of those over 60 s and 300 s."""
    slope: float
    """Growth of the total arrival, records/s per second, over the last minutes; never negative."""
    consumption: Rates | None
    """(P,) records/s that are consumed."""
    oldest_seconds: float | None
    """Age of the oldest record that waits; at least so much, where it waited before the window began."""
    drain_seconds: float | None
    """When the excess will be gone at the present pace; None where it is not shrinking or not known."""
    estimated: bool
    """The backlog is an upper bound rather than exact."""
    group: Group | None
    missing_because: str
    """Why partitions could not be measured; empty when all could."""
    pace: float | None = None
    """Records/s by which what waits grew within the last minute, negative where it shrank."""
    noise: float = 0.0
    """Standard deviation of what arrives within half a minute about its trend, as a share of it."""
    commit_interval_seconds: float = 0.0
    """How often consumers tell how far they are; 0 where every record is acknowledged."""
    taken: Rates | None = None
    """(P,) records/s that were consumed over `taken_seconds`, long enough to learn from; None: not known."""
    taken_seconds: float = 0.0
    busy: NDArray[np.bool_] | None = None
    """(P,) whether there was work in it all that time."""
    still_seconds: Rates | None = None
    """(P,) how long the group's position has not moved; None where every one moves."""
    rewound_seconds: Rates | None = None
    """(P,) how long ago it went back, NaN where it did not; None where none did."""
    kept: Rates | None = None
    """(P,) records between the log start and the group's position; infinite where nothing was ever
    deleted."""
    produced: float | None = None
    """Records that ever arrived; None where that is not wholly known."""
    consumed: float | None = None
    """Records that were ever consumed, likewise."""
    lost: int = 0
    """Records that were deleted before they were consumed, of those that the group has yet to jump over."""
    doubts: tuple[Doubt, ...] = ()
    """Why this is no ground for a smaller count."""
    arriving: float = field(init=False)
    """Records/s that arrive in all; 0 where that is not known."""
    consuming: float = field(init=False)
    """Records/s that are consumed in all, likewise."""
    exceeding: float = field(init=False)
    """Records of the excess in all."""

    def __post_init__(self) -> None:
        """Add up once what every rule asks for."""
        object.__setattr__(self, "arriving", 0.0 if self.arrival is None else sum_of(self.arrival))
        object.__setattr__(self, "consuming", 0.0 if self.consumption is None else sum_of(self.consumption))
        object.__setattr__(self, "exceeding", sum_of(self.excess))

    @property
    def waiting(self) -> float:
        """Records that wait in all."""
        return float(self.backlog.sum(dtype=np.float64))


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert on its way from pending to resolved."""

    name: str
    state: AlertState
    since: float
    id: str
    message: str


class Urgency(StrEnum):
    """The type of a Kubernetes Event."""

    NORMAL = "Normal"
    WARNING = "Warning"


@dataclass(frozen=True, slots=True)
class Announcement:
    """Something to tell people once: an Event, and later a message."""

    urgency: Urgency
    reason: Reason
    message: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A condition, before it has a time and a generation."""

    type: ConditionType
    status: ConditionStatus
    reason: Reason
    message: str


@dataclass(frozen=True, slots=True)
class Said:
    """What was said of one condition, and what there was to say: they differ where that flickers."""

    told: Statement
    """What people read."""
    announced: Statement
    """What they heard of last: an end is announced when it has lasted."""
    found: Statement
    """What there was to say at the last decision."""
    since: float
    """Since when there was."""
    earlier: tuple[tuple[Statement, float], ...] = ()
    """What there was to say shortly before, each with the moment at which there was something else."""

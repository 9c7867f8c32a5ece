"""The frozen values that cross between measuring, deciding and acting.

A number travels one way: a source makes a `Reading`, the store makes windows of them, the tick freezes an
`Observation`, `decide` returns a `Decision`. Times are Unix seconds, counts are records, rates records/s.
Arrays are never written to after they were made.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from logpipeline.api.conditions import ConditionStatus, ConditionType, Reason
from logpipeline.api.status import AlertState
from logpipeline.core.rules import Rule

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


class Verdict(StrEnum):
    """What a decision asks of the actuator."""

    HOLD = "Hold"
    """Leave the workload as it is."""
    CLAIM = "Claim"
    """Write the count that is there, to own it."""
    SCALE = "Scale"
    """Write another count."""


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
    """Growth of the total arrival, records/s per second, from the last minute; never negative."""
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
    lost: int = 0
    """Records that were deleted before they were consumed, of those that the group has yet to jump over."""
    doubts: tuple[Doubt, ...] = ()
    """Why this is no ground for a smaller count."""

    @property
    def waiting(self) -> float:
        """Records that wait in all."""
        return float(self.backlog.sum(dtype=np.float64))


@dataclass(frozen=True, slots=True)
class StageDecision:
    """What to do with one stage, and why."""

    verdict: Verdict
    replicas: int | None
    """Replicas wanted; None where nothing is known of the workload."""
    uncapped: int | None
    """Replicas that would be needed if there were no bounds; None where demand is not known."""
    usable: int | None
    """Replicas that can have work at once; None where it does not matter or is not known."""
    line: str
    """The decision in one line."""
    rules: tuple[Applied, ...]
    """What shaped it, in order."""
    scaling: Obstacle
    """Reason and sentence for the `ScalingActive` condition."""
    scaling_active: bool
    measures: Measures | None
    """None when nothing could be measured now."""
    missing: Missing | None
    """Why, then."""
    observed: int | None = None
    """Replicas that it was decided on; None where nothing is known of the workload."""


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


@dataclass(frozen=True, slots=True)
class PastWant:
    """A count that was wanted at some time."""

    at: float
    replicas: int


@dataclass(frozen=True, slots=True)
class Contest:
    """Another manager wrote the count that we had written."""

    at: float
    manager: str


@dataclass(frozen=True, slots=True)
class Loss:
    """Records are being lost, or were until a moment ago."""

    before: int
    """Records that had been lost in all before that."""
    told: int
    """Records that had been lost in all when that was last told."""
    seen_at: float
    """When the group was last seen behind the log start."""


@dataclass(frozen=True, slots=True)
class StageMemory:
    """What a stage's next decision must remember of the earlier ones."""

    identity: str
    """The source and the target it speaks of: another identity starts a new memory."""
    since: float
    """When the watching began, anew after a gap. Nothing shrinks before a whole window has been seen."""
    wants: tuple[PastWant, ...] = ()
    """Counts wanted within the stabilization window, falling: the first is the largest."""
    written: int | None = None
    """The count we wrote last; None before the first."""
    written_at: float | None = None
    """When; also set when somebody else changed the count."""
    floor: int | None = None
    """The count that somebody else lowered since it was last known what is needed; None where nobody did."""
    advised: int | None = None
    """The count that was last advised; None before the first, and in another mode."""
    contests: tuple[Contest, ...] = ()
    """Who overwrote us, lately."""
    asked: int | None = None
    """Replicas that the workload asked for when it was last seen; None where ready ones are not told."""
    starting_since: float | None = None
    """When more replicas were asked for that are not all ready yet."""
    start_up_seconds: float | None = None
    """How long replicas take to be ready, as measured."""
    at_work: int | None = None
    """Replicas that worked when the workload was last seen."""
    at_work_since: float | None = None
    """Since when as many did."""
    refusal: Obstacle | None = None
    """Why the last write of the count did not succeed; None when it did."""
    measured_at: float | None = None
    """When the source was last measured, wholly or in part."""
    unknown_since: float | None = None
    """When some partition could not be measured at first; None while all are."""
    whole_at: float | None = None
    """When it was last measured wholly, with all its rates."""
    assignor: str | None = None
    """The group's assignor as last told: while a group rebalances or is empty, it tells none."""
    lost: int = 0
    """Records that were deleted before they were consumed, in all."""
    overtaken: int = 0
    """Of those, the ones that the group has yet to jump over."""
    loss: Loss | None = None
    """The losses of these minutes; None where there are none."""
    last: "DecisionRecord | None" = None
    """The last decision that changed something, or would have."""


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """A decision as status keeps it."""

    at: float
    replicas: int
    line: str
    rules: tuple[Applied, ...] = ()
    tentative: bool = False
    """Arrival was not known yet: the first decision that knows it takes its place."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What a pipeline's next decision must remember, by the name of the stage."""

    stages: Mapping[str, StageMemory] = field(default_factory=lambda: MappingProxyType({}))
    alerts: tuple[Alert, ...] = ()
    statements: tuple[Statement, ...] = ()
    said: Mapping[ConditionType, Said] = field(default_factory=lambda: MappingProxyType({}))
    """Of the conditions that could flicker."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with a pipeline, what to tell, and what to remember."""

    at: float
    stages: Mapping[str, StageDecision]
    """In the order of the spec."""
    backlog: float | None
    """Excess records of the whole pipeline; None when no stage could be measured."""
    alerts: tuple[Alert, ...]
    statements: tuple[Statement, ...]
    announcements: tuple[Announcement, ...]
    memory: Memory

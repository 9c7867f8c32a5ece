"""What the next decision must remember of the earlier ones."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from logpipeline.api.conditions import ConditionType
from logpipeline.core.capacity import Full, Learned
from logpipeline.core.floors.floor import EventMemory
from logpipeline.core.floors.proof import Proof
from logpipeline.core.flow import Inflow
from logpipeline.core.markers import Markers
from logpipeline.core.model import Alert, Applied, Obstacle, Said, Statement


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
    rebalancing_since: float | None = None
    """When the group was first seen to rebalance; None while it does not."""
    stable_since: float | None = None
    """When it was first seen not to rebalance any more."""
    rebalance_seconds: float | None = None
    """How long that takes, as measured."""
    learned: Learned | None = None
    """What one replica can do, as measured."""
    inflow: Inflow | None = None
    """How many records come of one that the stage before consumes."""
    full: Full | None = None
    """What all replicas took when all were busy."""
    markers: Markers | None = None
    """Where nothing waits but the marker of a transaction."""
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
    events: tuple[EventMemory, ...] = ()
    """What was planned for announced events that concern it now."""
    proof: Proof | None = None
    """How many replicas are proven ready; None while no event asks for that."""
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

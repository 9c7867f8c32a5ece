"""What of events is kept in status, and what a restarted operator makes of it."""

from collections.abc import Sequence

from logpipeline.api.conditions import Reason
from logpipeline.api.status import StageEventStatus
from logpipeline.core.figures import whole
from logpipeline.core.floors.floor import EventMemory, Floor
from logpipeline.core.floors.proof import Proof
from logpipeline.core.timestamps import read_time, spell_time

MOST_KEPT = 20
"""Events of one stage in status; those that ask for most by now."""
_KNOWN_REASONS = frozenset(Reason)


def event_statuses(
    floors: Sequence[Floor], memories: Sequence[EventMemory]
) -> tuple[StageEventStatus, ...] | None:
    """Each event, the highest floor first; None while there is none."""
    pairs = sorted(zip(floors, memories, strict=True), key=lambda pair: (-pair[0].replicas, pair[0].name))
    return tuple(_status(floor, memory) for floor, memory in pairs[:MOST_KEPT]) or None


def recalled_events(statuses: Sequence[StageEventStatus] | None) -> tuple[EventMemory, ...]:
    """What was planned, asked for and told."""
    return tuple(
        EventMemory(
            status.name,
            read_time(status.start),
            status.expected,
            since=read_time(status.since),
            planned=status.planned,
            floor=status.floor,
            told=tuple(Reason(reason) for reason in status.told if reason in _KNOWN_REASONS),
        )
        for status in statuses or ()
    )


def recalled_proof(statuses: Sequence[StageEventStatus] | None) -> Proof | None:
    """What was proven; the next look at the source goes on from there."""
    known = [(status.ready, status.proof or "") for status in statuses or () if status.ready is not None]
    if not known:
        return None
    proven, by = max(known)
    return Proof(-1.0, 0, proven, by)


def _status(floor: Floor, memory: EventMemory) -> StageEventStatus:
    return StageEventStatus(
        name=floor.name,
        start=spell_time(memory.start),
        expected=memory.expected,
        since=spell_time(memory.since),
        phase=floor.phase.value,
        per_second=None if floor.per_second is None else whole(floor.per_second),
        needed=floor.needed if floor.needed > floor.planned else None,
        planned=floor.planned,
        floor=floor.replicas,
        ready=floor.proven,
        proof=floor.proof or None,
        told=tuple(reason.value for reason in memory.told),
    )

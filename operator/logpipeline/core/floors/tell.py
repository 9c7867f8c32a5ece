"""What people hear of a warming: that it is not ready in time, and that it is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from logpipeline.api.conditions import ConditionStatus, ConditionType, Reason
from logpipeline.core.floors.floor import EventMemory, Floor
from logpipeline.core.model import Announcement, Statement, Urgency

MINUTE = 60.0


def tell(event: EventMemory, floor: Floor, now: float) -> EventMemory:
    """With what there is to tell of it now; each thing is told once."""
    reason = _reason(floor, now)
    over = now >= floor.sale.occurrence.end
    if over or reason is Reason.WARMING or reason in event.told:
        return event
    return replace(event, told=(*event.told, reason))


def prewarm_news(
    stage: str,
    before: Sequence[EventMemory],
    after: Sequence[EventMemory],
    floors: Sequence[Floor],
    now: float,
) -> tuple[Announcement, ...]:
    """What is to be told that was not told before."""
    known = {(event.name, int(event.start), event.expected): event.told for event in before}
    told = []
    for event, floor in zip(after, floors, strict=True):
        earlier = known.get((event.name, int(event.start), event.expected), ())
        told += [
            Announcement(
                Urgency.NORMAL if reason is Reason.PREWARMED else Urgency.WARNING,
                reason,
                f"{stage}: {_sentence(floor, now)}",
            )
            for reason in event.told
            if reason not in earlier
        ]
    return tuple(told)


def prewarm_ready(floors: Mapping[str, Sequence[Floor]], now: float) -> Statement | None:
    """Whether all that is announced can come; None while nothing is, or is over.

    `floors` are those of each stage, by its name.
    """
    found = [
        (_reason(floor, now), name, floor)
        for name, each in floors.items()
        for floor in each
        if now < floor.sale.occurrence.end
    ]
    for reason, status in (
        (Reason.PREWARM_NOT_READY, ConditionStatus.FALSE),
        (Reason.BASELINE_UNKNOWN, ConditionStatus.FALSE),
        (Reason.WARMING, ConditionStatus.UNKNOWN),
        (Reason.PREWARMED, ConditionStatus.TRUE),
    ):
        these = [f"{name}: {_sentence(floor, now)}" for why, name, floor in found if why is reason]
        if these:
            return Statement(ConditionType.PREWARM_READY, status, reason, " ".join(these))
    return None


def _reason(floor: Floor, now: float) -> Reason:
    if floor.unknown is not None and floor.planned == 0:
        return Reason.BASELINE_UNKNOWN
    if floor.shortfall == 0 and floor.proven is not None:
        return Reason.PREWARMED
    return Reason.WARMING if now < floor.sale.occurrence.ready else Reason.PREWARM_NOT_READY


def _sentence(floor: Floor, now: float) -> str:
    if floor.unknown is not None and floor.planned == 0:
        return floor.unknown.message
    start = floor.sale.occurrence.start
    left = f"starts in {_spell(start - now)}" if now < start else f"began {_spell(now - start)} ago"
    known = "nobody can tell how many" if floor.proven is None else str(floor.proven)
    stand = f"{floor.name} {left}: {known} of {floor.planned} replicas are proven ready, by {floor.proof}"
    short = "" if floor.shortfall == 0 else f"{floor.shortfall} are short"
    return ". ".join(each for each in (stand, short, *_more(floor)) if each) + "."


def _more(floor: Floor) -> Iterable[str]:
    if floor.bound:
        yield f"It {floor.bound}"
    yield from (note[0].upper() + note[1:] for note in floor.notes)


def _spell(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 2 * MINUTE else f"{seconds / MINUTE:.0f} min"

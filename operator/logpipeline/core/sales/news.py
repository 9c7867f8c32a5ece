"""What of an event's status is told once, and when a status is worth a write."""

from collections.abc import Iterator

from logpipeline.api.conditions import Condition, ConditionStatus, ConditionType, Reason
from logpipeline.api.sale_status import Phase, SalesEventStatus
from logpipeline.core.model import Announcement, Urgency
from logpipeline.core.news import moved, wording

_QUIET = frozenset({Reason.SUSPENDED, Reason.NEVER_AGAIN, Reason.NOT_YET_MEASURED})
"""Not feasible, and nobody needs to be warned."""
_UNDER_WAY = frozenset({Phase.WARMING, Phase.READY, Phase.ACTIVE, Phase.RAMPING_DOWN})

_ENDED = frozenset({Phase.RAMPING_DOWN, Phase.DONE})


def sale_news(before: SalesEventStatus | None, after: SalesEventStatus) -> tuple[Announcement, ...]:
    """What people should hear of that the status before had not said yet."""
    return (*_feasible(before, after), *_prewarm(before, after), *_phases(before, after))


def is_urgent(before: SalesEventStatus | None, after: SalesEventStatus) -> bool:
    """The phase, a count, a condition or the spec's generation is another one."""
    return before is None or _what_matters(before) != _what_matters(after)


def has_drifted(before: SalesEventStatus, after: SalesEventStatus) -> bool:
    """Something is said in other words, some figure moved by more than 5 %, or there is less time left."""
    if _planned(before) != _planned(after) or wording(before.conditions) != wording(after.conditions):
        return True
    left = {_message(one, ConditionType.PREWARM_READY) for one in (before, after)}
    pairs = zip(before.stages, after.stages, strict=False)
    return len(left) > 1 or any(moved(a.per_second, b.per_second) for a, b in pairs)


def _what_matters(status: SalesEventStatus) -> object:
    return (
        status.observed_generation,
        status.phase,
        status.occurrence,
        status.pipelines,
        [(each.type, each.status, each.reason) for each in status.conditions],
        _planned(status) if status.phase in _UNDER_WAY else None,
    )


def _planned(status: SalesEventStatus) -> object:
    """Counts; of an event that is far ahead they tremble with what is measured."""
    stages = [(s.pipeline, s.stage, s.planned, s.floor, s.ready, s.why) for s in status.stages]
    return status.replicas, stages


def _feasible(before: SalesEventStatus | None, after: SalesEventStatus) -> Iterator[Announcement]:
    """A trouble that is new, or another than before; and its end."""
    past, now = (_condition(one, ConditionType.FEASIBLE) for one in (before, after))
    if now is None or now.reason in _QUIET:
        return
    reason, known = Reason(now.reason), None if past is None else past.reason
    edited = before is None or before.observed_generation != after.observed_generation
    if now.status is ConditionStatus.FALSE and (known != now.reason or edited):
        yield Announcement(Urgency.WARNING, reason, now.message)
    elif now.status is ConditionStatus.TRUE and (known is None or known != now.reason):
        yield Announcement(Urgency.NORMAL, reason, now.message)


def _prewarm(before: SalesEventStatus | None, after: SalesEventStatus) -> Iterator[Announcement]:
    past, now = (_condition(one, ConditionType.PREWARM_READY) for one in (before, after))
    if now is None or (past is not None and past.reason == now.reason and _same_time(before, after)):
        return
    if now.reason == Reason.PREWARM_NOT_READY:
        yield Announcement(Urgency.WARNING, Reason.PREWARM_NOT_READY, now.message)
    elif now.reason == Reason.PREWARMED:
        yield Announcement(Urgency.NORMAL, Reason.PREWARMED, now.message)


def _phases(before: SalesEventStatus | None, after: SalesEventStatus) -> Iterator[Announcement]:
    past = None if before is None or not _same_time(before, after) else before.phase
    if after.phase is past or after.occurrence is None:
        return
    times, counts = after.occurrence, after.replicas or "no"
    if after.phase is Phase.ACTIVE:
        text = f"It started at {times.start}, with {counts} replicas proven ready."
        yield Announcement(Urgency.NORMAL, Reason.STARTED, text)
    elif after.phase in _ENDED and past not in _ENDED and past is not None:
        text = f"It ended at {times.end}; what it asks for goes down until {times.over}."
        yield Announcement(Urgency.NORMAL, Reason.OVER, text)
    elif after.phase is Phase.MISSED:
        text = f"It was over at {times.over}, before anything could be done for it."
        yield Announcement(Urgency.WARNING, Reason.MISSED, text)


def _same_time(before: SalesEventStatus | None, after: SalesEventStatus) -> bool:
    if before is None or before.occurrence is None or after.occurrence is None:
        return False
    return before.occurrence.start == after.occurrence.start


def _condition(status: SalesEventStatus | None, kind: ConditionType) -> Condition | None:
    conditions = () if status is None else status.conditions
    return next((each for each in conditions if each.type == kind), None)


def _message(status: SalesEventStatus, kind: ConditionType) -> str | None:
    found = _condition(status, kind)
    return None if found is None else found.message

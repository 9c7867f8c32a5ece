"""Whether a status is worth a write: at once for what people act on, seldom for figures that drift."""

import re
from collections.abc import Iterable

from logpipeline.api.conditions import Condition
from logpipeline.api.status import LogPipelineStatus, StageStatus

WORTHWHILE_SHARE = 0.05
_NUMBER = re.compile(r"\d[\d.,]*[kMG]?")


def is_urgent(before: LogPipelineStatus | None, after: LogPipelineStatus) -> bool:
    """A count, a condition, an alert or the spec's generation is another one."""
    if before is None:
        return True
    return _what_matters(before) != _what_matters(after)


def has_drifted(before: LogPipelineStatus, after: LogPipelineStatus) -> bool:
    """Some figure moved by more than 5 %, became known or became unknown; or what is said is another."""
    if wording(before.conditions) != wording(after.conditions) or _groups(before) != _groups(after):
        return True
    pairs = zip(before.stages, after.stages, strict=False)
    return any(moved(old, new) for a, b in pairs for old, new in zip(_figures(a), _figures(b), strict=True))


def _what_matters(status: LogPipelineStatus) -> object:
    return (
        status.observed_generation,
        status.summary and status.summary.next_sale,
        [(stage.name, _counts(stage), _events(stage)) for stage in status.stages],
        [(condition.type, condition.status, condition.reason) for condition in status.conditions],
        [(alert.id, alert.state) for alert in status.alerts],
    )


def wording(conditions: Iterable[Condition]) -> list[str]:
    """What the conditions say, without the numbers, which drift."""
    return [_NUMBER.sub("#", condition.message) for condition in conditions]


def _groups(status: LogPipelineStatus) -> list[str]:
    return [f"{stage.group} {' '.join(stage.verdicts or ())}" for stage in status.stages]


def _counts(stage: StageStatus) -> object:
    counts = stage.replicas
    return counts and (counts.observed, counts.ready, counts.wanted)


def _events(stage: StageStatus) -> object:
    """What must outlast this process: what was planned and told, and how far it is."""
    return [(e.name, e.start, e.phase, e.planned, e.floor, e.ready, e.told) for e in stage.events or ()]


def _figures(stage: StageStatus) -> tuple[int | None, ...]:
    return (
        stage.backlog_records,
        stage.arrival_per_second,
        stage.consumption_per_second,
        stage.oldest_seconds,
        stage.drain_seconds,
        None if stage.capacity is None else stage.capacity.records_per_second,
        stage.lost_records,
        stage.overtaken_records,
    )


def moved(before: int | None, after: int | None) -> bool:
    """By more than 5 %, or it became known or unknown."""
    if before is None or after is None:
        return before is not after
    return abs(after - before) > WORTHWHILE_SHARE * max(abs(before), abs(after))

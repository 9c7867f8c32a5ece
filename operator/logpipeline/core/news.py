"""Whether a status is worth a write: at once for what people act on, seldom for figures that drift."""

import re

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
    if _wording(before) != _wording(after) or _groups(before) != _groups(after):
        return True
    pairs = zip(before.stages, after.stages, strict=False)
    return any(_moved(old, new) for a, b in pairs for old, new in zip(_figures(a), _figures(b), strict=True))


def _what_matters(status: LogPipelineStatus) -> object:
    return (
        status.observed_generation,
        [(stage.name, _counts(stage)) for stage in status.stages],
        [(condition.type, condition.status, condition.reason) for condition in status.conditions],
        [(alert.id, alert.state) for alert in status.alerts],
    )


def _wording(status: LogPipelineStatus) -> list[str]:
    """What the conditions say, without the numbers, which drift."""
    return [_NUMBER.sub("#", condition.message) for condition in status.conditions]


def _groups(status: LogPipelineStatus) -> list[str]:
    return [f"{stage.group} {' '.join(stage.verdicts or ())}" for stage in status.stages]


def _counts(stage: StageStatus) -> object:
    counts = stage.replicas
    return counts and (counts.observed, counts.ready, counts.wanted)


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


def _moved(before: int | None, after: int | None) -> bool:
    if before is None or after is None:
        return before is not after
    return abs(after - before) > WORTHWHILE_SHARE * max(abs(before), abs(after))

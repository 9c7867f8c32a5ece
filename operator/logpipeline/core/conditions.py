"""A decision -> what is said about the pipeline as a whole, and what of it is news."""

from collections.abc import Iterable, Mapping, Sequence

from logpipeline.api.conditions import ConditionStatus, ConditionType, Reason
from logpipeline.api.status import AlertState
from logpipeline.core.decision import StageDecision
from logpipeline.core.model import Alert, Announcement, Obstacle, Statement, Urgency

_CHOSEN = frozenset({Reason.ADVISING, Reason.PAUSED})
"""Not scaling because the spec asks for it is no trouble."""
_GRAVITY = {Reason.RECORDS_LOST: 0, Reason.ARRIVAL_UNKNOWN: 2}
"""Of several doubts the gravest names the condition; all that are not listed are in between."""
_NO_TROUBLE = _CHOSEN | {Reason.NOT_YET_MEASURED}
_NEWS = frozenset({ConditionType.SCALING_ACTIVE, ConditionType.SOURCES_AVAILABLE})


def statements(
    scaling: Statement, sources: Statement, alerts: Sequence[Alert], prewarm: Statement | None = None
) -> tuple[Statement, ...]:
    """Every condition of a pipeline whose spec is valid, from what is said of its scaling and its sources.

    `prewarm` is what is said of events that concern it; None while none does.
    """
    said = (*_ready(scaling, sources), scaling, sources, _alerts_firing(alerts))
    return said if prewarm is None else (*said, prewarm)


def invalid_spec(message: str) -> tuple[Statement, ...]:
    """Every condition of a pipeline whose spec this operator cannot read."""
    bad = Obstacle(Reason.SPEC_INVALID, message)
    return (
        _statement(ConditionType.READY, ConditionStatus.FALSE, bad),
        _statement(ConditionType.RECONCILING, ConditionStatus.FALSE, bad),
        _statement(ConditionType.STALLED, ConditionStatus.TRUE, bad),
        _statement(ConditionType.SCALING_ACTIVE, ConditionStatus.FALSE, bad),
    )


def news(before: Sequence[Statement], after: Sequence[Statement]) -> tuple[Announcement, ...]:
    """What a person should hear of: trouble that began or changed its reason, and its end."""
    earlier = {statement.type: statement for statement in before}
    told = []
    for statement in after:
        if statement.type not in _NEWS:
            continue
        past = earlier.get(statement.type)
        if _is_told_here(statement) and (past is None or past.reason != statement.reason):
            told.append(Announcement(Urgency.WARNING, statement.reason, statement.message))
        elif not is_trouble(statement) and past is not None and _is_told_here(past):
            told.append(
                Announcement(Urgency.NORMAL, statement.reason, f"Over: {past.reason}. {statement.message}")
            )
    return tuple(told)


def is_trouble(statement: Statement) -> bool:
    """Somebody should look."""
    if statement.reason is Reason.TARGET_CONTESTED or _is_doubted(statement):
        return True
    return statement.status is ConditionStatus.FALSE and statement.reason not in _NO_TROUBLE


def _is_told_here(statement: Statement) -> bool:
    """Trouble, but for lost records: those are told where they are counted."""
    return is_trouble(statement) and statement.reason is not Reason.RECORDS_LOST


def _is_doubted(statement: Statement) -> bool:
    """It was measured, and is no ground for fewer replicas."""
    measured = statement.status is ConditionStatus.TRUE and statement.reason is not Reason.MEASURED
    return statement.type is ConditionType.SOURCES_AVAILABLE and measured


def scaling_active(stages: Mapping[str, StageDecision]) -> Statement:
    """The worst of the stages: what hinders one is said, and which."""
    hindered = {name: stage for name, stage in stages.items() if not stage.scaling_active}
    chosen = {name: stage for name, stage in hindered.items() if stage.scaling.reason in _CHOSEN}
    contested = {n: s for n, s in stages.items() if s.scaling.reason is Reason.TARGET_CONTESTED}
    for found in ({n: s for n, s in hindered.items() if n not in chosen}, contested, chosen, stages):
        if found:
            reason = next(iter(found.values())).scaling.reason
            message = _sentences({name: stage.scaling.message for name, stage in found.items()})
            status = ConditionStatus.FALSE if found.keys() & hindered.keys() else ConditionStatus.TRUE
            return Statement(ConditionType.SCALING_ACTIVE, status, reason, message)
    raise ValueError("a pipeline has at least one stage")


def sources_available(stages: Mapping[str, StageDecision]) -> Statement:
    """The worst of the stages: what could not be measured, or is doubted, and where."""
    kind = ConditionType.SOURCES_AVAILABLE
    absent = {name: stage.missing for name, stage in stages.items() if stage.missing is not None}
    if absent:
        known = [missing for missing in absent.values() if missing.reason is not Reason.NOT_YET_MEASURED]
        reason = known[0].reason if known else Reason.NOT_YET_MEASURED
        status = ConditionStatus.FALSE if known else ConditionStatus.UNKNOWN
        return Statement(
            kind, status, reason, _sentences({n: missing.message for n, missing in absent.items()})
        )
    measured = {name: stage.measures for name, stage in stages.items() if stage.measures is not None}
    doubts = [doubt for measures in measured.values() for doubt in measures.doubts]
    doubted = {n: _spell_out(doubt.message for doubt in m.doubts) for n, m in measured.items() if m.doubts}
    partly = {name: measures for name, measures in measured.items() if measures.missing}
    if partly:
        why = {
            n: f"{m.missing} partitions could not be measured. {m.missing_because}" for n, m in partly.items()
        }
        told = " ".join([_sentences(why), *([_sentences(doubted)] if doubted else [])])
        return Statement(kind, ConditionStatus.FALSE, Reason.PARTLY_MEASURED, told)
    if doubts:
        gravest = min(doubts, key=lambda doubt: _GRAVITY.get(doubt.reason, 1))
        return Statement(kind, ConditionStatus.TRUE, gravest.reason, _sentences(doubted))
    return Statement(kind, ConditionStatus.TRUE, Reason.MEASURED, "Every partition was measured.")


def _ready(scaling: Statement, sources: Statement) -> tuple[Statement, ...]:
    """Ready: measured, and governed as the spec asks. A backlog or an alert does not change that."""
    starting = sources.reason is Reason.NOT_YET_MEASURED
    trouble = next(
        (s for s in (scaling, sources) if is_trouble(s) and s.status is ConditionStatus.FALSE), None
    )
    if trouble is not None:
        why = Obstacle(trouble.reason, trouble.message)
        ready, reconciling, stalled = ConditionStatus.FALSE, ConditionStatus.FALSE, ConditionStatus.TRUE
    elif starting:
        why = Obstacle(Reason.STARTING, sources.message)
        ready, reconciling, stalled = ConditionStatus.FALSE, ConditionStatus.TRUE, ConditionStatus.FALSE
    else:
        why = Obstacle(Reason.GOVERNED, "Measured, and governed as the spec asks.")
        ready, reconciling, stalled = ConditionStatus.TRUE, ConditionStatus.FALSE, ConditionStatus.FALSE
    return (
        _statement(ConditionType.READY, ready, why),
        _statement(ConditionType.RECONCILING, reconciling, why),
        _statement(ConditionType.STALLED, stalled, why),
    )


def _alerts_firing(alerts: Sequence[Alert]) -> Statement:
    firing = [alert for alert in alerts if alert.state is AlertState.FIRING]
    kind = ConditionType.ALERTS_FIRING
    if firing:
        text = " ".join(f"{alert.name}: {alert.message}" for alert in firing)
        return Statement(kind, ConditionStatus.TRUE, Reason.FIRING, text)
    if alerts:
        text = " ".join(f"{alert.name} is pending: {alert.message}" for alert in alerts)
        return Statement(kind, ConditionStatus.FALSE, Reason.ALERTS_PENDING, text)
    return Statement(kind, ConditionStatus.FALSE, Reason.NO_ALERTS, "No alert is firing.")


def _statement(kind: ConditionType, status: ConditionStatus, why: Obstacle) -> Statement:
    return Statement(kind, status, why.reason, why.message)


def _sentences(by_stage: Mapping[str, str]) -> str:
    return _spell_out(f"{name}: {sentence}" for name, sentence in by_stage.items())


def _spell_out(sentences: Iterable[str]) -> str:
    return " ".join(one if one.endswith((".", "?")) else f"{one}." for one in sentences)

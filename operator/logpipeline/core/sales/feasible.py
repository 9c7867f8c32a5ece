"""Whether what is announced can be had: said when it is applied, with the number that would do."""

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from logpipeline.api.conditions import ConditionStatus, ConditionType, Reason
from logpipeline.api.duration import spell
from logpipeline.api.sale import SalesEventSpec
from logpipeline.core.model import Obstacle, Statement
from logpipeline.core.occurrence import Occurrence
from logpipeline.core.sales.share import Part, Share

Place = tuple[str, str]
"""Names of a pipeline and of one of its stages."""
_MINUTE = 60.0
_MOST_TOLD = 5
"""Stages of which the sentence speaks; of the others it has the number."""


def feasible(
    spec: SalesEventSpec, times: Occurrence, shares: Sequence[Share], room: Mapping[Place, Obstacle]
) -> Statement:
    """Whether each stage of the selected pipelines can have what is planned for `times`.

    `room` is why the namespace would refuse the pods of a stage, where it would.
    """
    if not shares:
        text = "pipelineSelector selects no LogPipeline of this namespace: compare it with their labels"
        return _no(Obstacle(Reason.NOTHING_SELECTED, text))
    if unknown := _unknown_stages(spec, shares):
        return _no(Obstacle(Reason.STAGE_UNKNOWN, unknown))
    troubles = list(_troubles(times, shares, room))
    if troubles:
        return _no(Obstacle(troubles[0].reason, _spell_out([trouble.message for trouble in troubles])))
    waiting = [f"{share.pipeline}: {share.unknown}" for share in shares if share.unknown]
    if waiting:
        text = f"That cannot be told yet. {_spell_out(waiting)}"
        return Statement(ConditionType.FEASIBLE, ConditionStatus.UNKNOWN, Reason.NOT_YET_MEASURED, text)
    return Statement(ConditionType.FEASIBLE, ConditionStatus.TRUE, Reason.FITS, _fits(times, shares))


def _troubles(
    times: Occurrence, shares: Sequence[Share], room: Mapping[Place, Obstacle]
) -> Iterator[Obstacle]:
    """What is in the way, the gravest first."""
    parts = [(share.pipeline, name, part) for share in shares for name, part in share.parts.items()]
    for pipeline, _, part in parts:
        unknown = part.floor.unknown
        if unknown is not None and part.floor.planned == 0:
            yield Obstacle(unknown.reason, f"{pipeline}: {unknown.message}")
            break
    for pipeline, name, part in parts:
        if part.floor.bound:
            yield Obstacle(Reason.DOES_NOT_FIT, f"{pipeline}/{name}: {part.floor.bound}")
    for place in ((pipeline, name) for pipeline, name, _ in parts):
        if place in room:
            yield Obstacle(room[place].reason, f"{'/'.join(place)}: {room[place].message}")
    for pipeline, name, part in parts:
        if sentence := _too_short(times, part):
            yield Obstacle(Reason.LEAD_TOO_SHORT, f"{pipeline}/{name}: {sentence}")


def _too_short(times: Occurrence, part: Part) -> str:
    """Where replicas would come too late even if all were asked for when warming begins."""
    has = times.ready - times.warming
    if part.floor.planned <= part.running or part.lead_seconds <= has:
        return ""
    lead = timedelta(seconds=math.ceil((part.lead_seconds + times.start - times.ready) / _MINUTE) * _MINUTE)
    return (
        f"replicas take about {part.lead_seconds:.0f} s to work, and leadTime less readyBefore leaves them "
        f"{has:.0f} s: a leadTime of {spell(lead)} would do"
    )


def _unknown_stages(spec: SalesEventSpec, shares: Sequence[Share]) -> str:
    """Names that no selected pipeline has."""
    known = {name for share in shares for name in share.stages}
    strangers = sorted(set(spec.expected.replicas or {}) - known)
    if not strangers:
        return ""
    has = f"their stages are {', '.join(sorted(known))}" if known else "none of their specs can be read"
    return f"expected.replicas names {', '.join(strangers)}, which no selected LogPipeline has: {has}"


def _fits(times: Occurrence, shares: Sequence[Share]) -> str:
    parts = [part for share in shares for part in share.parts.values()]
    stages = "stage" if len(parts) == 1 else "stages"
    told = [f"{sum(part.floor.planned for part in parts)} replicas of {len(parts)} {stages} can be had"]
    notes = sorted({note for part in parts for note in part.floor.notes})[:_MOST_TOLD]
    told += [f"{note[0].upper()}{note[1:]}" for note in notes]
    return _spell_out([*told, *([times.note] if times.note else [])])


def _no(why: Obstacle) -> Statement:
    return Statement(ConditionType.FEASIBLE, ConditionStatus.FALSE, why.reason, _spell_out([why.message]))


def _spell_out(sentences: Sequence[str]) -> str:
    more = [f"And {len(sentences) - _MOST_TOLD} more"] if len(sentences) > _MOST_TOLD else []
    told = [*sentences[:_MOST_TOLD], *more]
    return " ".join(one if one.endswith((".", "?")) else f"{one}." for one in told)

"""A SalesEvent, and what is known of the pipelines that it selects -> the status that people read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Never

from logpipeline.api.conditions import ConditionStatus, ConditionType, Reason
from logpipeline.api.sale import SalesEventSpec
from logpipeline.api.sale_status import OccurrenceStatus, Phase, SalesEventStatus, SaleStageStatus
from logpipeline.core.figures import whole
from logpipeline.core.model import Obstacle, Statement
from logpipeline.core.occurrence import Occurrence
from logpipeline.core.sales.feasible import Place, feasible
from logpipeline.core.sales.prewarm import is_whole, planned, prewarm_ready, proven, shortfall
from logpipeline.core.sales.share import Part, Share
from logpipeline.core.status import conditions_of
from logpipeline.core.timestamps import spell_time

MOST_STAGES = 50
"""In status; those that are short first."""
_AT_REST = frozenset({Phase.DONE, Phase.SUSPENDED})
"""Nothing is asked for, and nothing is wrong with that."""
_ACTED = frozenset({Phase.WARMING, Phase.READY, Phase.ACTIVE, Phase.RAMPING_DOWN, Phase.DONE})


def _nothing() -> Mapping[Place, Never]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known of an event at one moment."""

    times: Occurrence | None
    """The time that it happens now, or next; the last one when none is to come; None where there is none."""
    trouble: Obstacle | None = None
    """Why it does not happen, or will not again."""
    shares: tuple[Share, ...] = ()
    """What it asks of each pipeline that it selects."""
    room: Mapping[Place, Obstacle] = field(default_factory=_nothing)
    """Why the namespace would refuse the pods of a stage."""
    causes: Mapping[Place, str] = field(default_factory=_nothing)
    """Why replicas of a stage are missing."""


def sale_status(
    spec: SalesEventSpec, known: Known, before: SalesEventStatus | None, generation: int, now: float
) -> SalesEventStatus:
    """What people read of an event that can be read itself."""
    times, shares = known.times, known.shares
    phase = _phase(known, before, now)
    if known.trouble is not None or times is None:
        trouble = known.trouble or Obstacle(Reason.NEVER_STARTS, "No moment satisfies the schedule.")
        return refused(trouble, phase, before, generation, now, times=times, pipelines=len(shares))
    fits = feasible(spec, times, shares, known.room)
    warm = prewarm_ready(times, shares, known.causes, now)
    if not planned(shares) and fits.status is not ConditionStatus.TRUE:
        warm = Statement(ConditionType.PREWARM_READY, fits.status, fits.reason, fits.message)
    counted = planned(shares) > 0
    return SalesEventStatus(
        observed_generation=generation,
        phase=phase,
        occurrence=_occurrence(times),
        replicas=f"{proven(shares)}/{planned(shares)}" if counted else None,
        shortfall=shortfall(shares) if counted else None,
        pipelines=len(shares),
        stages=_stages(shares, known.causes),
        conditions=conditions_of((fits, warm), before, generation, now),
    )


def refused(
    trouble: Obstacle,
    phase: Phase,
    before: SalesEventStatus | None,
    generation: int,
    now: float,
    *,
    times: Occurrence | None = None,
    pipelines: int | None = None,
) -> SalesEventStatus:
    """The status of an event that asks for nothing: it cannot be read, is suspended, or never happens."""
    status = ConditionStatus.UNKNOWN if phase in _AT_REST else ConditionStatus.FALSE
    said = tuple(
        Statement(kind, status, trouble.reason, trouble.message)
        for kind in (ConditionType.FEASIBLE, ConditionType.PREWARM_READY)
    )
    return SalesEventStatus(
        observed_generation=generation,
        phase=phase,
        occurrence=None if times is None else _occurrence(times),
        pipelines=pipelines,
        conditions=conditions_of(said, before, generation, now),
    )


def _phase(known: Known, before: SalesEventStatus | None, now: float) -> Phase:
    times, reason = known.times, None if known.trouble is None else known.trouble.reason
    if reason is Reason.SUSPENDED:
        return Phase.SUSPENDED
    if times is None or (reason is not None and reason is not Reason.NEVER_AGAIN):
        return Phase.INVALID
    if now >= times.over or reason is Reason.NEVER_AGAIN:
        return Phase.DONE if _was_acted_on(times, before) else Phase.MISSED
    if now >= times.start:
        return Phase.ACTIVE if now < times.end else Phase.RAMPING_DOWN
    warm = Phase.READY if is_whole(known.shares) else Phase.WARMING
    return Phase.SCHEDULED if now < times.warming else warm


def _was_acted_on(times: Occurrence, before: SalesEventStatus | None) -> bool:
    """Whether this very time was seen while it lasted."""
    if before is None or before.phase not in _ACTED or before.occurrence is None:
        return False
    return before.occurrence.start == spell_time(times.start)


def _occurrence(times: Occurrence) -> OccurrenceStatus:
    return OccurrenceStatus(
        warming=spell_time(times.warming),
        ready=spell_time(times.ready),
        start=spell_time(times.start),
        end=spell_time(times.end),
        over=spell_time(times.over),
        note=times.note or None,
    )


def _stages(shares: Sequence[Share], causes: Mapping[Place, str]) -> tuple[SaleStageStatus, ...]:
    parts = [(share.pipeline, name, part) for share in shares for name, part in share.parts.items()]
    parts.sort(key=lambda each: (-each[2].floor.shortfall, each[0]))
    return tuple(_stage(pipeline, name, part, causes) for pipeline, name, part in parts[:MOST_STAGES])


def _stage(pipeline: str, name: str, part: Part, causes: Mapping[Place, str]) -> SaleStageStatus:
    floor = part.floor
    return SaleStageStatus(
        pipeline=pipeline,
        stage=name,
        per_second=None if floor.per_second is None else whole(floor.per_second),
        planned=floor.planned,
        floor=floor.replicas,
        ready=floor.proven,
        proof=floor.proof or None,
        why=causes.get((pipeline, name)) or floor.bound or None,
    )

"""Decisions that can only be the same again: nothing waits, nothing moves, and nothing runs out with time.

Most pipelines rest most of the time. What `decide` would say of one then is known without asking it; only the
times at which things were seen go on.
"""

import math
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from logpipeline.core.decision import Decision, StageDecision, Verdict
from logpipeline.core.evaluate import USUAL_INTERVAL_SECONDS
from logpipeline.core.limits import BLIND_SECONDS
from logpipeline.core.limits import SETTLE_SECONDS as SETTLE_DOWN_SECONDS
from logpipeline.core.memory import Memory, PastWant, StageMemory
from logpipeline.core.model import Measures
from logpipeline.core.observation import Observation, StageObservation
from logpipeline.core.ownership import SETTLE_SECONDS as SETTLE_OWNER_SECONDS
from logpipeline.core.readings import Sample
from logpipeline.core.rules import Rule
from logpipeline.core.window import Window

TIMELESS = frozenset(
    {Rule.ARRIVAL_TERM, Rule.PARTITION_FIT, Rule.PARTITION_BOUND, Rule.MAXIMUM, Rule.MINIMUM}
)
"""Rules that never end by themselves. Every brake on the way down does, or may."""
FRESH_SECONDS = 2 * USUAL_INTERVAL_SECONDS
"""An older reading is left to `decide`, which knows when it is stale."""


@dataclass(frozen=True, slots=True, eq=False)
class Rest:
    """A decision after which a pipeline rests, and what it was decided on."""

    observation: Observation
    decision: Decision


def rest_of(observation: Observation, known: Memory, decision: Decision) -> Rest | None:
    """The rest that begins with `decision`, which was made of `known` and then acted upon; None: none does.

    All that was decided is a function of what is seen and remembered and of time. So it repeats itself when
    it left the memory as it was, when what is seen stands still, and when no time in it matters.
    """
    if (
        observation.sales
        or decision.alerts
        or decision.announcements
        or decision.statements != known.statements
    ):
        return None
    if decision.memory.said != known.said or any(said.earlier for said in known.said.values()):
        return None
    for name, stage in decision.stages.items():
        before, after = known.stages.get(name), decision.memory.stages[name]
        seen, measures = observation.stages[name], stage.measures
        if before is None or measures is None or not _is_timeless(stage, after, decision.at):
            return None
        if before != _as_remembered(after, before) or not _is_still(seen.window, measures):
            return None
    return Rest(observation, decision)


def repeated(rest: Rest, observation: Observation, now: float) -> Rest | None:
    """What `decide` would say of `observation`, if it is the same again; None: ask it.

    Only for the same pipeline, and as long as its spec is the same.
    """
    if observation.sales or now < rest.decision.at:
        return None
    stages: dict[str, StageDecision] = {}
    memories: dict[str, StageMemory] = {}
    for name, stage in rest.decision.stages.items():
        seen, memory = observation.stages[name], rest.decision.memory.stages[name]
        newest = seen.window.newest
        if not isinstance(newest, Sample) or not _is_same(rest.observation.stages[name], seen, newest, now):
            return None
        if stage.measures is not None:
            stages[name] = replace(stage, measures=replace(stage.measures, at=newest.at))
        wants = (PastWant(now, memory.wants[0].replicas),)
        memories[name] = replace(memory, measured_at=newest.at, whole_at=newest.at, wants=wants)
    decision = replace(
        rest.decision,
        at=now,
        stages=MappingProxyType(stages),
        memory=replace(rest.decision.memory, stages=MappingProxyType(memories)),
    )
    return Rest(observation, decision)


def _is_timeless(stage: StageDecision, memory: StageMemory, at: float) -> bool:
    """Nothing is to be carried out, no rule of it ends by itself, and nothing remembered is waited for."""
    settled = max(SETTLE_DOWN_SECONDS, SETTLE_OWNER_SECONDS)
    return (
        stage.replicas is not None
        and (stage.verdict is Verdict.HOLD or memory.advised == stage.replicas)
        and all(applied.rule in TIMELESS for applied in stage.rules)
        and len(memory.wants) == 1
        and memory.starting_since is None
        and memory.unknown_since is None
        and memory.floor is None
        and (memory.written_at is None or at - memory.written_at > settled)
        and not memory.contests
        and memory.refusal is None
        and memory.loss is None
    )


def _as_remembered(after: StageMemory, before: StageMemory) -> StageMemory:
    """With the times of `before` at which things were seen, so that the two can be compared."""
    if len(before.wants) != 1 or before.wants[0].replicas != after.wants[0].replicas:
        return after
    return replace(after, measured_at=before.measured_at, whole_at=before.whole_at, wants=before.wants)


def _is_still(window: Window, measures: Measures) -> bool:
    """Everything was measured, and for as long as anybody looks back nothing moved or waited."""
    history = window.history
    if history is None or history.places is not None or measures.lower_bound or measures.lost:
        return False
    arrival, consumption = measures.arrival, measures.consumption
    return (
        arrival is not None
        and not arrival.any()
        and consumption is not None
        and not consumption.any()
        and measures.slope == measures.noise == measures.pace == 0
        and measures.taken is not None
        and not measures.taken.any()
        and measures.rewound_seconds is None
        and not any(waiting.records for waiting in window.waiting)
        and bool((history.commits[0].counters == history.consumed).all())
        and math.isnan(history.commits[0].behind_seconds)  # the last commit that tells how often there is one
    )


def _is_same(before: StageObservation, seen: StageObservation, newest: Sample, now: float) -> bool:
    """The same was seen again, with nothing in between that was not seen."""
    if seen.workload != before.workload or seen.obstacle != before.obstacle:
        return False
    return now - newest.at <= FRESH_SECONDS and (
        seen.window is before.window or _is_next(before.window, seen.window, newest)
    )


def _is_next(before: Window, window: Window, newest: Sample) -> bool:
    """The reading that came right after the last one, with the same in it."""
    last, past, history = before.newest, before.history, window.history
    if not isinstance(last, Sample) or past is None or history is None or history.places is not None:
        return False
    followed = len(history.commits) > 1 and history.commits[-2].at == last.at
    return (
        followed
        and newest.at - last.at <= BLIND_SECONDS
        and newest.complete
        and not newest.doubts
        and newest.counted
        and newest.estimated == last.estimated
        and newest.group == last.group
        and history.past is past.past
        and newest.partitions == last.partitions
        and np.array_equal(newest.produced, last.produced)
        and np.array_equal(newest.consumed, last.consumed)
        and (newest.lost is None or not newest.lost.any())
    )

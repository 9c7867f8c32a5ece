"""One stage: what is known of it -> its count, in the order of the rules."""

from dataclasses import replace

from logpipeline.api.conditions import Reason
from logpipeline.api.pipeline import Mode, Stage
from logpipeline.core.decision import StageDecision, Verdict
from logpipeline.core.evaluate import evaluate
from logpipeline.core.floors.floor import highest
from logpipeline.core.floors.surges import Surge, reaching
from logpipeline.core.floors.watch import Scene, watch_events
from logpipeline.core.flow import Outflow
from logpipeline.core.limits import clamp, remember_sight
from logpipeline.core.losses import doubting_losses, watch_losses
from logpipeline.core.memory import DecisionRecord, StageMemory
from logpipeline.core.model import Applied, Measures, Obstacle, Workload
from logpipeline.core.observation import StageObservation
from logpipeline.core.ownership import (
    as_written,
    contender,
    let_go,
    must_claim,
    overwritten,
    watch_floor,
    watch_ownership,
)
from logpipeline.core.pauses import watch_pauses
from logpipeline.core.readings import Missing
from logpipeline.core.rewind import not_ahead
from logpipeline.core.startup import (
    watch_at_work,
    watch_start_up,
)
from logpipeline.core.unknown import held, watch_unknown
from logpipeline.core.wanted import Sight, Wanted, floor_rules, wanted_of


def decide_stage(
    stage: Stage,
    alert_backlog: int,
    seen: StageObservation,
    memory: StageMemory,
    now: float,
    *,
    upstream: Outflow | None = None,
    surges: tuple[Surge, ...] = (),
) -> tuple[StageDecision, StageMemory]:
    """What to do with `stage`, and what its next decision must remember.

    `upstream` is what the stage before will hand on; None for the first, and where that is not known.
    `surges` is what announced events bring to the stage before, or to the first.
    """
    memory = not_ahead(memory, now)
    evaluated = evaluate(seen.window, now)
    measures, missing = (None, evaluated) if isinstance(evaluated, Missing) else (evaluated, None)
    memory = watch_unknown(memory, measures, now)
    if measures is not None:
        memory = _remember_measures(memory, measures, now)
        measures = doubting_losses(measures, memory)
    surges = reaching(stage.name, surges, upstream=upstream, inflow=memory.inflow, measures=measures)
    if seen.workload is None:
        absent = _without_workload(stage, seen.obstacle, measures, missing)
        return replace(absent, surges=surges), let_go(memory)

    obstacle = seen.obstacle or _mode_obstacle(stage.scaling.mode)
    memory = let_go(memory) if obstacle else watch_ownership(memory, seen.workload, now)
    memory = watch_floor(memory, measures)
    workload = as_written(memory, seen.workload, now)
    memory = watch_at_work(watch_start_up(memory, workload, now), workload, now)
    advising = obstacle is not None and obstacle.reason is Reason.ADVISING
    memory = memory if advising or memory.advised is None else replace(memory, advised=None)
    floors, memory = watch_events(Scene(stage, workload, now, measures), surges, memory)
    sight = Sight(stage, alert_backlog, _as_advised(memory, workload), now, upstream, floors)
    if measures is None:
        wanted = _not_knowing(sight, memory)
    else:
        wanted, memory = wanted_of(sight, measures, memory)
    rules = (*wanted.rules, *overwritten(memory, seen.workload, now))

    verdict = _verdict(wanted.replicas, workload, memory, obstacle)
    advised = wanted.replicas if advising else None
    if verdict is Verdict.HOLD and (memory.refusal is not None or memory.advised != advised):
        memory = replace(memory, refusal=None, advised=advised)
    line = _line(workload.replicas, wanted.replicas, rules)
    decision = StageDecision(
        verdict=verdict,
        replicas=wanted.replicas,
        uncapped=wanted.uncapped,
        usable=wanted.usable,
        line=line,
        rules=rules,
        scaling=obstacle or _active(stage, memory, line),
        scaling_active=obstacle is None and memory.refusal is None,
        measures=measures,
        missing=missing,
        verdicts=wanted.verdicts,
        sustainable=wanted.sustainable,
        outflow=wanted.outflow,
        observed=workload.replicas,
        surges=surges,
        floors=floors,
    )
    return decision, _remember_decision(memory, decision, sight)


def _as_advised(memory: StageMemory, workload: Workload) -> Workload:
    """Advice goes on from the advice before it, as if that had been taken: else no brake would steady it."""
    return workload if memory.advised is None else replace(workload, replicas=memory.advised)


def _remember_measures(memory: StageMemory, measures: Measures, now: float) -> StageMemory:
    memory = watch_losses(remember_sight(memory, measures, now), measures)
    assignor = measures.group.assignor if measures.group else None
    if assignor is not None and assignor != memory.assignor:
        memory = replace(memory, assignor=assignor)
    return watch_pauses(memory, measures, now)


def _mode_obstacle(mode: Mode) -> Obstacle | None:
    match mode:
        case Mode.AUTO:
            return None
        case Mode.ADVISE:
            return Obstacle(
                Reason.ADVISING, "The mode is Advise: counts are computed and nothing is touched."
            )
        case Mode.PAUSED:
            return Obstacle(Reason.PAUSED, "The mode is Paused: the count is left alone.")


def _not_knowing(sight: Sight, memory: StageMemory) -> Wanted:
    """What runs, or more where an event that was announced asks for that: its floor needs no measurement."""
    count, rules = held(sight.workload.replicas, sight.scaling, memory, sight.now)
    floor = highest(sight.floors)
    if floor is None or floor.replicas < count:
        return Wanted(count, None, None, rules)
    count, bounds = clamp(floor.replicas, sight.scaling)
    return Wanted(count, None, None, (*floor_rules(floor, 0), *bounds))


def _verdict(replicas: int, workload: Workload, memory: StageMemory, obstacle: Obstacle | None) -> Verdict:
    if obstacle is not None and obstacle.reason is not Reason.ADVISING:
        return Verdict.HOLD
    if replicas != workload.replicas:
        return Verdict.SCALE
    return Verdict.CLAIM if obstacle is None and must_claim(memory, workload) else Verdict.HOLD


def _active(stage: Stage, memory: StageMemory, line: str) -> Obstacle:
    if memory.refusal is not None:
        return memory.refusal
    other = contender(memory)
    if other is not None:
        target = f"{stage.scale_target_ref.kind} {stage.scale_target_ref.name}"
        text = f"{other} keeps writing spec.replicas of {target}: take the field out of what it applies."
        return Obstacle(Reason.TARGET_CONTESTED, text)
    return Obstacle(Reason.SCALING, line)


def _without_workload(
    stage: Stage, obstacle: Obstacle | None, measures: Measures | None, missing: Missing | None
) -> StageDecision:
    target = stage.scale_target_ref
    text = (
        f"{target.kind} {target.name} ({target.api_version}) is not there: create it, or mend scaleTargetRef."
    )
    why = obstacle or Obstacle(Reason.TARGET_MISSING, text)
    return StageDecision(
        verdict=Verdict.HOLD,
        replicas=None,
        uncapped=None,
        usable=None,
        line=why.message,
        rules=(),
        scaling=why,
        scaling_active=False,
        measures=measures,
        missing=missing,
    )


def _line(current: int, replicas: int, rules: tuple[Applied, ...]) -> str:
    change = f"{current}→{replicas}" if replicas != current else f"{current}"
    return f"{change}: " + "; ".join(applied.value for applied in rules)


def _remember_decision(memory: StageMemory, decision: StageDecision, sight: Sight) -> StageMemory:
    """Keep the last decision that asks for another count than there is, since when; the first in any case."""
    if decision.replicas is None:
        return memory
    tentative = decision.measures is None or decision.measures.arrival is None
    last, settled = memory.last, decision.replicas == sight.workload.replicas
    known = last is not None and (tentative or not last.tentative)
    repeated = last is not None and not decision.scaling_active and last.replicas == decision.replicas
    if known and (settled or repeated):
        return memory
    record = DecisionRecord(sight.now, decision.replicas, decision.line, decision.rules, tentative)
    return replace(memory, last=record)

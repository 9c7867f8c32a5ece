"""One stage: what is known of it -> its count, in the order of the rules."""

from dataclasses import dataclass, replace

from logpipeline.api.conditions import Reason
from logpipeline.api.pipeline import Mode, Scaling, Stage
from logpipeline.core.capacity import Known, can_learn, known_capacity, learn, watch_full
from logpipeline.core.decision import StageDecision, Verdict
from logpipeline.core.demand import Demand, demand, pace_of
from logpipeline.core.evaluate import evaluate
from logpipeline.core.figures import spell_count, spell_rate
from logpipeline.core.fit import Fit, fit
from logpipeline.core.headroom import DOUBT, Pace
from logpipeline.core.limits import Move, can_wait, clamp, limit, remember_sight, remember_want
from logpipeline.core.losses import doubting_losses, watch_losses
from logpipeline.core.memory import DecisionRecord, StageMemory
from logpipeline.core.model import Applied, Measures, Obstacle, Workload
from logpipeline.core.observation import StageObservation
from logpipeline.core.outlook import Crew, outlook
from logpipeline.core.ownership import (
    as_written,
    contender,
    let_go,
    must_claim,
    overwritten,
    watch_floor,
    watch_ownership,
)
from logpipeline.core.pauses import pause_seconds, watch_pauses
from logpipeline.core.readings import Group, GroupState, Missing, Rates, Sharing
from logpipeline.core.rewind import not_ahead
from logpipeline.core.rules import Rule
from logpipeline.core.startup import (
    at_work_of,
    has_settled,
    is_starting,
    start_up_seconds,
    watch_at_work,
    watch_start_up,
)
from logpipeline.core.unknown import held, raised, watch_unknown


@dataclass(frozen=True, slots=True)
class Wanted:
    """A count, the count without bounds, and how both came about."""

    replicas: int
    uncapped: int | None
    usable: int | None
    rules: tuple[Applied, ...]


@dataclass(frozen=True, slots=True)
class Sight:
    """What one decision about one stage looks at."""

    stage: Stage
    alert_backlog: int
    workload: Workload
    now: float

    @property
    def scaling(self) -> Scaling:
        """How the stage is to be scaled."""
        return self.stage.scaling


def decide_stage(
    stage: Stage, alert_backlog: int, seen: StageObservation, memory: StageMemory, now: float
) -> tuple[StageDecision, StageMemory]:
    """What to do with `stage`, and what its next decision must remember."""
    memory = not_ahead(memory, now)
    evaluated = evaluate(seen.window, now)
    measures, missing = (None, evaluated) if isinstance(evaluated, Missing) else (evaluated, None)
    memory = watch_unknown(memory, measures, now)
    if measures is not None:
        memory = _remember_measures(memory, measures, now)
        measures = doubting_losses(measures, memory)
    if seen.workload is None:
        return _without_workload(stage, seen.obstacle, measures, missing), let_go(memory)

    obstacle = seen.obstacle or _mode_obstacle(stage.scaling.mode)
    memory = let_go(memory) if obstacle else watch_ownership(memory, seen.workload, now)
    memory = watch_floor(memory, measures)
    workload = as_written(memory, seen.workload, now)
    memory = watch_at_work(watch_start_up(memory, workload, now), workload, now)
    advising = obstacle is not None and obstacle.reason is Reason.ADVISING
    memory = memory if advising else replace(memory, advised=None)
    sight = Sight(stage, alert_backlog, _as_advised(memory, workload), now)
    if measures is None:
        wanted = _not_knowing(sight, memory)
    else:
        memory = _learn(memory, measures, stage.scaling, now)
        wanted, memory = _knowing(sight, measures, memory)
    wanted = replace(wanted, rules=(*wanted.rules, *overwritten(memory, seen.workload, now)))

    verdict = _verdict(wanted.replicas, workload, memory, obstacle)
    if verdict is Verdict.HOLD:
        memory = replace(memory, refusal=None, advised=wanted.replicas if advising else None)
    line = _line(workload.replicas, wanted)
    decision = StageDecision(
        verdict=verdict,
        replicas=wanted.replicas,
        uncapped=wanted.uncapped,
        usable=wanted.usable,
        line=line,
        rules=wanted.rules,
        scaling=obstacle or _active(stage, memory, line),
        scaling_active=obstacle is None and memory.refusal is None,
        measures=measures,
        missing=missing,
        observed=workload.replicas,
    )
    return decision, _remember_decision(memory, decision, sight)


def _as_advised(memory: StageMemory, workload: Workload) -> Workload:
    """Advice goes on from the advice before it, as if that had been taken: else no brake would steady it."""
    return workload if memory.advised is None else replace(workload, replicas=memory.advised)


def _remember_measures(memory: StageMemory, measures: Measures, now: float) -> StageMemory:
    memory = watch_losses(remember_sight(memory, measures, now), measures)
    assignor = measures.group.assignor if measures.group else None
    return watch_pauses(replace(memory, assignor=assignor or memory.assignor), measures, now)


def _learn(memory: StageMemory, measures: Measures, scaling: Scaling, now: float) -> StageMemory:
    """Learn what one replica can do, where the moment teaches it."""
    settled = (
        0.0 if memory.at_work_since is None else now - max(memory.at_work_since, memory.stable_since or 0.0)
    )
    if not scaling.capacity.learn or memory.at_work is None or not can_learn(measures, settled):
        return memory
    full = watch_full(memory.full, measures, memory.at_work)
    learned = memory.learned
    if full is None or not full.saturated:
        learned = learn(learned, measures, scaling, memory.at_work, memory.assignor)
    return replace(memory, full=full, learned=learned)


def _knowing(sight: Sight, measures: Measures, memory: StageMemory) -> tuple[Wanted, StageMemory]:
    scaling, workload = sight.scaling, sight.workload
    known = known_capacity(scaling, memory.learned, sight.now)
    pace = pace_of(start_up_seconds(memory), pause_seconds(memory, measures.sharing))
    asked, fitted = _fitting(sight, measures, memory, known=known, pace=pace)
    usable = fitted.usable if _is_settled(measures.group) else None
    move = Move(fitted.replicas, measures, workload, scaling, memory, sight.now, usable)
    if fitted.replicas > workload.replicas:
        ahead = outlook(measures, _crew(sight, memory, known), pace)
        move = replace(move, outlook=ahead, alert_backlog=sight.alert_backlog)
        if ahead is not None and not can_wait(move):
            asked, fitted = _fitting(sight, measures, memory, known=known, pace=pace, queued=ahead.queued)
    count, awake = _awake(fitted.replicas, measures, sight)
    memory = remember_want(memory, clamp(count, scaling, usable)[0], scaling, sight.now)
    move = replace(move, target=count, memory=memory)
    limited, limits = limit(move)
    uncapped = 0 if count == 0 else max(count, fitted.needed)
    replicas, raising = raised(limited, scaling, memory, sight.now, Rule.LOWER_BOUND)
    rules = (
        *asked.rules,
        *_partition_rules(fitted, 0 if measures.sharing is Sharing.SHARED else len(measures.partitions)),
        *awake,
        *limits,
        *raising,
    )
    return Wanted(replicas, uncapped, usable, rules), memory


def _fitting(
    sight: Sight,
    measures: Measures,
    memory: StageMemory,
    *,
    known: Known,
    pace: Pace,
    queued: Rates | None = None,
) -> tuple[Demand, Fit]:
    """What is asked for, and the count that takes it; with what will be `queued` where it must change."""
    asked = demand(
        measures,
        sight.scaling,
        known,
        at_work=known.records_per_second * at_work_of(sight.workload),
        pace=pace,
        alert_backlog=sight.alert_backlog,
        settled=has_settled(memory, sight.workload, sight.now),
        queued=queued,
    )
    capacity = known.records_per_second
    fitted = fit(measures, asked.load, sight.scaling, memory.assignor, capacity=capacity, total=asked.total)
    return asked, fitted


def _crew(sight: Sight, memory: StageMemory, known: Known) -> Crew:
    """Who works, and who will as soon as all that were asked for have started."""
    each, workload = sight.scaling.consumers_per_replica, sight.workload
    since = memory.starting_since if is_starting(memory, sight.now) else None
    waited = 0.0 if since is None else sight.now - since
    return Crew(
        at_work=min(at_work_of(workload), workload.replicas) * each,
        soon=workload.replicas * each,
        starts_in=max(0.0, start_up_seconds(memory) - waited),
        capacity=known.records_per_second * (1 - DOUBT[known.confidence]) / each,
        assignor=memory.assignor,
    )


def _is_settled(group: Group | None) -> bool:
    """What a group reads can be counted on: while it rebalances some of its topics may not show."""
    return group is None or group.state is not GroupState.REBALANCING


def _not_knowing(sight: Sight, memory: StageMemory) -> Wanted:
    count, rules = held(sight.workload.replicas, sight.scaling, memory, sight.now)
    return Wanted(count, None, None, rules)


def _awake(count: int, measures: Measures, sight: Sight) -> tuple[int, tuple[Applied, ...]]:
    """Sleep only where no more waits than may and nothing arrives; a sleeper wakes for what waits alone."""
    waiting = measures.waiting
    waits = waiting > sight.scaling.activation_backlog
    arrives = measures.arrival is None or bool(measures.arrival.any())
    if not waits and (sight.workload.replicas == 0 or not arrives):
        return 0, ()
    if count == 0:
        arriving = "arrival is not known yet" if measures.arrival is None else "records arrive"
        return 1, (Applied(Rule.AWAKE, f"{spell_count(waiting)} waiting" if waits else arriving),)
    return count, ()


def _partition_rules(fitted: Fit, partitions: int) -> tuple[Applied, ...]:
    if fitted.bound:
        numbers = f"{spell_rate(fitted.beyond)} are more than its consumers can take, at any count"
        return (Applied(Rule.PARTITION_BOUND, numbers),)
    if not partitions or fitted.replicas == 0:
        return ()
    each = f"fits {partitions} partitions at {-(-partitions // fitted.replicas)} each"
    if fitted.replicas > fitted.needed:
        each = f"+{fitted.replicas - fitted.needed} as it {each}"
    return (Applied(Rule.PARTITION_FIT, each),)


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


def _line(current: int, wanted: Wanted) -> str:
    change = f"{current}→{wanted.replicas}" if wanted.replicas != current else f"{current}"
    return f"{change}: " + "; ".join(applied.value for applied in wanted.rules)


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

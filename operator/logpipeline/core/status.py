"""A decision -> the status that people read, and back: what a restarted operator remembers of it."""

from collections.abc import Callable, Iterable, Sequence
from types import MappingProxyType

from logpipeline.api.conditions import Condition, ConditionStatus, ConditionType, Reason
from logpipeline.api.pipeline import LogPipelineSpec
from logpipeline.api.sale_status import SalesEventStatus
from logpipeline.api.status import (
    AlertStatus,
    CapacityStatus,
    DecisionStatus,
    FiredRule,
    LogPipelineStatus,
    PartitionsStatus,
    PartitionStatus,
    ReplicaStatus,
    StageStatus,
    Summary,
)
from logpipeline.core.capacity import ENOUGH_SECONDS, Learned, confidence_of
from logpipeline.core.decide import identity_of
from logpipeline.core.decision import Decision, StageDecision
from logpipeline.core.figures import whole
from logpipeline.core.floors.recall import event_statuses, recalled_events, recalled_proof
from logpipeline.core.losses import recalled_loss
from logpipeline.core.memory import DecisionRecord, Memory, StageMemory
from logpipeline.core.model import Alert, Applied, Measures, Statement, Workload
from logpipeline.core.observation import Observation
from logpipeline.core.occurrence import Upcoming
from logpipeline.core.readings import Rates, Sharing
from logpipeline.core.rules import Rule
from logpipeline.core.timestamps import read_time, spell_time
from logpipeline.core.verdicts import Symptom, Verdicts

WORST_PARTITIONS = 10
MIXED = "Mixed"
_KNOWN_TYPES = frozenset(ConditionType)
_KNOWN_REASONS = frozenset(Reason)
_KNOWN_RULES = frozenset(Rule)


def status_of(
    spec: LogPipelineSpec,
    observation: Observation,
    decision: Decision,
    before: LogPipelineStatus | None,
    generation: int,
) -> LogPipelineStatus:
    """What people read of `decision`; `before` is the last status, for the times of its conditions."""
    stages = tuple(
        _stage_status(
            name, stage, observation.stages[name].workload, decision.memory.stages[name], decision.at
        )
        for name, stage in decision.stages.items()
    )
    return LogPipelineStatus(
        observed_generation=generation,
        summary=_summary(spec, stages, observation.next_sale),
        stages=stages,
        alerts=tuple(_alert_status(alert) for alert in decision.alerts),
        conditions=conditions_of(decision.statements, before, generation, decision.at),
    )


def conditions_of(
    statements: Sequence[Statement],
    before: LogPipelineStatus | SalesEventStatus | None,
    generation: int,
    now: float,
) -> tuple[Condition, ...]:
    """The conditions, each with the time at which its status last changed."""
    earlier = {condition.type: condition for condition in (before.conditions if before else ())}
    return tuple(
        Condition(
            type=statement.type,
            status=statement.status,
            reason=statement.reason,
            message=statement.message,
            last_transition_time=(
                past.last_transition_time
                if (past := earlier.get(statement.type)) is not None and past.status == statement.status
                else spell_time(now)
            ),
            observed_generation=generation,
        )
        for statement in statements
    )


def memory_of(spec: LogPipelineSpec, status: LogPipelineStatus, now: float) -> Memory:
    """What a new process takes over: start-up times, alerts, what was said. Nothing shrinks for a window."""
    known = {stage.name: stage for stage in status.stages}
    scaled = _was_scaling(status)
    stages = {
        stage.name: StageMemory(
            identity_of(stage),
            since=now,
            start_up_seconds=known[stage.name].start_up_seconds,
            rebalance_seconds=known[stage.name].rebalance_seconds,
            learned=_learned(known[stage.name].capacity, now),
            last=_recorded(known[stage.name].decision),
            written=_count_wanted(known[stage.name]) if scaled else None,
            events=recalled_events(known[stage.name].events),
            proof=recalled_proof(known[stage.name].events),
            lost=known[stage.name].lost_records or 0,
            overtaken=known[stage.name].overtaken_records or 0,
            loss=recalled_loss(
                known[stage.name].lost_records or 0, known[stage.name].overtaken_records or 0, now
            ),
        )
        for stage in spec.stages
        if stage.name in known
    }
    alerts = tuple(Alert(a.name, a.state, read_time(a.since), a.id, a.message) for a in status.alerts)
    return Memory(MappingProxyType(stages), alerts, statements_of(status))


def statements_of(status: LogPipelineStatus) -> tuple[Statement, ...]:
    """What was said, as far as this version has words for it."""
    return tuple(
        Statement(
            ConditionType(condition.type), condition.status, Reason(condition.reason), condition.message
        )
        for condition in status.conditions
        if condition.type in _KNOWN_TYPES and condition.reason in _KNOWN_REASONS
    )


def _was_scaling(status: LogPipelineStatus) -> bool:
    """Every count was ours: one on a workload that is not watched needs no second claim."""
    held = {condition.type: condition.status for condition in status.conditions}
    return held.get(ConditionType.SCALING_ACTIVE) is ConditionStatus.TRUE


def _count_wanted(stage: StageStatus) -> int | None:
    return None if stage.replicas is None else stage.replicas.wanted


def _recorded(decision: DecisionStatus | None) -> DecisionRecord | None:
    if decision is None:
        return None
    rules = tuple(
        Applied(Rule(fired.rule), fired.value) for fired in decision.rules if fired.rule in _KNOWN_RULES
    )
    return DecisionRecord(read_time(decision.time), decision.replicas, decision.line, rules)


def _stage_status(
    name: str, decision: StageDecision, workload: Workload | None, memory: StageMemory, now: float
) -> StageStatus:
    measures = decision.measures
    return StageStatus(
        name=name,
        **({} if measures is None else _figures(measures)),
        replicas=ReplicaStatus(
            observed=workload.replicas if workload else None,
            ready=workload.ready if workload else None,
            wanted=decision.replicas,
            uncapped=decision.uncapped,
        ),
        partitions=None if measures is None else _partitions(measures, decision.usable, decision.verdicts),
        verdicts=None if decision.verdicts is None else decision.verdicts.stage or None,
        sustainable_per_second=_whole(decision.sustainable),
        group=None if measures is None or measures.group is None else measures.group.state.value,
        decision=None if memory.last is None else _decision_status(memory.last),
        capacity=None if memory.learned is None else _capacity_status(memory.learned, now),
        start_up_seconds=_whole(memory.start_up_seconds),
        rebalance_seconds=_whole(memory.rebalance_seconds),
        events=event_statuses(decision.floors, memory.events),
        lost_records=memory.lost or None,
        overtaken_records=memory.overtaken or None,
    )


def _capacity_status(learned: Learned, now: float) -> CapacityStatus:
    return CapacityStatus(
        records_per_second=whole(learned.records_per_second), confidence=confidence_of(learned, now)
    )


def _learned(capacity: CapacityStatus | None, now: float) -> Learned | None:
    """What an earlier process had learned, as of now: its confidence says how much that is worth."""
    if capacity is None or capacity.records_per_second <= 0:
        return None
    enough = ENOUGH_SECONDS.get(capacity.confidence)
    return Learned(
        float(capacity.records_per_second),
        busy_seconds=enough or 0.0,
        busy_at=None if enough is None else now,
        observed_at=now,
    )


def _figures(measures: Measures) -> dict[str, int | bool | None]:
    return {
        "backlog_records": whole(measures.waiting),
        "excess_records": whole(measures.exceeding),
        "estimated": measures.estimated or None,
        "arrival_per_second": _total(measures.arrival),
        "consumption_per_second": _total(measures.consumption),
        "oldest_seconds": _whole(measures.oldest_seconds),
        "drain_seconds": _whole(measures.drain_seconds),
    }


def _partitions(measures: Measures, usable: int | None, verdicts: Verdicts | None) -> PartitionsStatus:
    symptoms = [None if verdicts is None else verdicts.of(place) for place in range(len(measures.partitions))]
    ill = {place for place, symptom in enumerate(symptoms) if symptom is not None}
    order = (-measures.backlog).argsort(kind="stable").tolist()
    worth = [place for place in order if place in ill or measures.excess[place] > 0]
    worst = sorted(worth, key=lambda place: place not in ill)[:WORST_PARTITIONS]
    return PartitionsStatus(
        total=len(measures.partitions) + measures.missing,
        usable=usable,
        missing=measures.missing,
        stalled=0 if verdicts is None else verdicts.count(Symptom.STALLED),
        worst=tuple(
            PartitionStatus(
                name=_partition_name(measures, place),
                backlog_records=int(measures.backlog[place]),
                reason=symptoms[place] or "Backlog",
            )
            for place in worst
        ),
    )


def _partition_name(measures: Measures, index: int) -> str:
    topic, partition = measures.partitions[index]
    return topic if measures.sharing is Sharing.SHARED else f"{topic}-{partition}"


def _decision_status(record: DecisionRecord) -> DecisionStatus:
    rules = tuple(FiredRule(rule=applied.rule, value=applied.value) for applied in record.rules)
    return DecisionStatus(time=spell_time(record.at), replicas=record.replicas, line=record.line, rules=rules)


def _alert_status(alert: Alert) -> AlertStatus:
    return AlertStatus(
        name=alert.name, state=alert.state, since=spell_time(alert.since), id=alert.id, message=alert.message
    )


def _summary(spec: LogPipelineSpec, stages: Sequence[StageStatus], sale: Upcoming | None) -> Summary:
    modes = {stage.scaling.mode.value for stage in spec.stages}
    backlogs = [stage.backlog_records for stage in stages]
    ages = [stage.oldest_seconds for stage in stages]
    counts = [stage.replicas for stage in stages if stage.replicas is not None]
    return Summary(
        mode=modes.pop() if len(modes) == 1 else MIXED,
        backlog_records=_over_all(sum, backlogs),
        oldest_seconds=_over_all(max, ages),
        arrival_per_second=stages[0].arrival_per_second,
        replicas=f"{_sum_or_unknown(c.observed for c in counts)}/{_sum_or_unknown(c.wanted for c in counts)}",
        decision=_latest(stages),
        next_sale=None if sale is None else f"{sale.name} {spell_time(sale.start)}",
    )


def _latest(stages: Sequence[StageStatus]) -> str | None:
    """The latest decision of any stage, in one line."""
    decided = [(stage.decision.time, stage.name, stage.decision.line) for stage in stages if stage.decision]
    return "{1}: {2}".format(*max(decided)) if decided else None


def _over_all(total: Callable[[list[int]], int], figures: Sequence[int | None]) -> int | None:
    """None where some stage is not known: what the others have would read as all there is."""
    known = [figure for figure in figures if figure is not None]
    return total(known) if len(known) == len(figures) else None


def _sum_or_unknown(counts: Iterable[int | None]) -> str:
    known = list(counts)
    return "?" if None in known else str(sum(count for count in known if count is not None))


def _total(rates: Rates | None) -> int | None:
    return None if rates is None else whole(rates.sum())


def _whole(figure: float | None) -> int | None:
    return None if figure is None else whole(figure)

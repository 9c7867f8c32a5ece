"""The order of a decision, and nothing else."""

from types import MappingProxyType

from logpipeline.api.conditions import ConditionType
from logpipeline.api.pipeline import LogPipelineSpec, Stage
from logpipeline.core.alerts import BACKLOG_CRITICAL, backlog_alert, total_excess
from logpipeline.core.conditions import news, scaling_active, sources_available, statements
from logpipeline.core.decision import Decision
from logpipeline.core.floors.surges import announced
from logpipeline.core.floors.tell import prewarm_news, prewarm_ready
from logpipeline.core.losses import loss_news
from logpipeline.core.memory import Memory, StageMemory
from logpipeline.core.observation import Observation
from logpipeline.core.rewind import alert_not_ahead
from logpipeline.core.stage import decide_stage
from logpipeline.core.steady import steadied


def decide(spec: LogPipelineSpec, observation: Observation, memory: Memory, now: float) -> Decision:
    """What to do with a pipeline: every stage, then its alerts, then what is said about it.

    Pure: the same input gives the same output. `observation` has every stage of `spec`.
    """
    decisions, memories, said, recalled = {}, {}, memory.said, {}
    upstream, surges = None, announced(observation)
    for stage in spec.stages:
        known, seen = _recall(memory, stage, now), observation.stages[stage.name]
        said = said if known is memory.stages.get(stage.name) else MappingProxyType({})
        recalled[stage.name] = known
        decisions[stage.name], memories[stage.name] = decide_stage(
            stage, spec.alerts.backlog, seen, known, now, upstream=upstream, surges=surges
        )
        upstream, surges = decisions[stage.name].outflow, decisions[stage.name].surges
    losses = [loss for name, known in recalled.items() for loss in loss_news(name, known, memories[name])]
    floors = {name: decision.floors for name, decision in decisions.items()}
    warmings = [
        warming
        for name, known in recalled.items()
        for warming in prewarm_news(name, known.events, memories[name].events, floors[name], now)
    ]
    measures = [decision.measures for decision in decisions.values()]
    before = next((alert_not_ahead(a, now) for a in memory.alerts if a.name == BACKLOG_CRITICAL), None)
    alert, told = backlog_alert(spec.alerts, before, measures, now)
    alerts = () if alert is None else (alert,)
    heard = tuple(each.announced for each in said.values()) or memory.statements
    scaling = steadied(scaling_active(decisions), said.get(ConditionType.SCALING_ACTIVE), now)
    sources = steadied(sources_available(decisions), said.get(ConditionType.SOURCES_AVAILABLE), now)
    said = MappingProxyType({each.found.type: each for each in (scaling, sources)})
    stated = statements(scaling.told, sources.told, alerts, prewarm_ready(floors, now))
    return Decision(
        at=now,
        stages=MappingProxyType(decisions),
        backlog=total_excess(measures),
        alerts=alerts,
        statements=stated,
        announcements=(*losses, *warmings, *told, *news(heard, (scaling.announced, sources.announced))),
        memory=Memory(MappingProxyType(memories), alerts, stated, said),
    )


def identity_of(stage: Stage) -> str:
    """The source and the target of a stage: another one begins a new history."""
    return f"{stage.source.model_dump_json()} {stage.scale_target_ref.model_dump_json()}"


def _recall(memory: Memory, stage: Stage, now: float) -> StageMemory:
    """What is remembered of the stage; nothing, when its source or its target is another now."""
    identity = identity_of(stage)
    known = memory.stages.get(stage.name)
    return known if known is not None and known.identity == identity else StageMemory(identity, since=now)

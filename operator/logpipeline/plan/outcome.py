"""The plan as JSON, for programs. Its fields are documented in docs/sales.md."""

import json
from dataclasses import asdict

from logpipeline.core.floors.floor import spell_expected
from logpipeline.core.timestamps import spell_time
from logpipeline.plan.figures import Stretch
from logpipeline.plan.plan import Need, Plan, PlannedSale, PlannedStage

Json = dict[str, object]


def spell_plan(plan: Plan) -> str:
    """As a text."""
    return json.dumps(outcome_of(plan), indent=2)


def outcome_of(plan: Plan) -> Json:
    """All of it."""
    return {
        "from": spell_time(plan.period.begins),
        "to": spell_time(plan.period.ends),
        "events": [_event(plan, sale) for sale in plan.sales],
        "stages": [_stage(plan, stage) for stage in plan.stages],
        **_sums(plan, plan.pod_hours),
        "notes": list(plan.notes),
    }


def _event(plan: Plan, sale: PlannedSale) -> Json:
    times = sale.times
    return {
        "namespace": sale.key.namespace,
        "name": sale.key.name,
        "what_if": sale.what_if,
        "expected": spell_expected(sale.spec.expected),
        "time_zone": sale.spec.schedule.time_zone,
        **{name: spell_time(getattr(times, name)) for name in ("warming", "ready", "start", "end", "over")},
        "note": times.note,
        "feasible": {name: str(asdict(sale.feasible)[name]) for name in ("status", "reason", "message")},
        "needs": [_need(plan, need) for need in sale.needs],
    }


def _need(plan: Plan, need: Need) -> Json:
    floor = need.floor
    return {
        **_place(need.planned),
        "records_per_second": None if floor.per_second is None else round(floor.per_second),
        "needed": floor.needed,
        "planned": floor.planned,
        "bound": floor.bound,
        "steps": [{"at": spell_time(at), "replicas": replicas} for at, replicas in need.steps],
        **_sums(plan, need.pod_hours),
    }


def _stage(plan: Plan, stage: PlannedStage) -> Json:
    scaling = stage.stage.scaling
    return {
        **_place(stage),
        "min_replicas": scaling.min_replicas,
        "max_replicas": scaling.max_replicas,
        "floors": [_stretch(each) for each in stage.course],
        **_sums(plan, stage.pod_hours),
        "notes": list(stage.known.notes),
    }


def _stretch(each: Stretch) -> Json:
    return {
        "from": spell_time(each.begins),
        "to": spell_time(each.ends),
        "replicas": each.replicas,
        "event": None if each.floor is None else each.floor.name,
    }


def _place(stage: PlannedStage) -> Json:
    namespace, name = stage.pipeline
    return {"namespace": namespace, "pipeline": name, "stage": stage.stage.name}


def _sums(plan: Plan, hours: float) -> Json:
    cost = plan.cost(hours)
    return {"pod_hours": round(hours, 3), "cost": None if cost is None else round(cost, 4)}

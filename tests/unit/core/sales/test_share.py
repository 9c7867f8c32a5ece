"""What an event asks of a pipeline, long before it does and while it does."""

from dataclasses import replace
from types import MappingProxyType

from logpipeline.api.conditions import Reason
from logpipeline.core.decide import decide
from logpipeline.core.floors.floor import Floor
from logpipeline.core.memory import Memory
from logpipeline.core.occurrence import Announced, Occurrence, Usual
from logpipeline.core.sales.share import Governed, Share, share_of
from tests.unit.core.floors.given import TIMES, sale
from tests.unit.core.given import NOW, spec, stage
from tests.unit.core.sales.given import governed

LATER = Occurrence(*(getattr(TIMES, name) + 86_400 for name in ("warming", "ready", "start", "end", "over")))


def asked(pipeline: Governed, announced: Announced, usual: Usual | None = None) -> Share:
    return share_of(pipeline, announced, usual, NOW)


def only(shared: Share) -> Floor:
    return shared.parts["index"].floor


def test_a_day_ahead_it_is_told_what_will_be_planned_and_nothing_is_asked_for() -> None:
    floor = only(asked(governed(), sale(times=LATER)))
    assert floor.planned == 64
    assert floor.replicas == 0
    assert floor.per_second == 40_000


def test_what_will_not_fit_is_told_with_the_number_that_would_do() -> None:
    floor = only(asked(governed(maxReplicas=16), sale(times=LATER)))
    assert floor.planned == 16
    assert "maxReplicas is 16: 64 would do" in floor.bound


def test_under_way_it_is_what_was_decided() -> None:
    pipeline, announced = governed(), sale()
    sight = replace(pipeline.observation, sales=(announced,))
    pipeline = replace(pipeline, observation=sight, decision=decide(pipeline.spec, sight, Memory(), NOW))
    assert only(asked(pipeline, announced)) is pipeline.decision.stages["index"].floors[0]


def test_a_multiplier_multiplies_what_is_usual_and_without_that_nothing() -> None:
    announced = sale(times=LATER, multiplier=40)
    assert only(asked(governed(), announced, Usual(500.0, "mean of the last 24 h"))).per_second == 20_000
    floor = only(asked(governed(), announced))
    assert floor.planned == 0
    assert floor.unknown is not None
    assert floor.unknown.reason is Reason.BASELINE_UNKNOWN


def test_a_workload_that_is_not_there_yet_is_planned_for_all_the_same() -> None:
    pipeline = governed()
    absent = MappingProxyType({"index": replace(pipeline.observation.stages["index"], workload=None)})
    sight = replace(pipeline.observation, stages=absent)
    pipeline = replace(pipeline, observation=sight, decision=decide(pipeline.spec, sight, Memory(), NOW))
    assert only(asked(pipeline, sale(times=LATER))).planned == 64


def test_a_pipeline_whose_stages_changed_just_now_is_not_judged_by_the_old_ones() -> None:
    pipeline = replace(governed(), spec=spec(stage().model_copy(update={"name": "store"})))
    found = asked(pipeline, sale())
    assert (found.stages, dict(found.parts)) == (("store",), {})
    assert found.unknown

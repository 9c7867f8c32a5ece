"""The pipeline as a whole: its stages, its alert, and what it remembers."""

from logpipeline.api.conditions import Reason
from logpipeline.api.pipeline import Stage
from logpipeline.api.sources import KafkaSource, Source
from logpipeline.core.decide import decide, identity_of
from logpipeline.core.memory import Memory
from tests.unit.core.given import NOW, flow, missing, observation, seen, spec, stage, workload

QUIET = flow(lambda at: 50 * at, lambda at: 50 * at)
HEAVY = flow(lambda at: 600_000 + 50 * at, lambda at: 50 * at)


def two() -> tuple[Stage, ...]:
    return (stage(), stage().model_copy(update={"name": "store"}))


def test_every_stage_is_decided_by_itself_and_in_order() -> None:
    both = spec(*two())
    decision = decide(
        both, observation(index=seen((missing(),)), store=seen(HEAVY, workload(1))), Memory(), NOW
    )
    assert list(decision.stages) == ["index", "store"]
    assert decision.stages["index"].replicas == 2
    assert (decision.stages["store"].replicas or 0) == 1
    assert decision.backlog == 600_000 - 500  # two commit intervals of what flows


def test_the_alert_is_about_the_whole_pipeline() -> None:
    both = spec(*two(), backlog=1_000_000, **{"for": "0s"})
    decision = decide(both, observation(index=seen(HEAVY), store=seen(HEAVY)), Memory(), NOW)
    assert decision.backlog == 1_200_000 - 1_000
    assert Reason.ALERT_FIRED in [each.reason for each in decision.announcements]


def test_another_source_begins_a_new_memory() -> None:
    first = decide(spec(), observation(index=seen(QUIET)), Memory(), NOW).memory
    later = decide(spec(), observation(index=seen(QUIET)), first, NOW + 5).memory
    assert later.stages["index"].since == NOW
    other = KafkaSource(bootstrap_servers="kafka:9092", consumer_group="others")
    moved = stage().model_copy(update={"source": Source(kafka=other)})
    assert identity_of(moved) != identity_of(stage())
    anew = decide(spec(moved), observation(index=seen(QUIET)), later, NOW + 10).memory
    assert anew.stages["index"].since == NOW + 10


def test_a_stage_that_left_the_spec_is_forgotten() -> None:
    both = spec(*two())
    known = decide(both, observation(index=seen(QUIET), store=seen(QUIET)), Memory(), NOW).memory
    assert list(decide(spec(), observation(index=seen(QUIET)), known, NOW).memory.stages) == ["index"]


def test_trouble_is_told_once() -> None:
    away = observation(index=seen((missing(),)))
    first = decide(spec(), away, Memory(), NOW)
    assert [each.reason for each in first.announcements] == [Reason.SOURCE_UNREACHABLE]
    assert decide(spec(), away, first.memory, NOW + 5).announcements == ()

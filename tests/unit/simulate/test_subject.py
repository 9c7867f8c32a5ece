"""What was asked for on the command line -> what is played."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from logpipeline.sim.setting import START
from logpipeline.sim.trace import read_moment
from logpipeline.sim.traffic import Traffic
from logpipeline.sim.truth import Protocol
from logpipeline.simulate.facts import facts_of, notes_of
from logpipeline.simulate.options import Options, TrafficOptions, TruthOptions, UnusableError
from logpipeline.simulate.subject import Counted, Subject, subject_of

EXAMPLES = Path(__file__).parents[3] / "examples"
PIPELINE, SALE = EXAMPLES / "minimal.yaml", EXAMPLES / "scenarios" / "sale.yaml"
TWO_STAGES = EXAMPLES / "scenarios" / "two-stages.yaml"
WORLD_CUP, ELB = EXAMPLES / "traces" / "worldcup98.csv", EXAMPLES / "traces" / "elb_requests.csv"
NOON = "1998-06-30T12:00:00Z"
BEGINS, ENDS = read_moment(NOON), read_moment("1998-07-01T00:00:00Z")


def evening(**given: Any) -> TrafficOptions:  # noqa: ANN401
    """Noon to midnight of a day of the World Cup."""
    return TrafficOptions(**{"trace": WORLD_CUP, "begins": BEGINS, "ends": ENDS} | given)


def subject(traffic: TrafficOptions | None = None, **truth: Any) -> Subject:  # noqa: ANN401
    return subject_of(Options(pipeline=PIPELINE, traffic=traffic or evening(), truth=TruthOptions(**truth)))


def test_a_trace_is_played_from_when_it_begins_to_when_it_ends() -> None:
    played = subject()
    assert (played.start, played.ends) == (BEGINS, ENDS)
    assert played.scenario.until == timedelta(hours=12)
    assert played.setting(7).seed == 7


def test_the_peak_is_so_many_replicas_of_the_true_capacity_not_of_the_guess() -> None:
    played = subject(evening(peak_replicas=40), capacity=1_000)
    assert played.traffic is not None
    assert played.traffic.peak == pytest.approx(40_000)
    assert played.scenario.pipeline.stages[0].scaling.capacity.records_per_second == 20_000
    assert played.scenario.capacity(played.scenario.pipeline.stages[0]) == 1_000


def test_without_a_scenario_the_pipeline_is_as_the_help_says() -> None:
    played = subject()
    truth = played.scenario.stages["index"]
    assert (truth.partitions, truth.skew, truth.measuring.noise) == (64, 0.12, 0.05)
    assert (truth.start_up, truth.commit_every) == (timedelta(seconds=60), timedelta(seconds=5))
    assert (truth.rebalance.protocol, truth.rebalance.pause) == (Protocol.EAGER, timedelta(seconds=15))


def test_what_is_given_is_true_of_every_stage() -> None:
    truth = TruthOptions(
        partitions=12, skew=1.0, noise=0.2, protocol="Cooperative", pause=timedelta(seconds=3), nodes=5
    )
    played = subject_of(Options(scenario=TWO_STAGES, truth=truth))
    for stage in played.scenario.stages.values():
        assert (stage.partitions, stage.skew, stage.measuring.noise, stage.nodes) == (12, 1.0, 0.2, 5)
        assert stage.rebalance.protocol is Protocol.COOPERATIVE
        assert stage.rebalance.pause == timedelta(seconds=3)
    assert played.scenario.stages["collect"].output_ratio == 0.75


def test_a_pause_is_as_usual_with_the_protocol_that_is_given() -> None:
    eager, consumer = subject(), subject(protocol="Consumer")
    pauses = [each.scenario.stages["index"].rebalance.pause for each in (eager, consumer)]
    assert pauses[1] < pauses[0] == timedelta(seconds=15)


def test_as_many_replicas_as_keep_up_work_at_the_beginning() -> None:
    assert subject(evening(peak_replicas=40), capacity=1_000).scenario.stages["index"].replicas == 5
    assert subject(evening(peak_replicas=40), replicas=3).scenario.stages["index"].replicas == 3


def test_a_scenario_has_its_own_traffic_or_that_of_a_trace() -> None:
    own = subject_of(Options(scenario=SALE))
    assert (own.start, own.traffic) == (START, None)
    assert own.arrivals(30 * 60.0) == 800_000
    lent = subject_of(Options(scenario=SALE, traffic=evening(peak_replicas=40)))
    assert lent.start == BEGINS
    assert lent.scenario.stages["index"].replicas == 2
    assert lent.arrivals(9.7 * 3_600) > 700_000


def test_a_scenario_is_played_with_another_pipeline() -> None:
    played = subject_of(Options(scenario=SALE, pipeline=PIPELINE))
    assert played.scenario.pipeline.stages[0].scaling.max_replicas == 16


def test_what_kafka_knows_of_partitions_is_true_of_the_first_stage() -> None:
    part = subject().traffic
    assert part is not None
    topic = {"name": "access-log", "partitions": 3, "weights": [0.7, 0.2, 0.1]}
    asked = Options(pipeline=PIPELINE)
    played = subject_of(asked, Counted(Traffic("topic", part.starts, part.counts, 60.0), (topic,)))
    (told,) = played.scenario.stages["index"].topics
    assert told.weights == (0.7, 0.2, 0.1)
    forced = Options(pipeline=PIPELINE, truth=TruthOptions(partitions=8))
    assert subject_of(forced, Counted(part, (topic,))).scenario.stages["index"].topics == ()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (Options(), "give a scenario, or --pipeline FILE and --trace FILE"),
        (Options(pipeline=PIPELINE), "minimal.yaml does not say what arrives: give --trace FILE"),
        (Options(scenario=SALE, traffic=TrafficOptions(begins=BEGINS)), "--from, --to and --scale-peak-to"),
        (Options(pipeline=PIPELINE, traffic=TrafficOptions(EXAMPLES)), "cannot be read"),
        (Options(pipeline=PIPELINE, traffic=evening(ends=BEGINS - 60)), "no time goes by"),
        (Options(pipeline=PIPELINE, traffic=evening(peak_replicas=float("nan"))), "--scale-peak-to nan"),
        (Options(pipeline=PIPELINE, traffic=evening(), truth=TruthOptions(protocol="Lazy")), "'Eager'"),
        (Options(pipeline=PIPELINE, traffic=evening(), truth=TruthOptions(partitions=99_999)), "10000"),
        (
            Options(pipeline=PIPELINE, traffic=TrafficOptions(EXAMPLES / "traces" / "nyc_taxi.csv")),
            "215 days",
        ),
    ],
)
def test_what_cannot_be_played_is_a_sentence(options: Options, sentence: str) -> None:
    with pytest.raises(UnusableError) as error:
        subject_of(options)
    assert sentence in str(error.value)


def test_gaps_are_said() -> None:
    played = subject(TrafficOptions(ELB))
    (note,) = notes_of(played)
    assert "has gaps, crossed in a straight line: 2014-04" in note
    assert note.endswith("and 5 more")
    assert ("gaps", "8") in facts_of(played)
    assert not notes_of(subject())


def test_the_facts_tell_what_the_figures_depend_on() -> None:
    facts = dict(facts_of(subject(evening(peak_replicas=40), capacity=1_000)))
    assert facts["traffic"] == "worldcup98.csv"
    assert facts["when"] == "1998-06-30 12:00 to 1998-07-01 00:00 UTC"
    assert facts["a replica"] == "1k/s (guessed 20k/s)"
    assert facts["to rebalance"] == "15s eager"
    several = dict(facts_of(subject_of(Options(scenario=TWO_STAGES))))
    assert several["index"] == (
        "1k/s a replica, 2 to 64 replicas, 64 (skew 0.12) partitions, 15s eager to rebalance, 1m to start"
    )
    assert several["lasts"] == "2h"

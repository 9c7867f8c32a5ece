"""A scenario file: what is said, what is left out, and sentences for mistakes."""

import pytest
import yaml
from pydantic import ValidationError

from logpipeline.sim.scenario import Scenario
from logpipeline.sim.setting import setting_of
from logpipeline.sim.truth import Rebalance

FILE = """
name: burst
title: A sale opens.
pipeline:
  stages:
  - name: index
    scaleTargetRef: {name: log-indexer}
    source: {kafka: {bootstrapServers: "kafka:9092", consumerGroup: indexers, topics: [access-log]}}
    scaling: {minReplicas: 1, maxReplicas: 64, capacity: {recordsPerSecond: 1600}}
stages:
  index:
    skew: 0.12
    capacity: 1000
    rebalance: {protocol: Cooperative, pause: 5s}
arrivals:
- {at: 0s, rate: 8000}
- {at: 10m, rate: 40000, ramp: true}
until: 1h
seeds: [1, 2, 3]
"""


def test_a_file_says_what_is_known_and_what_is_true() -> None:
    scenario = Scenario.model_validate(yaml.safe_load(FILE))
    stage = scenario.pipeline.stages[0]
    assert stage.scaling.capacity.records_per_second == 1_600
    assert scenario.capacity(stage) == 1_000
    assert setting_of(scenario, 2).arrivals(300.0) == pytest.approx(24_000)


def test_what_is_left_out_is_as_the_operator_believes() -> None:
    words = yaml.safe_load(FILE)
    del words["stages"]
    scenario = Scenario.model_validate(words)
    assert scenario.capacity(scenario.pipeline.stages[0]) == 1_600
    assert scenario.truth(scenario.pipeline.stages[0]).partitions == 64


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ({}, 15),
        ({"protocol": "Eager"}, 15),
        ({"protocol": "Cooperative"}, 6),
        ({"protocol": "Consumer"}, 5),
        ({"protocol": "Consumer", "pause": "1s"}, 1),
    ],
)
def test_a_rebalance_pauses_as_is_usual_with_its_protocol(said: dict[str, str], seconds: int) -> None:
    assert Rebalance.model_validate(said).pause.total_seconds() == seconds


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"stages": {"indx": {}}}, "the pipeline has no such stage, only index"),
        ({"stages": {"index": {"partition": 3}}}, "Extra inputs are not permitted"),
        ({"arrivals": [{"at": "5m", "rate": 1}, {"at": "1m", "rate": 2}]}, "put them in order"),
        ({"until": "soon"}, "is not a duration"),
        ({"stages": {"index": {"hotKeys": [{"share": 0.1, "partition": 64}]}}}, "there are 64"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(change: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        Scenario.model_validate(yaml.safe_load(FILE) | change)


def test_a_scenario_without_arrivals_needs_a_curve() -> None:
    words = yaml.safe_load(FILE)
    del words["arrivals"]
    with pytest.raises(ValueError, match="burst does not say what arrives"):
        setting_of(Scenario.model_validate(words), 1)

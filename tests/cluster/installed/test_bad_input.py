"""Mistakes: each is told where the user looks, costs nobody else anything, and never changes a count."""

import copy
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any

import pytest
import yaml

from logpipeline.world.objects import replica_managers
from sandbox.demo.operator_pod import OperatorPod
from tests.cluster.installed.manifests import kafka, log_pipeline, redis, stage, unstarted
from tests.cluster.installed.measurements import series_of, wait_for_passes
from tests.cluster.installed.mistakes import RECORDS, REPLICAS, WANTED, Mistake, all_mistakes, governed_by
from tests.cluster.installed.records import Broker, Streams
from tests.cluster.installed.shop import Shop
from tests.cluster.installed.waiting import eventually

NAMES = (
    "no-target",
    "not-scalable",
    "no-such-kind",
    "no-right",
    "no-broker",
    "no-topic",
    "no-redis",
    "no-stream",
    "no-group",
    "wrong-type",
    "newer",
    "by-cpu",
)
NEIGHBOUR = "neighbour"
PACE_SECONDS = 10.0
"""Ten times the interval at which the operator was told to measure."""
DELETED_WITHIN = "5s"
YAML_NO = yaml.safe_load("no")
BOTH = {**kafka("kafka:9092", "a"), **redis("redis://redis:6379/0", "a")}


@pytest.fixture(scope="module")
def good(make_shop: Callable[[], Shop], broker: Broker, operator: OperatorPod) -> Shop:
    """Where all is well, with a pipeline for which nothing waits."""
    shop = make_shop()
    shop.apply(
        unstarted(NEIGHBOUR, 1),
        log_pipeline(NEIGHBOUR, stage(NEIGHBOUR, kafka(broker.bootstrap, broker.topic()))),
    )
    shop.until_governed(NEIGHBOUR)
    shop.until_event(NEIGHBOUR, "Claimed")
    eventually(lambda: _is_settled(shop, operator), bool, "the neighbour never comes to rest")
    return shop


def _is_settled(shop: Shop, operator: OperatorPod) -> bool:
    before = footprint(shop)
    wait_for_passes(operator, shop.namespace, NEIGHBOUR)
    return footprint(shop) == before


@pytest.fixture(scope="module")
def mistakes(broker: Broker, streams: Streams) -> Mapping[str, Mistake]:
    return all_mistakes(broker, streams)


@pytest.fixture(scope="module")
def bad(make_shop: Callable[[], Shop], good: Shop, mistakes: Mapping[str, Mistake]) -> Shop:  # noqa: ARG001
    """Where every mistake is made, all at once; but the elder of two pipelines comes a second earlier."""
    shop = make_shop()
    younger = [mistake.objects[-1] for mistake in mistakes.values()]
    shop.apply(*(found for mistake in mistakes.values() for found in mistake.objects[:-1]))
    created = shop.get("lp/elder")["metadata"]["creationTimestamp"]
    probe = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "clock-"}}
    eventually(lambda: shop.created(probe), lambda now: now > created, "the cluster's clock stands still")
    shop.apply(*younger)
    return shop


@pytest.fixture(autouse=True)
def _the_neighbour_feels_nothing(good: Shop, operator: OperatorPod) -> Iterator[None]:
    """Its status, its workload and its Events stay as they are, and it is measured as before."""
    before = footprint(good)
    yield
    wait_for_passes(operator, good.namespace, NEIGHBOUR, passes=1)
    assert footprint(good) == before


def footprint(shop: Shop) -> object:
    pipeline, workload = shop.get(f"lp/{NEIGHBOUR}"), shop.get(f"deployment/{NEIGHBOUR}")
    return (
        pipeline["metadata"]["resourceVersion"],
        workload["metadata"]["generation"],
        sorted(shop.events(NEIGHBOUR)),
    )


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("source", BOTH, "a stage has exactly one source: give kafka, redis or prometheus"),
        ("source", {}, "a stage has exactly one source: give kafka, redis or prometheus"),
        ("scaling.minReplicas", 9, "minReplicas is 9 and must not be above maxReplicas, which is 4"),
        ("scaling.minReplicas", -1, "should be greater than or equal to 0"),
        ("scaling.maxReplicas", 0, "should be greater than or equal to 1"),
        ("scaling.maxReplicas", 2**31, "should be less than or equal to 10000"),
        ("scaling.maxReplicas", 10**30, "maxReplicas"),
        ("scaling.capacity.recordsPerSecond", 0, "should be greater than or equal to 1"),
        ("scaling.drainWithin", "0s", "drainWithin"),
        ("scaling.maxReplicas", 7.5, 'must be of type integer: "number"'),
        ("scaling.capacity.recordsPerSecond", 0.5, 'must be of type integer: "number"'),
        ("source.kafka.topics", [f"topic-{n}" for n in range(300)], "must have at most 64 items"),
        ("source.kafka.topics", [YAML_NO], 'must be of type string: "boolean"'),
        ("scaling.maxReplcas", 8, 'unknown field "spec.stages[0].scaling.maxReplcas"'),
    ],
)
def test_nonsense_is_refused_with_a_sentence_and_the_pipeline_goes_on_as_before(
    good: Shop, path: str, value: object, sentence: str
) -> None:
    found = good.get(f"lp/{NEIGHBOUR}")
    edited = log_pipeline(NEIGHBOUR, copy.deepcopy(found["spec"]["stages"][0]))
    *way, last = path.split(".")
    at: Any = edited["spec"]["stages"][0]
    for step in way:
        at = at[step]
    at[last] = value
    assert sentence in good.refusal(edited)


@pytest.mark.parametrize("name", NAMES)
def test_a_mistake_is_told_touches_nothing_and_is_over_when_it_is_mended(
    bad: Shop, mistakes: Mapping[str, Mistake], name: str
) -> None:
    mistake = mistakes[name]
    sentence = bad.until_condition(name, mistake.condition, "False", mistake.reason)
    for part in mistake.says:
        assert part in sentence
    assert bad.condition(name, "Ready") == ("False", mistake.reason, sentence)
    [event] = bad.until_event(name, mistake.reason)
    assert (event.status, event.message) == ("Warning", sentence)
    for workload in bad.workloads(name):
        assert workload["spec"]["replicas"] == REPLICAS
        if mistake.condition == "ScalingActive":
            assert "logpipeline" not in replica_managers(workload), "what may not be scaled is not claimed"

    mistake.mend(bad)
    bad.until_replicas(name, lambda count: count == WANTED, f"{name} was mended and is not governed")
    bad.until_governed(name)


def test_every_mistake_is_in_the_table(mistakes: Mapping[str, Mistake]) -> None:
    assert set(mistakes) == set(NAMES)


def test_a_broker_that_is_away_does_not_slow_the_others_down(
    shop: Shop, good: Shop, operator: OperatorPod
) -> None:
    gone = stage("index", kafka("127.0.0.1:9", "any"))
    shop.apply(unstarted("index", REPLICAS), log_pipeline("gone", gone))
    shop.until_condition("gone", "SourcesAvailable", "False", "SourceUnreachable")
    measured = wait_for_passes(operator, good.namespace, NEIGHBOUR, passes=5)
    assert max(after - before for before, after in pairwise(measured)) < PACE_SECONDS
    assert shop.replicas("index") == REPLICAS
    status = shop.get("lp/gone")["status"]
    unknown = {"backlogRecords", "oldestSeconds", "arrivalPerSecond"}
    assert not unknown & status["summary"].keys(), "what is not known is not zero"
    assert not unknown & status["stages"][0].keys()


def test_deleting_a_pipeline_in_the_middle_of_a_scale_is_quick_and_leaves_the_workload_as_it_is(
    shop: Shop, good: Shop, broker: Broker, operator: OperatorPod
) -> None:
    source = kafka(broker.bootstrap, broker.topic(records=RECORDS))
    shop.apply(unstarted("index", REPLICAS), governed_by("index", source))
    shop.until_replicas("index", lambda count: count == WANTED, "it is not scaled")
    assert shop.get("deployment/index")["status"].get("readyReplicas", 0) < WANTED, "the scale is under way"
    shop.run("delete", "lp", "index", f"--timeout={DELETED_WITHIN}")
    generation = shop.get("deployment/index")["metadata"]["generation"]
    wait_for_passes(operator, good.namespace, NEIGHBOUR)
    assert (shop.get("deployment/index")["metadata"]["generation"], shop.replicas("index")) == (
        generation,
        WANTED,
    )
    assert not series_of(operator, shop.namespace, "index"), "its series are gone with it"


def test_a_spec_that_is_edited_in_the_middle_of_a_scale_counts_at_once(shop: Shop, broker: Broker) -> None:
    edited = governed_by("index", kafka(broker.bootstrap, broker.topic(records=RECORDS)))
    shop.apply(unstarted("index", 1), edited)
    shop.until_replicas("index", lambda count: count == WANTED, "it is not scaled")
    scaling = edited["spec"]["stages"][0]["scaling"]
    for bounds, replicas in (((0, 2), 2), ((3, 3), 3)):
        scaling["minReplicas"], scaling["maxReplicas"] = bounds
        shop.apply(edited)
        shop.until_replicas("index", replicas.__eq__, f"{bounds} do not bound it")
        shop.until_governed("index")


def test_a_kind_that_is_not_watched_is_scaled_where_the_chart_was_told_so(shop: Shop, broker: Broker) -> None:
    source = kafka(broker.bootstrap, broker.topic(records=RECORDS))
    target = {"kind": "ReplicaSet", "name": "index"}
    shop.apply(unstarted("index", REPLICAS, "ReplicaSet"), governed_by("index", source, target))
    shop.until_replicas("replicaset/index", lambda count: count == WANTED, "a ReplicaSet is not scaled")
    shop.until_governed("index")
    replicas = shop.get("lp/index")["status"]["stages"][0]["replicas"]
    assert "ready" not in replicas, "its scale does not tell how many are ready"

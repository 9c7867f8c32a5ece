"""Announced events, as people see them who apply one: warmed ahead, proven ready, held, and let go."""

import random
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from sandbox.demo.operator_pod import OperatorPod
from tests.cluster.installed.journeys import Journey
from tests.cluster.installed.manifests import (
    Json,
    ferry,
    kafka,
    log_pipeline,
    sales_event,
    stage,
    unstarted,
)
from tests.cluster.installed.measurements import series_of
from tests.cluster.installed.records import Broker
from tests.cluster.installed.shop import Shop
from tests.cluster.installed.test_kill import kill
from tests.cluster.installed.waiting import eventually

LIMIT = 500
PARTITIONS = 4
PHASES = ["Scheduled", "Warming", "Ready", "Active", "RampingDown", "Done"]
PATH = [1, 4, 2, 1]
"""All at once, as a lead of a minute leaves no time for steps; and down by halves."""
KILLS = 5
SOON = 90.0
FAR = 7 * 86_400.0


def indexing(broker: Broker, records: Path, **scaling: object) -> tuple[Json, Json]:
    """Workers that take 500 records/s each, one for each of four partitions, and their pipeline."""
    topic = broker.topic(PARTITIONS)
    source = [f"--kafka={broker.bootstrap}", f"--topic={topic}", f"--group={topic}"]
    workers = ferry("index", ["worker", *source, "--sink=file:/records", f"--limit={LIMIT}"], records)
    capacity = {"recordsPerSecond": LIMIT, "learn": False}
    given = {"capacity": capacity, "targetUtilizationPercent": 70, "drainWithin": "10s", **scaling}
    return workers, log_pipeline("night", stage("index", kafka(broker.bootstrap, topic), **given))


def selling(shop: Shop, records: Path, broker: Broker) -> Journey:
    """An event that takes all four workers, announced 90 s ahead."""
    shop.apply(*indexing(broker, records))
    shop.until_governed("night")
    shop.until_replicas("index", lambda count: count == 1, "it does not rest at its minimum")
    shop.apply(sales_event("opening", SOON, expected={"recordsPerSecond": 1_300}))
    return Journey(shop, "opening", "index")


def start_of(shop: Shop) -> float:
    status = shop.get("sale/opening")["status"]
    return datetime.fromisoformat(status["occurrence"]["start"]).timestamp()


def test_an_event_is_warmed_proven_ready_before_its_start_held_and_let_go(
    shop: Shop, broker: Broker, operator: OperatorPod, tmp_path: Path
) -> None:
    journey = selling(shop, tmp_path, broker)
    assert "4 replicas of 1 stage" in shop.until_condition("sale/opening", "Feasible", "True", "Fits")
    upcoming = eventually(lambda: shop.table("lp")["NEXT SALE"], bool, "the pipeline does not tell of it")
    assert upcoming.startswith("opening 20")
    journey.follow()

    start = start_of(shop)
    assert journey.phases() == PHASES
    assert journey.path() == PATH
    assert journey.first("Ready").at < start, "proven before the first customer comes"
    assert journey.first("Ready").shown == "4/4"
    held = journey.between(start - 5.0, start + 59.0)
    assert {sight.replicas for sight in held} == {4}, "never a dip, neither before the start nor after it"
    told = [event.reason for event in shop.events("sale/opening")]
    assert sorted(told) == ["Fits", "Over", "Prewarmed", "Started"]
    line = shop.table("sale")
    assert line["PHASE"] == "Done"
    assert line["WHEN"].startswith("20")
    series = {
        key.metric: value for key, value in series_of(operator, shop.namespace, "opening", "sale").items()
    }
    assert series["logpipeline_sale_start_timestamp_seconds"] == start


def test_killed_again_and_again_the_operator_goes_the_same_way(
    shop: Shop, broker: Broker, operator: OperatorPod, tmp_path: Path
) -> None:
    journey, dice = selling(shop, tmp_path, broker), random.Random(time.time_ns())  # noqa: S311 - no secret
    began = time.time()
    moments = sorted(began + dice.uniform(5.0, SOON + 70.0) for _ in range(KILLS))
    print("killed after", [round(moment - began, 1) for moment in moments])  # noqa: T201 - to do it again

    def meanwhile(now: float) -> None:
        if moments and moments[0] <= now:
            kill(operator)
            moments.pop(0)

    journey.follow(meanwhile)
    assert moments == []
    assert journey.path() == PATH
    assert {"Active", "Done"} <= set(journey.phases())
    start = start_of(shop)
    assert {sight.replicas for sight in journey.between(start - 5.0, start + 59.0)} == {4}
    for reason in ("Prewarmed", "Started", "Over"):
        assert len(shop.events("sale/opening", reason)) == 1, f"{reason} is told once"


@pytest.fixture(scope="module")
def resting(make_shop: Callable[[], Shop], broker: Broker) -> Iterator[Shop]:
    """A shop with a pipeline that rests, whose pods no node takes."""
    shop = make_shop()
    topic = broker.topic(PARTITIONS)
    capacity = {"recordsPerSecond": LIMIT, "learn": False}
    index = stage("index", kafka(broker.bootstrap, topic), capacity=capacity)
    pipeline = log_pipeline("night", index)
    pipeline["metadata"]["labels"] = {"tier": "storefront"}
    shop.apply(unstarted("index", 1), pipeline)
    shop.until_governed("night")
    return shop


@pytest.mark.parametrize(
    ("name", "spec", "reason", "says"),
    [
        ("too-much", {"expected": {"recordsPerSecond": 20_000}}, "DoesNotFit", "partitions would do"),
        (
            "nobody",
            {"pipelineSelector": {"matchLabels": {"tier": "back"}}, "expected": {"replicas": {"index": 2}}},
            "NothingSelected",
            "selects no LogPipeline",
        ),
        ("typo", {"expected": {"replicas": {"indexx": 2}}}, "StageUnknown", "stages are index"),
        (
            "nowhere",
            {"schedule": {"at": "2030-11-11T00:00:00", "timeZone": "Asia/Shangri-La"}},
            "TimeZoneUnknown",
            "Asia/Shangri-La",
        ),
        ("never", {"schedule": {"cron": "0 0 30 2 *"}}, "NeverStarts", "30 2"),
        ("unknown-base", {"expected": {"multiplier": 40}}, "BaselineUnknown", "Give recordsPerSecond"),
    ],
)
def test_what_cannot_be_had_is_said_when_it_is_applied(
    resting: Shop, name: str, spec: dict[str, object], reason: str, says: str
) -> None:
    given = {"expected": {"replicas": {"index": 2}}, **spec}
    resting.apply(sales_event(name, FAR, **given))
    assert says in resting.until_condition(f"sale/{name}", "Feasible", "False", reason)
    (warned,) = resting.until_event(f"sale/{name}", reason)
    assert warned.status == "Warning"
    assert resting.replicas("index") == 1


def test_a_quota_that_is_too_small_is_named_with_the_number_that_would_do(shop: Shop, broker: Broker) -> None:
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "pods"}}
    index = stage("index", kafka(broker.bootstrap, broker.topic(PARTITIONS)))
    shop.apply(
        {**quota, "spec": {"hard": {"pods": "3"}}}, unstarted("index", 1), log_pipeline("night", index)
    )
    shop.until_governed("night")
    shop.apply(sales_event("opening", FAR, expected={"replicas": {"index": 4}}))
    sentence = shop.until_condition("sale/opening", "Feasible", "False", "QuotaTooSmall")
    assert "ResourceQuota pods allows pods 3, 1 are taken: 4 would do" in sentence


def test_pods_that_no_node_takes_are_the_cause_that_is_told_before_the_start(
    shop: Shop, broker: Broker
) -> None:
    index = stage("index", kafka(broker.bootstrap, broker.topic(PARTITIONS)))
    shop.apply(unstarted("index", 1), log_pipeline("night", index))
    shop.until_governed("night")
    shop.apply(sales_event("opening", 60.0, readyBefore="45s", expected={"replicas": {"index": 3}}))
    sentence = shop.until_condition("sale/opening", "PrewarmReady", "False", "PrewarmNotReady")
    sentence = eventually(
        lambda: shop.condition("sale/opening", "PrewarmReady"),
        lambda told: told is not None and "3 pods: Unschedulable" in told.message,
        f"the cause is not told: {sentence}",
    ).message
    assert "3 are missing: 0 of 3 replicas are proven ready; it starts in" in sentence
    assert shop.until_event("sale/opening", "PrewarmNotReady")[0].status == "Warning"
    assert shop.table("sale")["SHORT"] == "3"
    shop.run("delete", "sale", "opening", "--timeout=10s")
    eventually(
        lambda: shop.get("lp/night")["status"]["stages"][0],
        lambda seen: "events" not in seen,
        "an event that is gone still asks for replicas",
    )


def test_an_event_that_is_created_within_its_window_is_warmed_at_once_and_that_is_said(
    shop: Shop, broker: Broker
) -> None:
    index = stage("index", kafka(broker.bootstrap, broker.topic(PARTITIONS)))
    shop.apply(unstarted("index", 1), log_pipeline("night", index))
    shop.until_governed("night")
    shop.apply(sales_event("opening", -20.0, leadTime="10m", expected={"replicas": {"index": 4}}))
    shop.until_replicas("index", lambda count: count == 4, "it is not warmed")
    told = shop.until_condition("sale/opening", "Feasible", "True", "Fits")
    assert "as fast as possible" in told

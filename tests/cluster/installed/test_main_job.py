"""From `helm install` and `kubectl apply` to a backlog that is gone: what the operator is for."""

from pathlib import Path

import pytest

from logferry.count import count_files
from logpipeline.world.objects import replica_managers
from sandbox.demo.operator_pod import OperatorPod
from tests.cluster.installed.manifests import Json, ferry, kafka, log_pipeline, redis, stage, unstarted
from tests.cluster.installed.measurements import wait_for_passes
from tests.cluster.installed.records import Broker, Streams, unique
from tests.cluster.installed.shop import Shop
from tests.cluster.installed.waiting import eventually

RECORDS = 40_000
LIMIT = 2_000
SETTLED_PASSES = 4
"""So many seconds: a count that was changed before a watch can have shown it is nobody's fault."""


def worker(name: str, broker: Broker, topic: str, records: Path) -> Json:
    """A Deployment of workers that can do `LIMIT` records/s each."""
    source = [f"--kafka={broker.bootstrap}", f"--topic={topic}", f"--group={topic}"]
    return ferry(name, ["worker", *source, "--sink=file:/records", f"--limit={LIMIT}"], records)


def test_a_burst_is_met_in_one_step_drained_to_the_last_record_and_paid_for_no_longer_than_needed(
    shop: Shop, broker: Broker, tmp_path: Path
) -> None:
    topic = broker.topic(partitions=4)
    capacity = {"recordsPerSecond": LIMIT}
    alerts = {"backlog": RECORDS // 2, "for": "0s"}

    def governed_in(mode: str) -> Json:
        source = kafka(broker.bootstrap, topic)
        index = stage("index", source, mode=mode, capacity=capacity, drainWithin="5s")
        return log_pipeline("burst", index, alerts=alerts)

    shop.apply(worker("index", broker, topic, tmp_path), governed_in("Paused"))
    shop.run("wait", "--for=condition=Available", "--timeout=60s", "deployment/index")
    broker.produce(topic, 4, RECORDS)
    shop.apply(governed_in("Auto"))  # so that it meets the burst as a whole, however slowly it was written
    shop.until_replicas("index", lambda count: count == 4, "the burst was not met")
    [up] = shop.until_event("burst", "ScaledUp")
    assert up.message.startswith("index: 1→4: "), "in one step, and with the rule that asked for it"
    [alert] = shop.until_event("burst", "AlertFired")
    assert "BacklogCritical" in alert.message
    eventually(lambda: count_files([tmp_path]).distinct, lambda n: n == RECORDS, "records did not arrive")

    shop.until_replicas("index", lambda count: count == 1, "what the burst needed is still running")
    shop.until_event("burst", "AlertResolved")
    assert len(shop.events("burst", "AlertFired")) == 1
    eventually(
        lambda: shop.get("lp/burst")["status"]["summary"],
        lambda summary: (summary["backlogRecords"], summary["replicas"]) == (0, "1/1"),
        "the status does not say that all is quiet",
    )


def test_records_pass_from_redis_through_kafka_to_files_and_both_stages_grow(
    shop: Shop, broker: Broker, streams: Streams, tmp_path: Path
) -> None:
    stream, topic, capacity = unique("stream"), broker.topic(partitions=4), {"recordsPerSecond": LIMIT}
    streams.group(stream)
    way = [f"--redis={streams.url}", f"--stream={stream}", f"--group={stream}", f"--kafka={broker.bootstrap}"]
    relay = ferry("collect", ["relay", *way, f"--topic={topic}", f"--limit={LIMIT}"])
    quick: Json = {"capacity": capacity, "drainWithin": "3s", "maxReplicas": 3}
    collect = stage("collect", redis(streams.url, stream), **quick)
    index = stage("index", kafka(broker.bootstrap, topic), **quick)
    shop.apply(relay, worker("index", broker, topic, tmp_path), log_pipeline("two", collect, index))
    shop.until_governed("two")

    streams.add(stream, RECORDS)
    for workload in ("collect", "index"):
        shop.until_replicas(workload, lambda count: count > 1, f"{workload} does not grow")
    eventually(lambda: count_files([tmp_path]).distinct, lambda n: n == RECORDS, "records did not arrive")
    stages = shop.get("lp/two")["status"]["stages"]
    assert [found["name"] for found in stages] == ["collect", "index"]


def test_a_stage_sleeps_while_nothing_comes_and_wakes_for_a_single_record(
    shop: Shop, broker: Broker, tmp_path: Path
) -> None:
    topic = broker.topic(partitions=1)
    index = stage("index", kafka(broker.bootstrap, topic), minReplicas=0)
    shop.apply(worker("index", broker, topic, tmp_path), log_pipeline("night", index))
    shop.until_replicas("index", lambda count: count == 0, "nothing waits, and it does not sleep")
    shop.until_event("night", "PutToSleep")
    eventually(lambda: shop.run("get", "pods", "-o", "name"), "".__eq__, "its last worker does not end")
    broker.produce(topic, 1, 1)
    shop.until_event("night", "Woken")
    eventually(lambda: count_files([tmp_path]).distinct, lambda n: n == 1, "the record is not served")


@pytest.mark.parametrize(("mode", "reason"), [("Advise", "Advising"), ("Paused", "Paused")])
def test_a_stage_that_is_not_to_be_touched_is_measured_and_not_touched(
    shop: Shop, broker: Broker, mode: str, reason: str
) -> None:
    source = kafka(broker.bootstrap, broker.topic(records=RECORDS))
    shop.apply(
        unstarted("index", 2), log_pipeline("look", stage("index", source, mode=mode, drainWithin="5s"))
    )
    shop.until_condition("look", "ScalingActive", "False", reason)
    shop.until_governed("look")
    [seen] = shop.get("lp/look")["status"]["stages"]
    assert (seen["backlogRecords"], seen["replicas"]["observed"], seen["replicas"]["wanted"]) == (
        RECORDS,
        2,
        4,
    )
    workload = shop.get("deployment/index")
    assert (workload["spec"]["replicas"], workload["metadata"]["generation"]) == (2, 1)
    assert "logpipeline" not in replica_managers(workload)
    assert [event for event in shop.events("look") if event.status == "Warning"] == []
    if mode == "Advise":
        [told] = shop.until_event("look", "Advising")
        assert "would set Deployment" in told.message
        assert "to 4 replicas" in told.message


def test_the_count_is_ours_and_applying_the_workload_again_does_not_take_it_away(
    shop: Shop, broker: Broker
) -> None:
    workload = ferry("index", ["worker"])
    workload["spec"]["template"]["spec"]["nodeSelector"] = {"no-such": "node"}
    source = kafka(broker.bootstrap, broker.topic(records=RECORDS))
    shop.apply(workload, log_pipeline("ours", stage("index", source, drainWithin="5s")))
    shop.until_replicas("index", lambda count: count == 4, "it is not scaled")
    workload["spec"]["minReadySeconds"] = 1
    shop.apply(workload)
    seen = shop.get("deployment/index")
    assert (seen["spec"]["minReadySeconds"], seen["spec"]["replicas"]) == (1, 4)
    assert replica_managers(seen) == ("logpipeline",)
    [how] = [entry for entry in seen["metadata"]["managedFields"] if entry["manager"] == "logpipeline"]
    assert (how["operation"], how["subresource"]) == ("Apply", "scale")


def test_somebody_who_writes_the_count_again_and_again_is_named(
    shop: Shop, broker: Broker, operator: OperatorPod
) -> None:
    source = kafka(broker.bootstrap, broker.topic(records=RECORDS))
    shop.apply(unstarted("index", 1), log_pipeline("fight", stage("index", source, drainWithin="5s")))
    for _ in range(3):
        shop.until_replicas("index", lambda count: count == 4, "it is not scaled")
        wait_for_passes(operator, shop.namespace, "fight", passes=SETTLED_PASSES)
        shop.run("scale", "deployment/index", "--replicas=1")
    sentence = shop.until_condition("fight", "ScalingActive", "True", "TargetContested")
    assert "kubectl keeps writing spec.replicas of Deployment index" in sentence
    shop.until_event("fight", "TargetContested")
    shop.until_replicas("index", lambda count: count == 4, "it gave up")

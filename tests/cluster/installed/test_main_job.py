"""From `helm install` and `kubectl apply` to a backlog that is gone: what the operator is for."""

from pathlib import Path

from logferry.count import count_files
from tests.cluster.installed.manifests import ferry, kafka, log_pipeline, stage
from tests.cluster.installed.records import Broker
from tests.cluster.installed.shop import Shop
from tests.cluster.installed.waiting import eventually

RECORDS = 20_000
LIMIT = 2_000


def worker(name: str, broker: Broker, topic: str, records: Path) -> dict[str, object]:
    """A Deployment of workers that can do `LIMIT` records/s each."""
    source = [f"--kafka={broker.bootstrap}", f"--topic={topic}", f"--group={topic}"]
    return ferry(name, ["worker", *source, "--sink=file:/records", f"--limit={LIMIT}"], records)


def test_a_burst_is_met_in_one_step_drained_to_the_last_record_and_paid_for_no_longer_than_needed(
    shop: Shop, broker: Broker, tmp_path: Path
) -> None:
    topic = broker.topic(partitions=4)
    capacity = {"recordsPerSecond": LIMIT}
    index = stage("index", kafka(broker.bootstrap, topic), capacity=capacity, drainWithin="5s")
    alerts = {"backlog": RECORDS // 2, "for": "0s"}
    shop.apply(worker("index", broker, topic, tmp_path), log_pipeline("burst", index, alerts=alerts))
    shop.until_governed("burst")
    shop.run("wait", "--for=condition=Available", "--timeout=60s", "deployment/index")

    broker.produce(topic, 4, RECORDS)
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

"""The operator is killed at the worst moments, and nobody downstream notices."""

from http import HTTPStatus
from pathlib import Path
from urllib.request import urlopen

from logferry.count import count_files
from sandbox.demo.operator_pod import PORT, OperatorPod
from tests.cluster.installed.manifests import ferry, kafka, log_pipeline, stage, unstarted
from tests.cluster.installed.measurements import wait_for_passes
from tests.cluster.installed.mistakes import RECORDS, WANTED, governed_by
from tests.cluster.installed.records import Broker
from tests.cluster.installed.shop import Shop
from tests.cluster.installed.waiting import eventually

LIMIT = 500
BURST = 30_000
WITHIN_SECONDS = 10.0


def kill(operator: OperatorPod) -> None:
    """SIGKILL, as soon as it works again after the last one."""
    eventually(lambda: is_ready(operator), lambda ready: ready, "nobody starts it again")
    operator.kill()


def is_ready(operator: OperatorPod) -> bool:
    """It has seen all there is, and governs."""
    try:
        with urlopen(f"http://{operator.address}:{PORT}/readyz", timeout=WITHIN_SECONDS) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except OSError:
        return False


def test_killed_before_during_and_after_a_scale_it_ends_at_the_same_count_and_tells_each_thing_once(
    shop: Shop, broker: Broker, operator: OperatorPod, tmp_path: Path
) -> None:
    topic = broker.topic(partitions=4)
    source = [f"--kafka={broker.bootstrap}", f"--topic={topic}", f"--group={topic}"]
    workers = ferry("index", ["worker", *source, "--sink=file:/records", f"--limit={LIMIT}"], tmp_path)
    capacity, careful = {"recordsPerSecond": LIMIT}, {"scaleDown": {"stabilizationWindow": "10m"}}
    index = stage(
        "index", kafka(broker.bootstrap, topic), capacity=capacity, drainWithin="5s", behavior=careful
    )
    alerts = {"backlog": BURST // 10, "for": "0s"}
    shop.apply(workers, log_pipeline("night", index, alerts=alerts))
    shop.until_governed("night")
    first = eventually(lambda: shop.pods("index"), bool, "no pod is ready")

    kill(operator)
    broker.produce(topic, 4, BURST)
    firing = [("BacklogCritical", "Firing")]
    eventually(lambda: alerts_of(shop), firing.__eq__, "the burst came while it was dead, and is not seen")
    assert shop.replicas("index") == WANTED
    kill(operator)
    story = "the scale that was under way does not end"
    all_four = eventually(lambda: shop.pods("index"), lambda pods: len(pods) == WANTED, story)
    kill(operator)
    eventually(lambda: count_files([tmp_path]).distinct, BURST.__eq__, "records did not arrive")
    shop.until_event("night", "AlertResolved")

    assert shop.replicas("index") == WANTED, "a new operator has not seen enough to take anything away"
    assert shop.pods("index") == all_four
    assert first.items() <= all_four.items(), "the pod that was there is still there"
    assert shop.events("night", "ScaledDown") == []
    assert len(shop.events("night", "ScaledUp")) == 1, "in one step, and told once"
    assert len(shop.events("night", "AlertFired")) == 1


def alerts_of(shop: Shop) -> list[tuple[str, str]]:
    alerts = shop.get("lp/night").get("status", {}).get("alerts", ())
    return [(alert["name"], alert["state"]) for alert in alerts]


def test_a_pipeline_is_deleted_while_there_is_no_operator_and_its_workload_stays(
    shop: Shop, broker: Broker, operator: OperatorPod
) -> None:
    source = kafka(broker.bootstrap, broker.topic(records=RECORDS))
    other = log_pipeline("other", stage("other", source, mode="Paused"))
    shop.apply(unstarted("index", 1), unstarted("other", 1), governed_by("index", source), other)
    shop.until_replicas("index", lambda count: count == WANTED, "it is not scaled")
    kill(operator)
    shop.run("delete", "lp", "index", "--timeout=5s")
    generation = shop.get("deployment/index")["metadata"]["generation"]
    wait_for_passes(operator, shop.namespace, "other")
    assert shop.get("deployment/index")["metadata"]["generation"] == generation
    assert shop.replicas("index") == WANTED

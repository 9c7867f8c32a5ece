"""What is odd, huge, contradictory or about to go: the operator governs it, or says why not."""

import copy
import json
from collections.abc import Iterator
from itertools import pairwise

import pytest
from confluent_kafka.admin import AdminClient

from sandbox.demo.operator_pod import OperatorPod
from tests.cluster.installed.manifests import Json, autoscaler, kafka, log_pipeline, redis, stage, unstarted
from tests.cluster.installed.measurements import series_of, wait_for_passes
from tests.cluster.installed.mistakes import RECORDS, WANTED, governed_by
from tests.cluster.installed.records import Broker, Streams, unique
from tests.cluster.installed.shop import Shop
from tests.cluster.installed.waiting import eventually
from tests.hazards import hazard
from tests.kubectl import Kubectl

PARTITIONS, STAGES = 1_000, 8
MOST_BYTES = 100_000
PACE_SECONDS = 10.0
"""Ten times the interval at which the operator was told to measure."""
GONE_WITHIN = "40s"


@pytest.fixture
def source(broker: Broker) -> Json:
    """Records that ask for `WANTED` replicas."""
    return kafka(broker.bootstrap, broker.topic(records=RECORDS))


@hazard(
    seen="`TargetShared` on one of them, `Governed` on the other",
    done="One governs, and the same one for good",
)
def test_two_pipelines_on_one_workload_are_created_at_once(
    shop: Shop, source: Json, operator: OperatorPod
) -> None:
    names = ("one", "two")
    shop.apply(unstarted("index", 1), *(governed_by("index", source, pipeline=name) for name in names))
    shop.until_replicas("index", WANTED.__eq__, "nobody governs it")

    def reasons() -> list[str]:
        told = (shop.condition(name, "ScalingActive") for name in names)
        return sorted(one.reason for one in told if one is not None)

    eventually(reasons, ["Scaling", "TargetShared"].__eq__, "it is not one that governs")
    resting = [(shop.condition(name, "ScalingActive") or ())[:2] for name in names]
    for name in names:
        wait_for_passes(operator, shop.namespace, name)
    assert [(shop.condition(name, "ScalingActive") or ())[:2] for name in names] == resting
    assert shop.get("deployment/index")["metadata"]["generation"] == 2, "it was scaled once"


@hazard(
    seen="`TargetHasAutoscaler`: which one, and to delete it",
    done="The count is the autoscaler's until it goes",
)
def test_an_autoscaler_comes_later(shop: Shop, broker: Broker, operator: OperatorPod) -> None:
    # What KEDA makes of a ScaledObject is an autoscaler of this name.
    name, topic = "keda-hpa-index", broker.topic(records=RECORDS // 4)
    shop.apply(unstarted("index", 1), governed_by("index", kafka(broker.bootstrap, topic)))
    shop.until_replicas("index", lambda count: count > 1, "it is not scaled")
    shop.apply(autoscaler(name, "index"))
    sentence = shop.until_condition("index", "ScalingActive", "False", "TargetHasAutoscaler")
    assert f"HorizontalPodAutoscaler {name}" in sentence
    assert "delete it" in sentence
    before = shop.replicas("index")
    broker.produce(topic, 4, RECORDS)
    wait_for_passes(operator, shop.namespace, "index")
    assert shop.replicas("index") == before
    shop.run("delete", "hpa", name)
    shop.until_replicas("index", WANTED.__eq__, "it is not governed again")
    shop.until_governed("index")


@hazard(seen="`Governed`", done="Scaled as usual")
def test_names_are_as_long_as_they_may_be_and_in_any_script(shop: Shop, streams: Streams) -> None:
    name, stream = "n" * 253, f"журнал-日志-🛒-{unique('stream')}"
    streams.group(stream)
    streams.add(stream, RECORDS)
    workload = unstarted("index", 1)
    workload["metadata"]["name"] = name
    shop.apply(workload, governed_by(name, redis(streams.url, stream)))
    shop.until_replicas(name, lambda count: count == WANTED, "it is not scaled")
    shop.until_governed(name)
    shop.until_event(name, "ScaledUp")


@hazard(seen="`Governed`; of the partitions only how many, so that it stays small", done="Scaled as usual")
def test_eight_stages_have_a_thousand_partitions_each(
    shop: Shop, broker: Broker, operator: OperatorPod, wide: str
) -> None:
    names = [f"index-{number}" for number in range(STAGES)]
    stages = [stage(name, kafka(broker.bootstrap, wide, unique("group"))) for name in names]
    shop.apply(*(unstarted(name, 1) for name in names), log_pipeline("wide", *stages))
    shop.until_governed("wide")
    for name in names:
        shop.until_replicas(name, lambda count: count > 1, f"{name} is not scaled")
    measured = wait_for_passes(operator, shop.namespace, "wide", passes=5)
    assert max(after - before for before, after in pairwise(measured)) < PACE_SECONDS
    status = shop.get("lp/wide")["status"]
    assert [stage["partitions"]["total"] for stage in status["stages"]] == [PARTITIONS] * STAGES
    assert len(json.dumps(status)) < MOST_BYTES


@pytest.fixture
def wide(broker: Broker) -> Iterator[str]:
    """A topic of a thousand partitions, which is gone afterwards."""
    topic = broker.topic(PARTITIONS, 20 * PARTITIONS)
    yield topic
    administrator = AdminClient({"bootstrap.servers": broker.bootstrap})
    administrator.delete_topics([topic])[topic].result(60)


@hazard(seen="Nothing: it goes too", done="It goes as fast as without the operator, which lets go of it")
def test_the_namespace_is_deleted(kubectl: Kubectl, source: Json, operator: OperatorPod) -> None:
    shop, starts = Shop(kubectl, unique("leaving")), operator.restarts()
    kubectl("create", "namespace", shop.namespace)
    shop.apply(unstarted("index", 1), governed_by("index", copy.deepcopy(source)))
    shop.until_replicas("index", WANTED.__eq__, "it is not scaled")
    kubectl("delete", "namespace", shop.namespace, f"--timeout={GONE_WITHIN}")
    eventually(lambda: series_of(operator, shop.namespace, "index"), lambda seen: not seen, "its series stay")
    assert operator.restarts() == starts

"""All of it is deleted, with the operator gone already."""

import time
from collections.abc import Iterator

import pytest

from sandbox.demo.operator_pod import NAMESPACE, RELEASE
from tests.cluster.installed.manifests import kafka, log_pipeline, stage, unstarted
from tests.cluster.installed.records import Broker, unique
from tests.cluster.installed.shop import Shop
from tests.cluster.installed.waiting import eventually
from tests.hazards import hazard
from tests.helm import CHART, Helm
from tests.kubectl import Kubectl

pytestmark = pytest.mark.cluster

PIPELINES = 5
RECORDS = 8_000
DELETED_WITHIN_SECONDS = 5.0


@pytest.fixture
def installed(helm: Helm, kubectl: Kubectl) -> Iterator[None]:
    """The chart, with an operator that runs."""
    helm("uninstall", RELEASE, "--ignore-not-found", "--wait", namespace=NAMESPACE)
    options = ("--create-namespace", "--take-ownership", "--wait", "--timeout=180s")
    quickly = ("--set=settings.sampleSeconds=1", "--set=replicas=1")
    kubectl("delete", "lease", RELEASE, "--ignore-not-found", namespace=NAMESPACE)
    helm("install", RELEASE, str(CHART), *options, *quickly, namespace=NAMESPACE)
    yield
    helm("uninstall", RELEASE, "--ignore-not-found", "--wait", namespace=NAMESPACE)


@hazard(seen="Nothing: it goes too", done="Within 5 s all is gone, and the workloads stay as they are")
@pytest.mark.usefixtures("installed")
def test_all_pipelines_and_the_chart_are_deleted_and_the_operator_is_gone_already(
    kubectl: Kubectl, helm: Helm, namespace: str, kafka_bootstrap: str
) -> None:
    shop, broker = Shop(kubectl, namespace), Broker(kafka_bootstrap)
    names = [unique("index") for _ in range(PIPELINES)]
    source = kafka(broker.bootstrap, broker.topic(records=RECORDS))
    shop.apply(
        *(unstarted(name, 1) for name in names),
        *(log_pipeline(name, stage(name, source, capacity={"recordsPerSecond": 100})) for name in names),
    )
    for name in names:
        shop.until_replicas(name, (4).__eq__, "it is not scaled")
    kubectl("scale", "deployment", RELEASE, "--replicas=0", namespace=NAMESPACE)
    eventually(
        lambda: kubectl.get("pods", namespace=NAMESPACE)["items"], lambda pods: not pods, "the operator stays"
    )
    before = workloads(shop)

    began = time.monotonic()
    shop.run("delete", "lp", "--all", f"--timeout={DELETED_WITHIN_SECONDS:.0f}s")
    helm("uninstall", RELEASE, "--wait", namespace=NAMESPACE)
    assert time.monotonic() - began < DELETED_WITHIN_SECONDS
    assert not kubectl.get("lp", namespace=namespace)["items"]
    assert workloads(shop) == before
    assert set(before.values()) == {4}


def workloads(shop: Shop) -> dict[str, int]:
    """The count that each asks for, by its version."""
    items = shop.kubectl.get("deployments", namespace=shop.namespace)["items"]
    return {
        f"{one['metadata']['name']} {one['metadata']['generation']}": one["spec"]["replicas"] for one in items
    }

"""The operator, installed by helm once for all tests of this folder."""

from collections.abc import Callable, Iterator

import pytest

from sandbox.demo.commands import Commands
from sandbox.demo.operator_pod import NAMESPACE, RELEASE, OperatorPod, find_operator
from sandbox.sandbox import Sandbox
from tests.cluster.installed.records import Broker, Streams, unique
from tests.cluster.installed.shop import Shop
from tests.cluster.rights.audit_log import AuditLog
from tests.helm import CHART, Helm
from tests.kubectl import Kubectl

VALUES = (
    "replicas=1",
    "settings.sampleSeconds=1",
    "settings.statusSeconds=2",
    "scalableResources[0].apiGroup=apps",
    "scalableResources[0].resources={replicasets}",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "installed" in item.path.parts:
            item.add_marker(pytest.mark.cluster)


@pytest.fixture(scope="package")
def audit(cluster: Sandbox) -> AuditLog:
    """All requests since before the operator was installed."""
    return AuditLog(cluster.audit_log)


@pytest.fixture(scope="package")
def operator(cluster: Sandbox, helm: Helm, kubectl: Kubectl, audit: AuditLog) -> Iterator[OperatorPod]:  # noqa: ARG001
    """The running operator. What another session may have left in a kept sandbox goes first."""
    helm("uninstall", RELEASE, "--ignore-not-found", "--wait", namespace=NAMESPACE)
    kubectl("delete", "lease", RELEASE, "--ignore-not-found", namespace=NAMESPACE)
    settings = [part for value in VALUES for part in ("--set", value)]
    options = ("--create-namespace", "--take-ownership", "--wait", "--timeout=180s")
    helm("install", RELEASE, str(CHART), *options, *settings, namespace=NAMESPACE)
    yield find_operator(cluster, Commands(cluster, lambda _: None))
    helm("uninstall", RELEASE, "--wait", namespace=NAMESPACE)


@pytest.fixture(scope="package")
def broker(kafka_bootstrap: str) -> Broker:
    broker = Broker(kafka_bootstrap)
    broker.choose_coordinators()
    return broker


@pytest.fixture(scope="package")
def streams(redis_url: str) -> Streams:
    return Streams(redis_url)


@pytest.fixture(scope="package")
def make_shop(kubectl: Kubectl, operator: OperatorPod) -> Iterator[Callable[[], Shop]]:  # noqa: ARG001
    """Makes namespaces in which the operator is watching, for as many tests as need them."""
    made: list[str] = []

    def make() -> Shop:
        made.append(unique("shop"))
        kubectl("create", "namespace", made[-1])
        kubectl("wait", "--for=create", "--timeout=30s", "serviceaccount/default", namespace=made[-1])
        return Shop(kubectl, made[-1])

    yield make
    kubectl("delete", "namespace", *made, "--wait=false")


@pytest.fixture
def shop(make_shop: Callable[[], Shop]) -> Shop:
    """A namespace for one test."""
    return make_shop()

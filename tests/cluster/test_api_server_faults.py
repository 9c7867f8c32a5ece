"""The API server, when it is in trouble: the operator goes on by itself."""

import json
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from sandbox.sandbox import Sandbox
from tests.cluster.installed.manifests import kafka, log_pipeline, stage, unstarted
from tests.cluster.installed.records import Broker, unique
from tests.cluster.installed.shop import Shop
from tests.cluster.installed.waiting import eventually
from tests.faults.http import Fault, HttpProxy, scaling
from tests.hazards import hazard
from tests.kubectl import Kubectl
from tests.operator_process import OperatorProcess, kubeconfig_of, operator_process

pytestmark = pytest.mark.cluster

PARTITIONS = 8
BURST = 4_000
"""Records of which each burst asks for two replicas more, since nobody reads any."""
DEADLINE_SECONDS = 1.0
"""A tenth of the usual; so what is late is late by a tenth of half a minute."""
LATE_SECONDS = 3.0
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Operated:
    """A namespace whose operator reaches the API server by the proxy."""

    shop: Shop
    broker: Broker
    proxy: HttpProxy
    operator: OperatorProcess


@dataclass(frozen=True, slots=True)
class Governed:
    """A pipeline in it."""

    name: str
    topic: str
    within: Operated

    @property
    def proxy(self) -> HttpProxy:
        """What its operator has to go by."""
        return self.within.proxy

    def burst(self) -> None:
        """More records arrive."""
        self.within.broker.produce(self.topic, PARTITIONS, BURST)

    def replicas(self) -> int:
        """What the workload asks for, seen past the proxy."""
        return self.within.shop.replicas(self.name)

    def until_met(self, times: int = ATTEMPTS) -> None:
        """Wait until the fault was met so often."""
        eventually(lambda: self.proxy.met, lambda met: met >= times, "nobody meets the fault")

    def until_more_than(self, before: int) -> None:
        """Wait until it is scaled out, by the process that was there before."""
        story = f"it does not go on: see {self.within.operator.log}"
        eventually(self.replicas, lambda count: count > before, story)
        self.within.shop.until_governed(self.name)
        assert self.within.operator.process.poll() is None, "it was not started again"

    def changes(self) -> int:
        """How often the spec of the workload was changed."""
        generation: int = self.within.shop.get(f"deployment/{self.name}")["metadata"]["generation"]
        return generation - 1

    def until_told(self) -> None:
        """Wait until there is one Event for each change."""
        eventually(
            lambda: (self.changes(), len(self.within.shop.events(self.name, "ScaledUp"))),
            lambda seen: seen[0] == seen[1],
            "there are not as many Events as changes",
        )


@pytest.fixture(scope="module")
def operated(
    cluster: Sandbox,
    kubectl: Kubectl,
    kafka_bootstrap: str,
    crds: None,  # noqa: ARG001 - the resources must be known
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Operated]:
    namespace, folder = unique("faults"), tmp_path_factory.mktemp("faults")
    kubectl("create", "namespace", namespace)
    with ExitStack() as ends:
        ends.callback(kubectl, "delete", "namespace", namespace, "--wait=false")
        proxy = ends.enter_context(HttpProxy(cluster.layout.api_server, cluster.layout.pki))
        kubeconfig = kubeconfig_of(kubectl, "operator", namespace, folder / "kubeconfig", proxy.url)
        operator = operator_process(
            kubeconfig,
            folder / "operator.log",
            watch_namespaces=json.dumps([namespace]),
            lease_namespace=namespace,
            lease_seconds=6,
            sample_seconds=1,
            status_seconds=1,
            write_deadline_seconds=DEADLINE_SECONDS,
        )
        shop = Shop(kubectl, namespace)
        yield Operated(shop, Broker(kafka_bootstrap), proxy, ends.enter_context(operator))


@pytest.fixture
def governed(operated: Operated) -> Iterator[Governed]:
    """A pipeline that was scaled out once, and will be again with the next burst."""
    name, topic = unique("index"), operated.broker.topic(PARTITIONS, BURST)
    source, capacity = kafka(operated.broker.bootstrap, topic), {"recordsPerSecond": 200}
    only = stage(name, source, maxReplicas=PARTITIONS, capacity=capacity)
    operated.shop.apply(unstarted(name, 1), log_pipeline(name, only))
    pipeline = Governed(name, topic, operated)
    pipeline.until_more_than(1)
    pipeline.until_told()
    yield pipeline
    operated.proxy.mend()
    operated.shop.run("delete", f"lp/{name}", f"deployment/{name}")


@pytest.mark.parametrize("status", [429, 500])
@hazard(seen="`ScaleRefused`: what the server said", done="The write is tried again at each measurement")
def test_the_api_server_refuses_to_write_the_count(governed: Governed, status: int) -> None:
    before = governed.replicas()
    governed.proxy.bring(Fault(status=status, concerns=scaling))
    governed.burst()
    sentence = governed.within.shop.until_condition(governed.name, "ScalingActive", "False", "ScaleRefused")
    assert "try again later" in sentence
    governed.until_met()
    assert governed.replicas() == before
    governed.proxy.mend()
    governed.until_more_than(before)
    governed.until_told()


@pytest.mark.parametrize("status", [429, 500])
@hazard(seen="Nothing, until it answers again", done="Measuring goes on; what is due is written then, once")
def test_the_api_server_refuses_everything(governed: Governed, status: int) -> None:
    before, said = governed.replicas(), governed.within.shop.condition(governed.name, "Ready")
    governed.proxy.bring(Fault(status=status))
    governed.burst()
    governed.until_met()
    assert governed.replicas() == before
    assert governed.within.shop.condition(governed.name, "Ready") == said
    governed.proxy.mend()
    governed.until_more_than(before)
    governed.until_told()


@hazard(
    seen="`ScaleRefused` meanwhile", done="It is decided anew; the late write comes to nothing: it is fenced"
)
def test_the_api_server_carries_out_writes_after_three_times_their_deadline(governed: Governed) -> None:
    before = governed.replicas()
    governed.proxy.bring(Fault(before_seconds=LATE_SECONDS, concerns=scaling))
    governed.burst()
    governed.until_met()
    governed.within.shop.until_condition(governed.name, "ScalingActive", "False", "ScaleRefused")
    governed.proxy.mend()
    governed.until_more_than(before)
    eventually(lambda: governed.proxy.late, (0).__eq__, "what was sent late never arrives")
    carried_out, *refused = sorted(governed.proxy.answered_late)
    assert carried_out in {200, 409}
    assert set(refused) == {409}, "a write that comes late must not undo what was written since"


@hazard(
    seen="Nothing wrong: the new count, as the watch brings it",
    done="What was written is seen by the watch, and not written twice",
)
def test_the_api_server_answers_writes_after_three_times_their_deadline(governed: Governed) -> None:
    before, changes = governed.replicas(), governed.changes()
    governed.proxy.bring(Fault(after_seconds=LATE_SECONDS, concerns=scaling))
    governed.burst()
    governed.until_met(1)
    governed.until_more_than(before)
    governed.within.shop.until_condition(governed.name, "ScalingActive", "True", "Scaling")
    eventually(lambda: governed.proxy.late, (0).__eq__, "what was sent is never answered")
    without_effect = lambda: governed.proxy.met - (governed.changes() - changes)  # noqa: E731
    eventually(without_effect, (0).__eq__, "something was written twice")


@hazard(seen="Nothing, until it is back", done="What is due is written then, once, by the same process")
def test_the_api_server_restarts(governed: Governed, cluster: Sandbox) -> None:
    before = governed.replicas()
    cluster.stop("kube-apiserver", signal.SIGKILL)
    try:
        governed.burst()
    finally:
        cluster.start("kube-apiserver")
    governed.until_more_than(before)
    governed.until_told()

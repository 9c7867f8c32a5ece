"""Two operators and one pipeline in a namespace of their own: what can be asked of them, and done to them."""

import json
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.sandbox import Sandbox
from tests.cluster.installed.manifests import Json, kafka, log_pipeline, stage, unstarted
from tests.cluster.installed.records import Broker, unique
from tests.cluster.installed.shop import Shop
from tests.cluster.installed.waiting import eventually
from tests.faults.tcp import TcpProxy
from tests.kubectl import Kubectl
from tests.operator_process import OperatorProcess, kubeconfig_of, operator_process

PARTITIONS = 64
RECORDS = (2_000, 10_000, 50_000)
"""How many there are at the start and after each burst, and nobody reads any: each asks for more replicas."""
FIRST, SECOND = "first", "second"


@dataclass(slots=True)
class Duel:
    """A namespace with a pipeline, and the operators that may govern it; `first` comes by the proxy."""

    cluster: Sandbox
    shop: Shop
    broker: Broker
    topic: str
    proxy: TcpProxy
    kubeconfigs: Mapping[str, Path]
    ends: ExitStack = field(default_factory=ExitStack)
    operators: dict[str, OperatorProcess] = field(default_factory=dict)

    def start(self, name: str, **settings: object) -> OperatorProcess:
        """Start an operator, or start it again."""
        kubeconfig = self.kubeconfigs[name]
        started = self.ends.enter_context(
            operator_process(
                kubeconfig,
                kubeconfig.with_suffix(".log"),
                identity=name,
                lease_namespace=self.shop.namespace,
                watch_namespaces=json.dumps([self.shop.namespace]),
                sample_seconds=1,
                status_seconds=2,
                **settings,
            )
        )
        self.operators[name] = started
        return started

    def send(self, name: str, number: signal.Signals) -> None:
        """Send a signal to an operator."""
        self.operators[name].process.send_signal(number)

    def until_leads(self, name: str) -> float:
        """Wait until it leads; how many seconds it took."""
        began = time.monotonic()
        operator = self.operators[name]
        try:
            eventually(lambda: operator.leads, bool, f"the {name} does not lead")
        except AssertionError as error:
            raise AssertionError(f"{error}: {operator.log_tail()}") from error
        return time.monotonic() - began

    def until_stands_by(self, name: str) -> None:
        """Wait until it is ready and does not lead."""
        operator = self.operators[name]
        eventually(
            lambda: (operator.is_ready, operator.leads), (True, False).__eq__, f"the {name} does not stand by"
        )

    def burst(self, number: int) -> int:
        """More records arrive; the count once they were seen."""
        before = self.shop.replicas("index")
        self.broker.produce(self.topic, PARTITIONS, RECORDS[number] - RECORDS[number - 1])
        return eventually(
            lambda: self.shop.replicas("index"), lambda count: count > before, "nobody scales for the burst"
        )

    def changes(self) -> int:
        """How often the spec of the workload was changed."""
        generation: int = self.shop.get("deployment/index")["metadata"]["generation"]
        return generation - 1

    def end(self) -> None:
        """All of it."""
        self.ends.close()
        self.shop.kubectl("delete", "namespace", self.shop.namespace, "--wait=false")

    def record(self) -> Iterator[Json]:
        """What was asked for here, from the API server's audit log, in order."""
        for line in self.cluster.audit_log.read_text().splitlines():
            if f'"{self.shop.namespace}"' in line:
                yield json.loads(line)


def prepare(
    name: str,
    cluster: Sandbox,
    kubectl: Kubectl,
    broker: Broker,
    *,
    proxy: TcpProxy,
    folder: Path,
) -> Duel:
    """A namespace, two identities, a workload of one replica, and a burst that asks for more."""
    namespace = unique(name)
    kubectl("create", "namespace", namespace)
    server = f"https://127.0.0.1:{proxy.port}"
    kubeconfigs = {
        FIRST: kubeconfig_of(kubectl, FIRST, namespace, folder / FIRST, server),
        SECOND: kubeconfig_of(kubectl, SECOND, namespace, folder / SECOND),
    }
    topic = broker.topic(PARTITIONS, RECORDS[0])
    shop = Shop(kubectl, namespace)
    index = stage(
        "index", kafka(broker.bootstrap, topic), maxReplicas=PARTITIONS, capacity={"recordsPerSecond": 200}
    )
    shop.apply(unstarted("index", 1), log_pipeline("night", index))
    return Duel(cluster, shop, broker, topic, proxy, kubeconfigs)

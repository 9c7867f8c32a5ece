"""From the last release to this version and back again, in the middle of a backlog."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.cluster.installed.manifests import ferry, kafka, log_pipeline, stage
from tests.cluster.installed.records import Broker
from tests.cluster.installed.shop import Shop
from tests.cluster.installed.waiting import eventually
from tests.conftest import CRDS, ESTABLISHED
from tests.helm import CHART, Helm
from tests.kubectl import Kubectl

pytestmark = pytest.mark.cluster

HERE = Path(__file__).parent
[RELEASED_CHART] = HERE.glob("*.tgz")
[RELEASED_CODE] = HERE.glob("*.whl")
SALES = "salesevents.logpipeline.io"
RELEASE = "upgraded-logpipeline-operator"
RECORDS = 8_000
REPLICAS = 4
TOLD_ONCE = {"Claimed", "ScaledUp", "ScaledDown", "AlertFired", "AlertResolved"}
"""What a change of operators is no reason to tell again. How well a source answers may change at any time."""
SOURCES = (
    "{.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.stages.items.properties.source"
    ".properties}"
)


class Upgrade(NamedTuple):
    """A release that is upgraded, and the shop it looks after."""

    helm: Helm
    shop: Shop
    values: tuple[str, ...]

    def __call__(self, *command: str) -> str:
        """What helm prints."""
        return self.helm(*command, "--wait", "--timeout=180s", namespace=self.shop.namespace)

    def sources(self) -> set[str]:
        """The kinds of sources that the CRD knows."""
        crd = "crd/logpipelines.logpipeline.io"
        return set(json.loads(self.shop.run("get", crd, f"--output=jsonpath={SOURCES}")))

    def settle(self, records: int) -> None:
        """Wait until the operator that runs now has decided, by an edit that changes nothing else."""
        edit = [{"op": "add", "path": "/spec/stages/0/scaling/activationBacklog", "value": records}]
        self.shop.run("patch", "lp", "night", "--type=json", "-p", json.dumps(edit))
        self.shop.until_governed("night")

    def kept(self) -> object:
        """What must not change: counts, what is remembered, what was told, and the writes to the workload."""
        status, workload = self.shop.get("lp/night")["status"], self.shop.get("deployment/index")
        [night] = status["stages"]
        ready = next(each for each in status["conditions"] if each["type"] == "Ready")
        alerts = [(alert["id"], alert["state"], alert["since"]) for alert in status["alerts"]]
        told = sorted(event.reason for event in self.shop.events("night") if event.reason in TOLD_ONCE)
        return {
            "replicas": (night["replicas"]["observed"], night["replicas"]["wanted"]),
            "learned": night["startUpSeconds"],
            "decided": (night["decision"]["time"], night["decision"]["line"]),
            "ready since": ready["lastTransitionTime"],
            "alerts": alerts,
            "told": told,
            "writes": workload["metadata"]["generation"],
        }


@pytest.fixture
def upgrade(
    helm: Helm, kubectl: Kubectl, namespace: str, kafka_bootstrap: str, tmp_path: Path
) -> Iterator[Upgrade]:
    """The last release at work: a burst was seen, told of, and answered by more replicas."""
    values = {
        "watchNamespaces": f"{{{namespace}}}",
        "settings.sampleSeconds": "1",
        "settings.statusSeconds": "2",
    }
    settings = tuple(part for name, value in values.items() for part in ("--set", f"{name}={value}"))
    made = Upgrade(helm, Shop(kubectl, namespace), settings)
    own_code = f"extraEnv[0].name=PYTHONPATH,extraEnv[0].value={RELEASED_CODE}"
    try:
        kubectl("delete", "crd", SALES, "--wait", "--timeout=30s")  # it knew none
        # Its CRD first: 0.1.0 never begins to watch one that comes, or is another one, while it starts.
        only = ("--kube-version=1.34", "--show-only=templates/crds.yaml")
        crd = helm("template", RELEASE, str(RELEASED_CHART), *only)
        kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=crd)
        kubectl("wait", f"--for={ESTABLISHED}", "--timeout=30s", "crd/logpipelines.logpipeline.io")
        made("install", RELEASE, str(RELEASED_CHART), "--take-ownership", *settings, "--set", own_code)
        broker = Broker(kafka_bootstrap)
        topic = broker.topic(records=RECORDS)
        source = [f"--kafka={kafka_bootstrap}", f"--topic={topic}", f"--group={topic}"]
        slow = ferry("index", ["worker", *source, "--sink=file:/records", "--limit=1"], tmp_path)
        night = stage("index", kafka(kafka_bootstrap, topic), capacity={"recordsPerSecond": 100})
        made.shop.apply(slow, log_pipeline("night", night, alerts={"backlog": RECORDS // 10, "for": "0s"}))
        yield made
    finally:
        helm("uninstall", RELEASE, "--wait", "--ignore-not-found", namespace=namespace)
        kubectl("apply", "--server-side", "--force-conflicts", "-f", str(CRDS))
        kubectl("wait", f"--for={ESTABLISHED}", "--timeout=30s", f"crd/{SALES}")


@pytest.mark.usefixtures("crds")
def test_an_upgrade_keeps_all_that_was_known_and_can_be_rolled_back(upgrade: Upgrade) -> None:
    shop = upgrade.shop
    shop.until_replicas("index", REPLICAS.__eq__, "the released version does not scale")
    shop.until_event("night", "AlertFired")
    eventually(lambda: len(shop.pods("index")), REPLICAS.__eq__, "not all of its pods are ready")
    learned = lambda: shop.get("lp/night")["status"]["stages"][0].get("startUpSeconds")  # noqa: E731
    eventually(learned, bool, "it does not learn how long pods take to start")
    assert upgrade.sources() == {"kafka", "redis"}
    assert shop.run("get", "leases") == "", "the released version knows of no leader"
    upgrade.settle(records=1)
    before = upgrade.kept()

    one = ("--set", "replicas=1")  # or Kubernetes runs two of 0.1.0, before it replaces them
    for options in (one, ()):
        upgrade("upgrade", RELEASE, str(CHART), *upgrade.values, *options)
    assert "leads, and there are 1 LogPipelines" in upgrade.helm(
        "test", RELEASE, "--logs", namespace=shop.namespace
    )
    upgrade.settle(records=2)
    assert upgrade.kept() == before
    assert upgrade.sources() > {"kafka", "redis"}

    upgrade("rollback", RELEASE, "1")
    upgrade.settle(records=3)
    assert upgrade.kept() == before
    assert upgrade.sources() == {"kafka", "redis"}

"""Others apply the same workloads: handing `replicas` over, and who is named for writing it nevertheless."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cluster.installed.manifests import Json, kafka, unstarted
from tests.cluster.installed.mistakes import RECORDS, WANTED, governed_by
from tests.cluster.installed.records import Broker
from tests.cluster.installed.shop import Shop
from tests.cluster.installed.waiting import eventually
from tests.hazards import hazard
from tests.helm import Helm

BEFORE = 3
RETURNS_WITHIN_SECONDS = 0.5
ARGO = ("--server-side", "--force-conflicts", "--field-manager=argocd-controller")


def applied(shop: Shop, workload: Json, *options: str) -> None:
    """Apply it in one of kubectl's ways."""
    shop.kubectl("apply", *options, "-f", "-", namespace=shop.namespace, stdin=json.dumps(workload))


def without_count(workload: Json) -> Json:
    """The same as it leaves the repository once the operator has its count."""
    spec = {key: value for key, value in workload["spec"].items() if key != "replicas"}
    return {**workload, "spec": {**spec, "minReadySeconds": 1}}


def charted(folder: Path, workload: Json) -> str:
    """A chart of one workload."""
    (folder / "templates").mkdir(parents=True, exist_ok=True)
    (folder / "Chart.yaml").write_text(json.dumps({"apiVersion": "v2", "name": "shop", "version": "1.0.0"}))
    (folder / "templates" / "workload.yaml").write_text(json.dumps(workload))
    return str(folder)


def test_replicas_are_handed_over_by_whatever_applies_the_workload(
    shop: Shop, broker: Broker, helm: Helm, tmp_path: Path
) -> None:
    names = ("server", "client", "prepared", "chart")
    server, client, prepared, chart = (unstarted(name, BEFORE) for name in names)
    applied(shop, server, *ARGO)
    applied(shop, client)
    applied(shop, prepared)
    helm("install", "shop", charted(tmp_path, chart), namespace=shop.namespace)
    source = kafka(broker.bootstrap, broker.topic(records=RECORDS))
    shop.apply(*(governed_by(name, source) for name in names))
    for name in names:
        shop.until_replicas(name, WANTED.__eq__, f"{name} is not scaled")

    applied(shop, without_count(server), *ARGO)
    applied(shop, without_count(client))
    last_applied = ("apply", "set-last-applied", "-f", "-")
    shop.kubectl(*last_applied, namespace=shop.namespace, stdin=json.dumps(without_count(prepared)))
    applied(shop, without_count(prepared))
    helm("upgrade", "shop", charted(tmp_path, without_count(chart)), namespace=shop.namespace)

    assert (shop.replicas("server"), shop.replicas("prepared")) == (WANTED, WANTED)
    for name, manager in (("client", "kubectl-client-side-apply"), ("chart", "helm")):
        shop.until_replicas(name, WANTED.__eq__, f"{name} does not come back")
        said = f"{manager} had set 1"
        eventually(lambda: told(shop, name), lambda text: said in text, "nobody is named")  # noqa: B023
    for name in ("server", "prepared"):
        assert "had set" not in told(shop, name)
        assert len(shop.events(name, "ScaledUp")) == 1, "it had never to be written back"
    for name in names:
        assert shop.get(f"deployment/{name}")["spec"]["minReadySeconds"] == 1
        applied(shop, {**without_count(unstarted(name, 0)), "metadata": {"name": name}}, *ARGO)
        assert shop.replicas(name) == WANTED, "handed over for good"


@hazard(
    seen="`TargetContested` names the manager; each count written back says who had set what",
    done="The operator's own count is written again two seconds later, each time",
)
def test_another_manager_takes_the_count_back_at_once_again_and_again(shop: Shop, broker: Broker) -> None:
    theirs = unstarted("index", 1)
    source = kafka(broker.bootstrap, broker.topic(records=RECORDS))
    applied(shop, theirs, *ARGO)
    shop.apply(governed_by("index", source))
    with again_and_again(lambda: applied(shop, theirs, *ARGO)):
        sentence = shop.until_condition("index", "ScalingActive", "True", "TargetContested")
    assert "argocd-controller keeps writing spec.replicas of Deployment index" in sentence
    assert "argocd-controller had set 1" in told(shop, "index")
    shop.until_replicas("index", WANTED.__eq__, "it gave up")


def told(shop: Shop, pipeline: str) -> str:
    """All Events about it."""
    return "\n".join(event.message for event in shop.events(pipeline))


@contextmanager
def again_and_again(write: Callable[[], None]) -> Iterator[None]:
    """Write without end, much faster than the operator believes a watch to be late."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(RETURNS_WITHIN_SECONDS):
            write()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield
    finally:
        over.set()
        worker.join()

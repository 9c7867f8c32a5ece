"""The plan of a cluster: two collections are listed, page by page, and nothing is written."""

import json
from pathlib import Path

import kmock as kmocks
import pytest

from logpipeline.kube import ApiError
from logpipeline.plan.cluster import read_cluster
from tests.unit.plan.given import STATUS, logs, noon
from tests.unit.test_kube import write_kubeconfig

pytestmark = pytest.mark.kmock(cls=kmocks.RawHandler)
SHOP = "/apis/logpipeline.io/v1alpha1/namespaces/shop"


@pytest.fixture(autouse=True)
def kubeconfig(kmock: kmocks.RawHandler, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "kubeconfig"
    monkeypatch.setenv("KUBECONFIG", str(path))
    write_kubeconfig(path, str(kmock.url).rstrip("/"))


def page(*items: object, more: str = "") -> dict[str, object]:
    return {"metadata": {"continue": more} if more else {}, "items": json.loads(json.dumps(items))}


async def test_what_is_in_a_namespace_is_listed_with_its_status(kmock: kmocks.RawHandler) -> None:
    kmock[f"get {SHOP}/logpipelines"] << page(logs(status=STATUS))
    kmock[f"get {SHOP}/salesevents"][:1] << page(noon("one"), more="two")
    kmock[f"get {SHOP}/salesevents"] << page(noon("two"))
    inventory = await read_cluster("shop")
    (pipeline,) = inventory.pipelines()
    assert pipeline.status is not None
    assert pipeline.status.stages[0].arrival_per_second == 200
    assert [sale.key.name for sale in inventory.sales()] == ["one", "two"]
    assert list(kmock["patch"]) + list(kmock["post"]) + list(kmock["put"]) + list(kmock["delete"]) == []


async def test_what_cannot_be_read_is_a_sentence_and_costs_nothing_else(kmock: kmocks.RawHandler) -> None:
    kmock[f"get {SHOP}/logpipelines"] << page(logs())
    kmock[f"get {SHOP}/salesevents"] << page(noon(duration="never"), noon("good"))
    inventory = await read_cluster("shop")
    (sentence,) = inventory.unreadable()
    assert sentence.startswith("shop/double-eleven: spec.duration: ")
    assert [len(inventory.selected(sale)) for sale in inventory.sales()] == [0, 1]


async def test_a_cluster_without_the_resources_says_what_to_do(kmock: kmocks.RawHandler) -> None:
    kmock["get"] << 404 << {"reason": "NotFound", "message": "the server could not find the resource"}
    with pytest.raises(ApiError, match="logpipelines cannot be listed: install the CRDs"):
        await read_cluster("shop")

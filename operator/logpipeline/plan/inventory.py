"""The LogPipelines and SalesEvents that are planned for, whether they come from files or from a cluster."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from logpipeline.api.logpipeline import KIND
from logpipeline.api.salesevent import KIND as SALE
from logpipeline.plan.options import Options
from logpipeline.simulate.documents import documents_in, event_in, pipeline_in
from logpipeline.simulate.options import UnusableError
from logpipeline.world.objects import PipelineObject, Raw, SaleKey, SaleObject, SpecError
from logpipeline.world.view import Watched, World

NAMESPACE = "default"
"""Of documents that name none, as for kubectl."""


@dataclass(slots=True)
class Inventory:
    """All that is planned for."""

    world: World = field(default_factory=World)
    what_ifs: set[SaleKey] = field(default_factory=set)
    """Events that are not applied."""

    def pipelines(self) -> Sequence[PipelineObject]:
        """Those whose spec can be read."""
        return [each for each in self.world.pipelines() if not isinstance(each.spec, SpecError)]

    def sales(self) -> Sequence[SaleObject]:
        """All events, by name."""
        found = (self.world.sale(key) for key in sorted(self.world.all_sales()))
        return [sale for sale in found if sale is not None]

    def selected(self, sale: SaleObject) -> Sequence[PipelineObject]:
        """The pipelines that an event concerns."""
        return [pipeline for pipeline in self.pipelines() if _concerns(sale, pipeline)]

    def concerning(self, pipeline: PipelineObject) -> Sequence[SaleObject]:
        """The events that concern a pipeline."""
        return [sale for sale in self.sales() if _concerns(sale, pipeline)]

    def unreadable(self) -> Sequence[str]:
        """A sentence for each object whose spec cannot be read."""
        both: Sequence[PipelineObject | SaleObject] = (*self.world.pipelines(), *self.sales())
        return [f"{each.key}: {each.spec.message}" for each in both if isinstance(each.spec, SpecError)]


def _concerns(sale: SaleObject, pipeline: PipelineObject) -> bool:
    if isinstance(sale.spec, SpecError) or sale.key.namespace != pipeline.key.namespace:
        return False
    return sale.spec.pipeline_selector.matches(pipeline.labels)


def read_files(options: Options) -> Inventory:
    """What the files hold; a SalesEvent beside LogPipelines counts as applied. Raises UnusableError."""
    inventory, seen = Inventory(), set[tuple[Watched, str, str]]()
    for path in options.files:
        found = [raw for raw in map(_mapping, documents_in(path)) if raw.get("kind") in (KIND, SALE)]
        if not found:
            raise UnusableError(f"{path} has no document of kind {KIND} or {SALE}")
        for document in found:
            kind, raw = _read(document, path, options.namespace)
            here = kind, raw["metadata"]["namespace"], raw["metadata"]["name"]
            if here in seen:
                raise UnusableError(f"{path}: {document['kind']} {here[2]} was given before")
            seen.add(here)
            inventory.world.saw(kind, raw)
    if not inventory.pipelines():
        raise UnusableError(f"no file has a document of kind {KIND}: an event by itself scales nothing")
    return inventory


def suppose(inventory: Inventory, options: Options) -> None:
    """Add what is not applied yet, in place of events of the same name. Raises UnusableError."""
    for path in options.what_ifs:
        found = [raw for raw in map(_mapping, documents_in(path)) if raw.get("kind") == SALE]
        if not found:
            raise UnusableError(f"{path} has no document of kind {SALE}")
        for document in found:
            _, raw = _read(document, path, options.namespace or _only_namespace(inventory))
            key = SaleKey(raw["metadata"]["namespace"], raw["metadata"]["name"])
            if key in inventory.what_ifs:
                raise UnusableError(f"{path}: {key.name} was given before")
            raw.pop("status", None)
            inventory.world.saw(Watched.SALES, raw)
            inventory.what_ifs.add(key)
            sale = inventory.world.sale(key)
            if sale is not None and not inventory.selected(sale):
                raise UnusableError(f"{path}: {key.name} selects {_nothing(inventory, key)}")


def _nothing(inventory: Inventory, key: SaleKey) -> str:
    labels = [
        f"{each.key.name} has {', '.join(f'{k}={v}' for k, v in sorted(each.labels.items())) or 'none'}"
        for each in inventory.pipelines()
        if each.key.namespace == key.namespace
    ]
    there = f"compare it with their labels ({'; '.join(labels)})" if labels else "there is none: give -n"
    return f"no LogPipeline of namespace {key.namespace}: {there}"


def _only_namespace(inventory: Inventory) -> str | None:
    """The one that all pipelines are in; None where they are in several."""
    found = {pipeline.key.namespace for pipeline in inventory.pipelines()}
    return found.pop() if len(found) == 1 else None


def _read(document: Raw, path: Path, namespace: str | None) -> tuple[Watched, dict[str, Any]]:
    """The document as the API server would write it, once it has been checked."""
    if document["kind"] == SALE:
        kind, (name, _) = Watched.SALES, event_in(document, path)
    else:
        kind, (name, _) = Watched.PIPELINES, pipeline_in(document, path)
    metadata = _mapping(document.get("metadata"))
    where = str(metadata.get("namespace") or namespace or NAMESPACE)
    made = {
        "name": name,
        "namespace": where,
        "uid": f"{where}/{name} of {path}",
        "resourceVersion": "0",
        "creationTimestamp": datetime.fromtimestamp(0, UTC).isoformat(),
    }
    kept = {key: value for key, value in metadata.items() if key in ("labels", "generation")}
    return kind, {**document, "metadata": {**_labelled(kept, path, name), **made}}


def _labelled(metadata: Mapping[str, Any], path: Path, name: str) -> Mapping[str, Any]:
    labels = metadata.get("labels") or {}
    if not isinstance(labels, Mapping):
        raise UnusableError(f"{path}: {name}: metadata.labels is no mapping")
    generation = metadata.get("generation", 0)
    if not isinstance(generation, int):
        raise UnusableError(f"{path}: {name}: metadata.generation is no number")
    return {"labels": {str(k): str(v) for k, v in labels.items()}, "generation": generation}


def _mapping(document: object) -> dict[str, Any]:
    return document if isinstance(document, dict) else {}

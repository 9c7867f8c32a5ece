"""What is in the cluster, as far as it concerns us, kept up to date by watches."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

from logpipeline.api.logpipeline import API_VERSION, PLURAL
from logpipeline.api.salesevent import PLURAL as SALES_EVENTS
from logpipeline.core.model import Workload
from logpipeline.world.objects import (
    PipelineKey,
    PipelineObject,
    Raw,
    SaleKey,
    SaleObject,
    pipeline_of,
    sale_of,
    scaled_by,
    workload_of,
)
from logpipeline.world.table import Table
from logpipeline.world.target import Target


class Watched(StrEnum):
    """The collections that are watched: API version and plural."""

    PIPELINES = f"{API_VERSION}/{PLURAL}"
    SALES = f"{API_VERSION}/{SALES_EVENTS}"
    DEPLOYMENTS = "apps/v1/deployments"
    STATEFUL_SETS = "apps/v1/statefulsets"
    AUTOSCALERS = "autoscaling/v2/horizontalpodautoscalers"

    @property
    def api_version(self) -> str:
        """Group and version."""
        return self.rpartition("/")[0]

    @property
    def plural(self) -> str:
        """Plural name."""
        return self.rpartition("/")[2]


class World:
    """Frozen values of all that is watched. Written by the handlers and the audit, read by the tick."""

    def __init__(
        self,
        on_change: Callable[[PipelineKey], None] = lambda _: None,
        on_sale: Callable[[SaleKey], None] = lambda _: None,
    ) -> None:
        """`on_change` is told when a pipeline appears, goes, or its spec or its labels change.

        `on_sale` is told the same of SalesEvents.
        """
        self._on_change = on_change
        self._on_sale = on_sale
        self.revision = 0
        """Grows whenever a pipeline or an event appears, goes, or what people say of it changes."""
        self.sales_revision = 0
        """The same of events alone."""
        self._pipelines: Table[PipelineKey, PipelineObject] = Table()
        self._sales: Table[SaleKey, SaleObject] = Table()
        self._sales_in: Mapping[str, Sequence[SaleKey]] = {}
        self._sales_as_of = -1
        self._deployments: Table[Target, Workload] = Table()
        self._stateful_sets: Table[Target, Workload] = Table()
        self._autoscalers: Table[Target | None, str] = Table()
        self._synced = asyncio.Event()
        self.unready: str | None = "nothing has been listed yet"
        """Why not all that there was at the start has been seen; None once it has. Set by the audit."""
        self.silent: str | None = None
        """Why a watch must be taken for dead; None while all is well. Set by the audit."""

    @property
    def synced(self) -> bool:
        """Whether all that there was at the start has been seen."""
        return self._synced.is_set()

    async def wait_synced(self) -> None:
        """Wait until all that there was at the start has been seen: nothing is to be decided before."""
        await self._synced.wait()

    def sync(self) -> None:
        """All that there was at the start has been seen."""
        self.unready = None
        self._synced.set()

    def pipelines(self) -> tuple[PipelineObject, ...]:
        """All LogPipelines that are not being deleted, in the order of their names."""
        return tuple(sorted(self._pipelines.values(), key=lambda pipeline: pipeline.key))

    def pipeline(self, key: PipelineKey) -> PipelineObject | None:
        """One of them; None where there is no such pipeline, or no longer."""
        return self._pipelines.get(key)

    def sales(self, namespace: str) -> tuple[SaleObject, ...]:
        """The SalesEvents of one namespace that are not being deleted, in the order of their names."""
        if self._sales_as_of != self.sales_revision:
            self._sales_as_of, self._sales_in = self.sales_revision, self._by_namespace()
        return tuple(filter(None, map(self._sales.get, self._sales_in.get(namespace, ()))))

    def all_sales(self) -> tuple[SaleKey, ...]:
        """Those of all namespaces, by name."""
        return tuple(sale.key for sale in self._sales.values())

    def sale(self, key: SaleKey) -> SaleObject | None:
        """One of them; None where there is no such event, or no longer."""
        return self._sales.get(key)

    def workload(self, target: Target) -> Workload | None:
        """The workload; None where it is not there. Asked only of kinds that are watched."""
        return self._deployments.get(target) or self._stateful_sets.get(target)

    def watches(self, target: Target) -> bool:
        """Whether workloads of this kind are watched; of others `workload` knows nothing."""
        return target.api_version == "apps/v1" and target.kind in ("Deployment", "StatefulSet")

    def autoscaler(self, target: Target) -> str | None:
        """Name of a HorizontalPodAutoscaler that scales the workload."""
        return self._autoscalers.get(_of_any_version(target))

    def saw(self, kind: Watched, raw: Raw) -> None:
        """Take in an object that was listed, added or modified."""
        metadata = raw["metadata"]
        uid, version = metadata["uid"], metadata["resourceVersion"]
        here = Target(metadata["namespace"], "apps/v1", raw.get("kind", ""), metadata["name"])
        match kind:
            case Watched.PIPELINES:
                self._saw_pipeline(raw)
            case Watched.SALES:
                self._saw_sale(raw)
            case Watched.DEPLOYMENTS:
                self._deployments.put(uid, version, here._replace(kind="Deployment"), workload_of(raw))
            case Watched.STATEFUL_SETS:
                self._stateful_sets.put(uid, version, here._replace(kind="StatefulSet"), workload_of(raw))
            case Watched.AUTOSCALERS:
                target = scaled_by(raw)
                self._autoscalers.put(uid, version, target and _of_any_version(target), metadata["name"])

    def lost(self, kind: Watched, uid: str) -> None:
        """Forget an object that was deleted."""
        gone = self._table(kind).drop(uid)
        if isinstance(gone, PipelineObject):
            self._change(gone.key)
        elif isinstance(gone, SaleObject):
            self._change_sale(gone.key)

    def versions(self, kind: Watched) -> Mapping[str, str]:
        """The resource version of every object that is known, by uid."""
        return self._table(kind).versions()

    def _saw_pipeline(self, raw: Raw) -> None:
        seen = pipeline_of(raw)
        if raw["metadata"].get("deletionTimestamp"):
            self.lost(Watched.PIPELINES, seen.uid)
            return
        before = self._pipelines.put(seen.uid, seen.resource_version, seen.key, seen)
        if before is None or (before.generation, before.labels) != (seen.generation, seen.labels):
            self._change(seen.key)

    def _change(self, key: PipelineKey) -> None:
        self.revision += 1
        self._on_change(key)

    def _saw_sale(self, raw: Raw) -> None:
        seen = sale_of(raw)
        if raw["metadata"].get("deletionTimestamp"):
            self.lost(Watched.SALES, seen.uid)
            return
        before = self._sales.put(seen.uid, seen.resource_version, seen.key, seen)
        if before is None or before.generation != seen.generation:
            self._change_sale(seen.key)

    def _change_sale(self, key: SaleKey) -> None:
        self.revision += 1
        self.sales_revision += 1
        self._on_sale(key)

    def _by_namespace(self) -> Mapping[str, Sequence[SaleKey]]:
        found: dict[str, list[SaleKey]] = {}
        for key in sorted(self.all_sales()):
            found.setdefault(key.namespace, []).append(key)
        return found

    def _table(self, kind: Watched) -> "_AnyTable":
        match kind:
            case Watched.PIPELINES:
                return self._pipelines
            case Watched.SALES:
                return self._sales
            case Watched.DEPLOYMENTS:
                return self._deployments
            case Watched.STATEFUL_SETS:
                return self._stateful_sets
            case Watched.AUTOSCALERS:
                return self._autoscalers


_AnyTable = (
    Table[PipelineKey, PipelineObject]
    | Table[SaleKey, SaleObject]
    | Table[Target, Workload]
    | Table[Target | None, str]
)


def _of_any_version(target: Target) -> Target:
    """An autoscaler may name its target by another version of the same group than we do."""
    group, slash, _ = target.api_version.rpartition("/")
    return target._replace(api_version=group if slash else "")

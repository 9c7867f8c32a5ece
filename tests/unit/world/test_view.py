"""What the tick sees of the cluster, in whatever order the events come."""

from typing import Any

from logpipeline.world.objects import PipelineKey, SaleKey
from logpipeline.world.target import Target
from logpipeline.world.view import Watched, World

INDEXER = Target("shop", "apps/v1", "Deployment", "log-indexer")
PIPELINE = PipelineKey("shop", "access-logs")
SALE = SaleKey("shop", "double-eleven")


def made(name: str, uid: str, version: int = 1, spec: object = None, **metadata: object) -> dict[str, Any]:
    own = {"namespace": "shop", "name": name, "uid": uid, "resourceVersion": str(version)}
    born = {"creationTimestamp": "2026-11-11T00:00:00Z", "generation": 1}
    return {"metadata": {**own, **born, **metadata}, "spec": spec or {}}


def deployment(replicas: int, uid: str = "uid-1") -> dict[str, Any]:
    return made("log-indexer", uid, spec={"replicas": replicas})


def test_a_workload_is_seen_as_it_was_last() -> None:
    world = World()
    world.saw(Watched.DEPLOYMENTS, deployment(2))
    world.saw(Watched.DEPLOYMENTS, deployment(8))
    seen = world.workload(INDEXER)
    assert seen is not None
    assert seen.replicas == 8


def test_a_deployment_is_not_a_stateful_set_of_the_same_name() -> None:
    world = World()
    world.saw(Watched.DEPLOYMENTS, deployment(2))
    assert world.workload(INDEXER._replace(kind="StatefulSet")) is None


def test_a_workload_made_anew_survives_the_late_deletion_of_its_predecessor() -> None:
    world = World()
    world.saw(Watched.DEPLOYMENTS, deployment(2, uid="old"))
    world.saw(Watched.DEPLOYMENTS, deployment(8, uid="new"))
    world.lost(Watched.DEPLOYMENTS, "old")
    seen = world.workload(INDEXER)
    assert seen is not None
    assert seen.replicas == 8
    world.lost(Watched.DEPLOYMENTS, "new")
    assert world.workload(INDEXER) is None


def test_losing_what_was_never_seen_is_harmless() -> None:
    told: list[PipelineKey] = []
    World(told.append).lost(Watched.PIPELINES, "never-seen")
    assert not told


def test_kinds_that_are_not_watched_are_not_taken_for_missing() -> None:
    assert World().watches(INDEXER)
    assert not World().watches(INDEXER._replace(api_version="argoproj.io/v1alpha1", kind="Rollout"))


def test_an_autoscaler_is_found_by_its_target_until_it_goes() -> None:
    ref = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "log-indexer"}
    world = World()
    world.saw(Watched.AUTOSCALERS, made("hpa", "uid-h", spec={"scaleTargetRef": ref}))
    assert world.autoscaler(INDEXER) == "hpa"
    world.lost(Watched.AUTOSCALERS, "uid-h")
    assert world.autoscaler(INDEXER) is None


def test_an_autoscaler_that_names_an_older_version_of_the_kind_scales_it_all_the_same() -> None:
    ref = {"apiVersion": "apps/v1beta2", "kind": "Deployment", "name": "log-indexer"}
    world = World()
    world.saw(Watched.AUTOSCALERS, made("hpa", "uid-h", spec={"scaleTargetRef": ref}))
    assert world.autoscaler(INDEXER) == "hpa"


def test_somebody_is_told_of_what_users_say_and_not_of_our_own_status() -> None:
    told: list[PipelineKey] = []
    world = World(told.append)
    world.saw(Watched.PIPELINES, made("access-logs", "uid-p"))
    assert told == [PIPELINE]
    world.saw(Watched.PIPELINES, made("access-logs", "uid-p", version=2))
    assert told == [PIPELINE], "a status that we wrote ourselves is no news"
    world.saw(Watched.PIPELINES, made("access-logs", "uid-p", version=3, generation=2))
    world.lost(Watched.PIPELINES, "uid-p")
    assert told == [PIPELINE] * 3


def test_a_pipeline_that_is_being_deleted_no_longer_governs() -> None:
    world = World()
    world.saw(Watched.PIPELINES, made("access-logs", "uid-p"))
    world.saw(Watched.PIPELINES, made("access-logs", "uid-p", deletionTimestamp="2026-11-11T00:00:01Z"))
    assert world.pipelines() == ()
    assert world.pipeline(PIPELINE) is None


def test_pipelines_come_in_the_order_of_their_names() -> None:
    world = World()
    for name in ("b", "c", "a"):
        world.saw(Watched.PIPELINES, made(name, f"uid-{name}"))
    assert [pipeline.key.name for pipeline in world.pipelines()] == ["a", "b", "c"]


def test_a_label_is_something_that_users_say() -> None:
    told: list[PipelineKey] = []
    world = World(told.append)
    world.saw(Watched.PIPELINES, made("access-logs", "uid-p"))
    world.saw(Watched.PIPELINES, made("access-logs", "uid-p", version=2, labels={"tier": "storefront"}))
    assert told == [PIPELINE] * 2, "events select by labels, which no generation counts"


def test_somebody_is_told_of_events_and_not_of_their_status() -> None:
    told: list[SaleKey] = []
    world = World(on_sale=told.append)
    world.saw(Watched.SALES, made("double-eleven", "uid-s"))
    world.saw(Watched.SALES, made("double-eleven", "uid-s", version=2))
    assert told == [SALE]
    world.saw(Watched.SALES, made("double-eleven", "uid-s", version=3, generation=2))
    world.lost(Watched.SALES, "uid-s")
    assert told == [SALE] * 3
    assert world.sale(SALE) is None


def test_events_are_found_by_namespace_as_they_were_last() -> None:
    world = World()
    for namespace, name in (("shop", "b"), ("shop", "a"), ("mall", "c")):
        world.saw(Watched.SALES, made(name, f"uid-{name}", namespace=namespace))
    assert [sale.key.name for sale in world.sales("shop")] == ["a", "b"]
    assert world.sales("elsewhere") == ()
    world.saw(Watched.SALES, made("a", "uid-a", version=7))
    assert world.sales("shop")[0].resource_version == "7"
    world.saw(Watched.SALES, made("a", "uid-a", deletionTimestamp="2026-11-11T00:00:01Z"))
    assert [sale.key.name for sale in world.sales("shop")] == ["b"]
    assert set(world.all_sales()) == {SaleKey("shop", "b"), SaleKey("mall", "c")}

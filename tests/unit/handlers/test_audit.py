"""What the watches do not tell is found out by listing: deletions unseen, first listings, dead watches."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from logpipeline.handlers.audit import Audit, NotServed
from logpipeline.kube import ApiError, Json, KubeApi
from logpipeline.world.view import Watched, World

DEPLOYMENTS = "/apis/apps/v1/deployments"


def deployment(uid: str, version: int = 1) -> dict[str, Any]:
    metadata = {"namespace": "shop", "name": f"of-{uid}", "uid": uid, "resourceVersion": str(version)}
    return {"metadata": metadata}


class Cluster(KubeApi):
    """Deployments as an API server lists them; `late` ones are seen while a list is under way."""

    def __init__(self, *deployments: dict[str, Any]) -> None:
        self.deployments = list(deployments)
        self.broken: ApiError | None = None
        self.late: list[dict[str, Any]] = []
        self.world: World | None = None
        self.asked: list[str] = []
        self.answered = asyncio.Event()

    async def list_metadata(self, path: str) -> AsyncIterator[Json]:
        self.asked.append(path)
        self.answered.set()
        if self.broken:
            raise self.broken
        if path != DEPLOYMENTS:
            return
        listed = list(self.deployments)
        for seen in self.late:
            assert self.world is not None
            self.world.saw(Watched.DEPLOYMENTS, seen)
        for found in listed:
            yield found["metadata"]


async def test_the_world_is_synced_when_all_that_is_listed_was_seen() -> None:
    world = World()
    audit = Audit(Cluster(deployment("a"), deployment("b")), world)
    await audit.once()
    assert world.unready == "not all has been seen yet: 2 still to come"
    for uid in ("a", "b"):
        world.saw(Watched.DEPLOYMENTS, deployment(uid))
    await audit.once()
    assert world.synced
    world.lost(Watched.DEPLOYMENTS, "a")
    await audit.once()
    assert world.synced, "what is missed later on is for the watches to answer"


async def test_an_empty_cluster_is_synced_at_once() -> None:
    world = World()
    await Audit(Cluster(), world).once()
    assert world.synced


async def test_what_was_deleted_while_a_watch_was_away_is_forgotten() -> None:
    world = World()
    world.saw(Watched.DEPLOYMENTS, deployment("a"))
    world.saw(Watched.DEPLOYMENTS, deployment("gone"))
    await Audit(Cluster(deployment("a")), world).once()
    assert set(world.versions(Watched.DEPLOYMENTS)) == {"a"}


async def test_what_appears_while_the_list_is_under_way_is_not_forgotten() -> None:
    world, cluster = World(), Cluster()
    cluster.world, cluster.late = world, [deployment("newborn")]
    await Audit(cluster, world).once()
    assert set(world.versions(Watched.DEPLOYMENTS)) == {"newborn"}


async def test_a_watch_that_delivers_nothing_of_what_changed_is_taken_for_dead() -> None:
    now, world = [0.0], World()
    world.saw(Watched.DEPLOYMENTS, deployment("a", version=1))
    audit = Audit(Cluster(deployment("a", version=2)), world, monotonic=lambda: now[0])
    for now[0] in (0.0, 120.0, 240.0):
        await audit.once()
        assert world.silent is None, "a watch may be a little behind"
    now[0] = 360.0
    await audit.once()
    assert world.silent is not None
    world.saw(Watched.DEPLOYMENTS, deployment("a", version=2))
    await audit.once()
    assert world.silent is None


async def test_a_watch_that_is_always_a_little_behind_is_alive() -> None:
    now, world, cluster = [0.0], World(), Cluster()
    audit = Audit(cluster, world, monotonic=lambda: now[0])
    for version in range(1, 20):
        now[0] += 120.0
        world.saw(Watched.DEPLOYMENTS, deployment("busy", version=version))
        cluster.deployments = [deployment("busy", version=version + 1)]
        await audit.once()
        assert world.silent is None


async def test_a_long_first_listing_is_not_a_dead_watch() -> None:
    now, world = [0.0], World()
    audit = Audit(Cluster(deployment("a")), world, monotonic=lambda: now[0])
    for _ in range(100):
        now[0] += 0.5
        await audit.once()
    assert world.silent is None
    assert not world.synced


async def test_an_operator_that_may_not_list_is_not_ready_and_says_why() -> None:
    world, cluster = World(), Cluster()
    cluster.broken = ApiError(403, "Forbidden", "logpipelines.logpipeline.io is forbidden")
    auditing = asyncio.create_task(Audit(cluster, world).run())
    await cluster.answered.wait()
    auditing.cancel()
    assert world.unready == "the cluster could not be listed: logpipelines.logpipeline.io is forbidden"


async def test_a_kind_that_is_not_served_ends_the_operator_with_what_to_do() -> None:
    cluster = Cluster()
    cluster.broken = ApiError(404, "NotFound", "the server could not find the requested resource")
    with pytest.raises(NotServed, match=r"logpipeline\.io/v1alpha1/logpipelines: install its CRD"):
        await Audit(cluster, World()).once()


async def test_an_api_server_that_is_away_makes_nothing_be_forgotten() -> None:
    world, cluster = World(), Cluster()
    world.saw(Watched.DEPLOYMENTS, deployment("a"))
    cluster.broken = ApiError(0, "Timeout", "did not answer")
    with pytest.raises(ApiError):
        await Audit(cluster, world).once()
    assert set(world.versions(Watched.DEPLOYMENTS)) == {"a"}


async def test_only_the_namespaces_that_are_watched_are_listed() -> None:
    cluster = Cluster()
    await Audit(cluster, World(), namespaces=("shop", "blog")).once()
    assert all("/namespaces/shop/" in path or "/namespaces/blog/" in path for path in cluster.asked)
    assert len(cluster.asked) == 2 * len(Watched)

"""What the watches do not tell is found out by listing: deletions unseen, first listings, dead watches."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from logpipeline.handlers.audit import Audit, NotServed
from logpipeline.kube import ApiError, Json, KubeApi
from logpipeline.world.view import Watched, World
from tests.unit import virtual_time

DEPLOYMENTS = "/apis/apps/v1/deployments"
SILENCE_SECONDS = 60.0


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


def auditor(cluster: Cluster, world: World, *namespaces: str) -> Audit:
    return Audit(cluster, world, namespaces, silence_seconds=SILENCE_SECONDS)


async def test_the_world_is_synced_when_all_that_is_listed_was_seen() -> None:
    world = World()
    audit = auditor(Cluster(deployment("a"), deployment("b")), world)
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
    await auditor(Cluster(), world).once()
    assert world.synced


async def test_what_was_deleted_while_a_watch_was_away_is_forgotten() -> None:
    world = World()
    world.saw(Watched.DEPLOYMENTS, deployment("a"))
    world.saw(Watched.DEPLOYMENTS, deployment("gone"))
    await auditor(Cluster(deployment("a")), world).once()
    assert set(world.versions(Watched.DEPLOYMENTS)) == {"a"}


async def test_what_appears_while_the_list_is_under_way_is_not_forgotten() -> None:
    world, cluster = World(), Cluster()
    cluster.world, cluster.late = world, [deployment("newborn")]
    await auditor(cluster, world).once()
    assert set(world.versions(Watched.DEPLOYMENTS)) == {"newborn"}


@contextmanager
def auditing(cluster: Cluster, world: World) -> Iterator[None]:
    """The audit at work; what runs meanwhile runs in virtual time."""
    task = asyncio.get_running_loop().create_task(
        Audit(cluster, world, silence_seconds=SILENCE_SECONDS, monotonic=virtual_time.now).run()
    )
    try:
        yield
    finally:
        assert not task.done()
        task.cancel()


def test_a_watch_that_delivers_nothing_of_what_changed_is_taken_for_dead_within_the_limit() -> None:
    async def story() -> None:
        world, cluster = World(), Cluster(deployment("a", version=1))
        world.saw(Watched.DEPLOYMENTS, deployment("a", version=1))
        with auditing(cluster, world):
            await asyncio.sleep(1)
            assert world.synced
            cluster.deployments = [deployment("a", version=2)]
            await asyncio.sleep(15)
            assert world.silent is None, "a watch may be a little behind"
            await asyncio.sleep(SILENCE_SECONDS - 15)
            assert world.silent is not None
            world.saw(Watched.DEPLOYMENTS, deployment("a", version=2))
            await asyncio.sleep(SILENCE_SECONDS)
            assert world.silent is None
        await asyncio.sleep(0)

    virtual_time.play(story)


def test_a_watch_that_is_always_a_little_behind_is_alive_and_costs_no_more_lists() -> None:
    async def story() -> None:
        world, cluster = World(), Cluster(deployment("busy", version=0))
        world.saw(Watched.DEPLOYMENTS, deployment("busy", version=0))
        with auditing(cluster, world):
            for version in range(1, 1_000):
                cluster.deployments = [deployment("busy", version=version)]
                await asyncio.sleep(0.3)
                world.saw(Watched.DEPLOYMENTS, deployment("busy", version=version))
                assert world.silent is None
        await asyncio.sleep(0)
        assert len(cluster.asked) / len(Watched) <= 10, "one list of each kind every 36 s in 300 s"

    virtual_time.play(story)


def test_a_long_first_listing_is_not_a_dead_watch() -> None:
    async def story() -> None:
        world, everything = World(), [deployment(str(number)) for number in range(100)]
        with auditing(Cluster(*everything), world):
            for found in everything[:-1]:
                world.saw(Watched.DEPLOYMENTS, found)
                await asyncio.sleep(3)
                assert world.silent is None
            assert not world.synced
        await asyncio.sleep(0)

    virtual_time.play(story)


def test_a_watch_that_was_never_begun_is_found_out() -> None:
    """So it is where the CRD was installed after kopf had looked for it, and before the first audit."""

    async def story() -> None:
        world = World()
        with auditing(Cluster(deployment("a")), world):
            await asyncio.sleep(SILENCE_SECONDS)
            assert world.silent is not None
        await asyncio.sleep(0)

    virtual_time.play(story)


async def test_an_operator_that_may_not_list_is_not_ready_and_says_why() -> None:
    world, cluster = World(), Cluster()
    cluster.broken = ApiError(403, "Forbidden", "logpipelines.logpipeline.io is forbidden")
    auditing = asyncio.create_task(auditor(cluster, world).run())
    await cluster.answered.wait()
    auditing.cancel()
    assert world.unready == "the cluster could not be listed: logpipelines.logpipeline.io is forbidden"


async def test_a_kind_that_is_not_served_ends_the_operator_with_what_to_do() -> None:
    cluster = Cluster()
    cluster.broken = ApiError(404, "NotFound", "the server could not find the requested resource")
    with pytest.raises(NotServed, match=r"logpipeline\.io/v1alpha1/logpipelines: install its CRD"):
        await auditor(cluster, World()).once()


async def test_an_api_server_that_is_away_makes_nothing_be_forgotten() -> None:
    world, cluster = World(), Cluster()
    world.saw(Watched.DEPLOYMENTS, deployment("a"))
    cluster.broken = ApiError(0, "Timeout", "did not answer")
    with pytest.raises(ApiError):
        await auditor(cluster, world).once()
    assert set(world.versions(Watched.DEPLOYMENTS)) == {"a"}


async def test_only_the_namespaces_that_are_watched_are_listed() -> None:
    cluster = Cluster()
    await auditor(cluster, World(), "shop", "blog").once()
    assert all("/namespaces/shop/" in path or "/namespaces/blog/" in path for path in cluster.asked)
    assert len(cluster.asked) == 2 * len(Watched)

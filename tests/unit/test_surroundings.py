"""What would refuse the pods of a sale, and what hinders them: read seldom, and never for long."""

import asyncio
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from logpipeline.actuators.kinds import Kinds
from logpipeline.kube import ApiError, Json, KubeApi
from logpipeline.surroundings import (
    CAUSE_KEPT_SECONDS,
    DEADLINE_SECONDS,
    KEPT_SECONDS,
    Asked,
    Surroundings,
)
from logpipeline.world.target import Target
from tests.unit import virtual_time

INDEX = ("access-logs", "index")
INDEXER = Target("shop", "apps/v1", "Deployment", "log-indexer")
QUOTA = {"metadata": {"name": "pods"}, "status": {"hard": {"pods": "3"}, "used": {"pods": "1"}}}
TEMPLATE = {"spec": {"template": {"spec": {"containers": [{"name": "worker"}]}}}}
SCALE = {"status": {"selector": "app=index"}}
CREATING = {"status": {"phase": "Pending"}}


class Cluster:
    """Lists what it is given, by plural."""

    def __init__(self, **listed: list[Json]) -> None:
        self.listed = listed
        self.asked: list[tuple[str, str]] = []
        self.fails: ApiError | None = None
        self.hangs = False

    async def get(self, _: str) -> Json:
        return dict(SCALE)

    async def list_some(self, path: str, _: int, **selectors: str) -> list[Json]:
        plural = path.rpartition("/")[2]
        self.asked.append((plural, *selectors.values()) if selectors else (plural, ""))  # type: ignore[arg-type]
        if self.hangs:
            await asyncio.sleep(3_600)
        if self.fails is not None:
            raise self.fails
        return self.listed.get(plural, [])


def looking(cluster: Cluster, now: list[float] | None = None) -> Surroundings:
    api = cast("KubeApi", cluster)
    clock = now or [0.0]
    return Surroundings(api, Kinds(api), monotonic=lambda: clock[0])


async def room(around: Surroundings, pods: int = 4, target: Target = INDEXER) -> dict[Any, str]:
    found = await around.room("shop", {INDEX: Asked(target, pods)})
    return {place: why.message for place, why in found.items()}


async def test_a_quota_that_is_too_small_is_found() -> None:
    cluster = Cluster(resourcequotas=[QUOTA], deployments=[TEMPLATE])
    assert "5 would do" in (await room(looking(cluster)))[INDEX]
    assert ("deployments", "metadata.name=log-indexer") in cluster.asked


async def test_without_quotas_no_workload_is_read_and_without_more_pods_nothing_is() -> None:
    cluster = Cluster()
    assert await room(looking(cluster)) == {}
    assert {plural for plural, _ in cluster.asked} == {"resourcequotas", "limitranges"}
    cluster.asked.clear()
    assert await room(looking(cluster), pods=0) == {}
    assert cluster.asked == []


async def test_of_other_kinds_no_template_is_read() -> None:
    cluster = Cluster(resourcequotas=[QUOTA])
    rollout = INDEXER._replace(api_version="argoproj.io/v1alpha1", kind="Rollout")
    assert INDEX in await room(looking(cluster), target=rollout)
    assert {plural for plural, _ in cluster.asked} == {"resourcequotas", "limitranges"}


async def test_five_hundred_events_of_a_namespace_read_its_quotas_once_a_minute() -> None:
    cluster, now = Cluster(), [0.0]
    around = looking(cluster, now)
    for _ in range(500):
        await room(around)
    assert len(cluster.asked) == 2
    now[0] = KEPT_SECONDS + 1
    await room(around)
    assert len(cluster.asked) == 4


async def test_the_cause_is_read_from_the_pods_of_the_workload_alone() -> None:
    cluster = Cluster(pods=[CREATING])
    assert await looking(cluster).cause(INDEXER, 1) == "1 pod started and not ready yet."
    assert cluster.asked == [("pods", "app=index"), ("replicasets", "app=index")]


async def test_pods_are_looked_at_again_after_a_while_and_not_for_every_event() -> None:
    cluster, now = Cluster(pods=[CREATING]), [0.0]
    around = looking(cluster, now)
    for _ in range(100):
        await around.cause(INDEXER, 1)
    assert len(cluster.asked) == 2
    now[0] = CAUSE_KEPT_SECONDS + 1
    cluster.listed["pods"] = []
    assert await around.cause(INDEXER, 1) == "1 pod not made yet."


async def test_what_may_not_be_read_is_said_and_refuses_nothing() -> None:
    cluster = Cluster()
    cluster.fails = ApiError(403, "Forbidden", "cannot list resource pods")
    around = looking(cluster)
    with capture_logs() as logs:
        told = await around.cause(INDEXER, 1)
        assert await room(around) == {}
    assert "could not be read" in told
    assert "cannot list resource pods" in told
    assert [entry["log_level"] for entry in logs] == ["warning", "warning"]


def test_an_api_server_that_hangs_is_waited_for_a_few_seconds() -> None:
    async def story() -> None:
        cluster = Cluster()
        cluster.hangs = True
        began = virtual_time.now()
        told = await looking(cluster).cause(INDEXER, 1)
        assert f"did not answer within {DEADLINE_SECONDS:g} s" in told
        assert virtual_time.now() - began == pytest.approx(DEADLINE_SECONDS)

    virtual_time.play(story)

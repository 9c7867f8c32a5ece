"""What the operator sees of a real cluster, and that it leaves no trace in what it watches."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import kopf
import pytest

from logpipeline.api.conditions import Reason
from logpipeline.core.model import Announcement, Urgency
from logpipeline.handlers.audit import Audit
from logpipeline.handlers.indexes import kopf_settings, register
from logpipeline.kube import KubeApi
from logpipeline.login import connect
from logpipeline.notify.events import EventRecorder, Involved
from logpipeline.world.objects import PipelineKey, SpecError
from logpipeline.world.target import Target
from logpipeline.world.view import Watched, World
from tests.kubectl import Kubectl
from tests.manifests import pipeline

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("crds")]

DEADLINE_SECONDS = 30.0
TLS_END_SECONDS = 0.25
MARKS_OF_KOPF = ("finalizers", "annotations")


def deployment(replicas: int) -> dict[str, Any]:
    labels = {"app": "log-indexer"}
    pods = {"nodeSelector": {"no": "node"}, "containers": [{"name": "main", "image": "example.invalid/none"}]}
    spec = {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pods}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "log-indexer"},
        "spec": {**spec, "replicas": replicas},
    }


AUTOSCALER = {
    "apiVersion": "autoscaling/v2",
    "kind": "HorizontalPodAutoscaler",
    "metadata": {"name": "by-cpu"},
    "spec": {
        "maxReplicas": 3,
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "log-indexer"},
    },
}


async def until(true: Callable[[], bool], story: str) -> None:
    """Wait for what a watch brings. Fails with `story` when it does not come."""
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            while not true():  # noqa: ASYNC110 (kopf gives no event to wait for)
                await asyncio.sleep(0.02)
    except TimeoutError:
        pytest.fail(story)


@asynccontextmanager
async def watching(api: KubeApi, world: World, namespace: str) -> AsyncIterator[Audit]:
    """kopf at work in one namespace, from the first listing to its orderly end."""
    registry, stop = kopf.OperatorRegistry(), asyncio.Event()
    register(registry, world)
    audit = Audit(api, world, (namespace,), silence_seconds=60)
    auditing = asyncio.create_task(audit.run())
    operator = asyncio.create_task(
        kopf.operator(registry=registry, settings=kopf_settings(), namespaces=[namespace], stop_flag=stop)
    )
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            await world.wait_synced()
        yield audit
    finally:
        auditing.cancel()
        stop.set()
        await operator
        # kopf closes its watches without waiting for the end of TLS, and the loop is closed after us.
        await asyncio.sleep(TLS_END_SECONDS)


@pytest.fixture
async def api(kubectl: Kubectl, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[KubeApi]:
    monkeypatch.setenv("KUBECONFIG", str(kubectl.kubeconfig))
    api = await connect(deadline_seconds=10)
    yield api
    await api.close()


async def test_the_world_is_what_is_in_the_cluster(kubectl: Kubectl, namespace: str, api: KubeApi) -> None:
    target = Target(namespace, "apps/v1", "Deployment", "log-indexer")
    told: list[PipelineKey] = []
    world = World(told.append)
    kubectl.apply(deployment(2), namespace)
    async with watching(api, world, namespace):
        there = world.workload(target)
        assert there is not None
        assert (there.replicas, there.ready) == (2, 0)
        kubectl.apply(pipeline(), namespace)
        kubectl.apply(AUTOSCALER, namespace)
        await until(lambda: bool(world.pipelines()), "a pipeline was created and not seen")
        await until(lambda: world.autoscaler(target) == "by-cpu", "an autoscaler was created and not seen")
        seen = world.pipelines()[0]
        assert not isinstance(seen.spec, SpecError)
        assert told == [seen.key]
        kubectl("delete", "logpipeline,hpa,deployment", "--all", "--wait=false", namespace=namespace)
        await until(lambda: not world.pipelines(), "a pipeline was deleted and is still governed")
        await until(
            lambda: world.autoscaler(target) is None, "an autoscaler was deleted and still in the way"
        )
        await until(lambda: world.workload(target) is None, "a workload was deleted and is still scaled")


async def test_a_pipeline_can_be_deleted_while_the_operator_is_away(
    kubectl: Kubectl, namespace: str, api: KubeApi
) -> None:
    kubectl.apply(pipeline(), namespace)
    before = kubectl.get("logpipeline", "access-logs", namespace=namespace)["metadata"]
    world = World()
    async with watching(api, world, namespace):
        await until(lambda: bool(world.pipelines()), "a pipeline was not seen")
    after = kubectl.get("logpipeline", "access-logs", namespace=namespace)["metadata"]
    assert after["resourceVersion"] == before["resourceVersion"], "to be watched leaves no trace"
    assert [after.get(mark) for mark in MARKS_OF_KOPF] == [before.get(mark) for mark in MARKS_OF_KOPF]
    kubectl("delete", "logpipeline", "access-logs", "--timeout=10s", namespace=namespace)


async def test_what_was_deleted_while_nobody_watched_is_forgotten(
    kubectl: Kubectl, namespace: str, api: KubeApi
) -> None:
    """So it is after a watch that had to begin anew: it lists what is there, and not what went."""
    kubectl.apply(pipeline(), namespace)
    world = World()
    async with watching(api, world, namespace):
        await until(lambda: bool(world.pipelines()), "a pipeline was not seen")
    kubectl("delete", "logpipeline", "access-logs", namespace=namespace)
    async with watching(api, world, namespace) as audit:
        await audit.once()
        assert not world.pipelines()
        assert not world.versions(Watched.PIPELINES)


async def test_what_the_operator_did_is_in_kubectl_describe(
    kubectl: Kubectl, namespace: str, api: KubeApi
) -> None:
    kubectl.apply(pipeline(), namespace)
    uid = kubectl.get("logpipeline", "access-logs", namespace=namespace)["metadata"]["uid"]
    involved = Involved("logpipeline.io/v1alpha1", "LogPipeline", namespace, "access-logs", uid)
    told = Announcement(Urgency.WARNING, Reason.ALERT_FIRED, "1,240,000 records wait: " + "x" * 2_000)
    await EventRecorder(api, "operator-0").announce(involved, told)
    described = kubectl("describe", "lp", "access-logs", namespace=namespace).stdout
    events = described[described.index("Events:") :]
    assert "AlertFired" in events
    assert "logpipeline-operator" in events
    assert "1,240,000 records wait" in events

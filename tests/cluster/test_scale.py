"""Claiming and scaling real workloads, and who wins when others write the same count."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from logpipeline.actuators.kinds import Kinds
from logpipeline.actuators.scale import ScaleActuator
from logpipeline.api.conditions import Reason
from logpipeline.core.decision import StageDecision, Verdict
from logpipeline.core.model import Obstacle, Workload
from logpipeline.core.outcome import Done, Refused
from logpipeline.kube import ApiError, KubeApi, resource_path
from logpipeline.login import connect
from logpipeline.world.objects import replica_managers
from logpipeline.world.target import Target
from tests.kubectl import Kubectl

pytestmark = pytest.mark.cluster

KINDS = {"Deployment": "deployments", "StatefulSet": "statefulsets"}


def decision(verdict: Verdict, replicas: int, observed: int | None = None) -> StageDecision:
    scaling = Obstacle(Reason.SCALING, "scales")
    return StageDecision(
        verdict=verdict,
        replicas=replicas,
        uncapped=None,
        usable=None,
        line="because",
        rules=(),
        scaling=scaling,
        scaling_active=True,
        measures=None,
        missing=None,
        observed=observed,
    )


def workload(kind: str, replicas: int | None) -> dict[str, Any]:
    """A workload whose pods nobody starts; without a replica count where it is None."""
    labels = {"app": "log-indexer"}
    container = {"name": "main", "image": "example.invalid/none"}
    pods = {"nodeSelector": {"no": "node"}, "containers": [container]}
    spec = {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pods}}
    counted = spec if replicas is None else {**spec, "replicas": replicas}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "log-indexer"}, "spec": counted}


def apply_as_argo_does(kubectl: Kubectl, manifest: dict[str, Any], namespace: str) -> None:
    """Server-side apply by another manager, as Argo CD, Flux and Helm 4 do it."""
    text = json.dumps(manifest)
    kubectl("apply", "--server-side", "--field-manager=argo", "-f", "-", namespace=namespace, stdin=text)


@pytest.fixture
async def api(kubectl: Kubectl, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[KubeApi]:
    monkeypatch.setenv("KUBECONFIG", str(kubectl.kubeconfig))
    api = await connect(deadline_seconds=10)
    yield api
    await api.close()


@pytest.fixture
def actuator(api: KubeApi) -> ScaleActuator:
    return ScaleActuator(api, Kinds(api))


@pytest.mark.parametrize("kind", KINDS)
async def test_a_claimed_count_survives_a_chart_that_drops_it(
    kubectl: Kubectl, namespace: str, actuator: ScaleActuator, kind: str
) -> None:
    target = Target(namespace, "apps/v1", kind, "log-indexer")
    apply_as_argo_does(kubectl, workload(kind, 3), namespace)
    assert await actuator.act(target, decision(Verdict.CLAIM, 8)) == Done(3, 3)
    apply_as_argo_does(kubectl, workload(kind, None), namespace)
    seen = kubectl.get(kind, "log-indexer", "--show-managed-fields", namespace=namespace)
    assert seen["spec"]["replicas"] == 3
    assert replica_managers(seen) == ("logpipeline",)


async def test_a_chart_that_never_had_a_count_leaves_ours_alone(
    kubectl: Kubectl, namespace: str, actuator: ScaleActuator
) -> None:
    target = Target(namespace, "apps/v1", "Deployment", "log-indexer")
    kubectl.apply(workload("Deployment", None), namespace)
    assert await actuator.act(target, decision(Verdict.SCALE, 7, observed=1)) == Done(1, 7)
    changed = workload("Deployment", None)
    changed["spec"]["minReadySeconds"] = 1
    kubectl.apply(changed, namespace)
    seen = kubectl.get("deployment", "log-indexer", namespace=namespace)
    assert (seen["spec"]["minReadySeconds"], seen["spec"]["replicas"]) == (1, 7)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_workload_is_put_to_sleep_and_woken(
    kubectl: Kubectl, namespace: str, actuator: ScaleActuator, kind: str
) -> None:
    target = Target(namespace, "apps/v1", kind, "log-indexer")
    kubectl.apply(workload(kind, 2), namespace)
    assert await actuator.act(target, decision(Verdict.SCALE, 0, observed=2)) == Done(2, 0)
    assert await actuator.act(target, decision(Verdict.CLAIM, 5)) == Done(0, 0)
    assert await actuator.act(target, decision(Verdict.SCALE, 5, observed=0)) == Done(0, 5)
    observed = await actuator.observe(target)
    assert isinstance(observed, Workload)
    assert observed.replicas == 5


@pytest.mark.parametrize("kind", KINDS)
async def test_a_count_read_too_long_ago_cannot_be_written_over(
    kubectl: Kubectl, namespace: str, api: KubeApi, kind: str
) -> None:
    """This is what stops a former leader that wakes up in the middle of its write."""
    kubectl.apply(workload(kind, 2), namespace)
    path = resource_path("apps/v1", KINDS[kind], namespace, "log-indexer", "scale")
    read = await api.get(path)
    kubectl("scale", kind, "log-indexer", "--replicas=4", namespace=namespace)
    written = {key: read["metadata"][key] for key in ("name", "namespace", "resourceVersion")}
    body = {"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": written, "spec": {"replicas": 9}}
    with pytest.raises(ApiError) as caught:
        await api.apply(path, body)
    assert caught.value.status == 409
    assert (await api.get(path))["spec"]["replicas"] == 4


async def test_what_is_not_there_or_cannot_be_scaled_is_told_apart(
    namespace: str, actuator: ScaleActuator
) -> None:
    reasons = {}
    for kind in ("Deployment", "DaemonSet", "Deploymnet"):
        outcome = await actuator.act(Target(namespace, "apps/v1", kind, "x"), decision(Verdict.SCALE, 1))
        assert isinstance(outcome, Refused)
        reasons[kind] = outcome.why.reason
    assert reasons == {
        "Deployment": Reason.TARGET_MISSING,
        "DaemonSet": Reason.TARGET_NOT_SCALABLE,
        "Deploymnet": Reason.TARGET_NOT_SCALABLE,
    }


async def test_an_operator_without_the_right_is_told_which_one_it_lacks(
    kubectl: Kubectl, namespace: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kubectl.apply(workload("Deployment", 2), namespace)
    token = kubectl("create", "token", "default", namespace=namespace).stdout.strip()
    (tmp_path / "kubeconfig").write_text(_as_service_account(kubectl, token))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    api = await connect(deadline_seconds=10)
    target = Target(namespace, "apps/v1", "Deployment", "log-indexer")
    outcome = await ScaleActuator(api, Kinds(api)).act(target, decision(Verdict.SCALE, 5))
    await api.close()
    assert isinstance(outcome, Refused)
    assert outcome.why.reason is Reason.SCALE_REFUSED
    assert "get and patch on the scale subresource" in outcome.why.message
    assert 'resource "deployments/scale"' in outcome.why.message


def _as_service_account(kubectl: Kubectl, token: str) -> str:
    """The administrator's kubeconfig with the user replaced."""
    config = json.loads(kubectl("config", "view", "--raw", "-o", "json").stdout)
    for user in config["users"]:
        user["user"] = {"token": token}
    return json.dumps(config)

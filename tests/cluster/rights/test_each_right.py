"""Each right of the chart is needed: without it the operator is refused, and says which one it lacks."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.testing import LogCapture

from logpipeline.app import run
from logpipeline.settings import Settings
from sandbox.sandbox import Sandbox
from tests.cluster.installed.manifests import log_pipeline, redis, sales_event, stage, unstarted
from tests.cluster.installed.records import Streams, unique
from tests.cluster.rights.audit_log import AuditLog, Right, granted, refused
from tests.helm import Helm
from tests.kubectl import Kubectl

RIGHTS = (
    *(
        Right("logpipeline.io", kind, verb)
        for kind in ("logpipelines", "salesevents")
        for verb in ("list", "watch")
    ),
    *(Right("logpipeline.io", f"{kind}/status", "patch") for kind in ("logpipelines", "salesevents")),
    *(Right("apps", kind, verb) for kind in ("deployments", "statefulsets") for verb in ("list", "watch")),
    *(Right("autoscaling", "horizontalpodautoscalers", verb) for verb in ("list", "watch")),
    *(
        Right("apps", f"{kind}/scale", verb)
        for kind in ("deployments", "statefulsets")
        for verb in ("get", "patch")
    ),
    *(Right("", kind, "list") for kind in ("resourcequotas", "limitranges", "pods")),
    Right("apps", "replicasets", "list"),
    Right("", "secrets", "get"),
    Right("", "events", "create"),
    *(Right("coordination.k8s.io", "leases", verb) for verb in ("get", "create", "update")),
)
IN_OWN_WORDS = {Right("", "secrets", "get"): "grant its service account `get` on secrets"}
"""What is said where the API server's own sentence is not passed on."""
WITHIN_SECONDS = 120.0
MOST = 100
LOOK_EVERY_SECONDS = 0.1
TLS_END_SECONDS = 0.25
KINDS = ("Deployment", "StatefulSet")
SECRET = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "redis-auth", "labels": {"logpipeline.io/use": "true"}},
    "stringData": {"username": "operator", "password": "unused"},
}


def test_these_are_all_the_rights_of_the_chart(helm: Helm) -> None:
    roles = [found for found in helm.template() if found["kind"] in ("Role", "ClusterRole")]
    assert granted(*roles) == set(RIGHTS)


@pytest.fixture(scope="module")
def shop(kubectl: Kubectl, crds: None, redis_url: str) -> Iterator[str]:  # noqa: ARG001
    """A namespace in which every right has a use: two kinds to scale, a pipeline with a Secret, and a sale.

    It has fewer pods than it was to have by now.
    """
    namespace, stream = unique("rights"), unique("stream")
    Streams(redis_url).group(stream)
    source, secured = redis(redis_url, stream), redis(redis_url, stream)
    secured["redis"]["authentication"] = {"secretRef": {"name": "redis-auth"}}
    objects = [SECRET, log_pipeline("secured", stage("index", secured, {"name": "none"}, mode="Advise"))]
    for kind in KINDS:
        name = kind.lower()
        target = {"kind": kind, "name": name}
        objects += [
            unstarted(name, 1, kind),
            log_pipeline(name, stage("index", source, target, maxReplicas=MOST)),
        ]
    few = {"replicas": {"index": 2}}
    objects.append(sales_event("short", 3_000.0, leadTime="1h", readyBefore="1h", expected=few))
    kubectl("create", "namespace", namespace)
    kubectl.apply({"apiVersion": "v1", "kind": "List", "items": objects}, namespace)
    yield namespace
    kubectl("delete", "namespace", namespace, "--wait=false")


@pytest.fixture(scope="module")
def counts() -> Iterator[int]:
    """Another one at each use: whoever writes it takes the count from the operator before, for the next."""
    return count(1)


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], str]]:
    """All that the operator has logged."""
    own, before = LogCapture(), structlog.get_config()
    caplog.set_level(logging.WARNING)
    structlog.configure(processors=[own])
    yield lambda: "\n".join((*map(str, own.entries), caplog.text))
    structlog.configure(**before)


@pytest.fixture
def settings_without(
    kubectl: Kubectl, shop: str, counts: Iterator[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Right], Settings]:
    """Make a service account that lacks one right, log in as it, and leave work behind.

    That is counts to be claimed, and an event to be warned of, since it needs more pods than there may be.
    """

    def make(right: Right) -> Settings:
        name = unique("operator")
        kubectl.apply(account(name, set(RIGHTS) - {right}), shop)
        count = next(counts)
        kubectl("scale", "deployment,statefulset", "--all", f"--replicas={count}", namespace=shop)
        kubectl.apply(too_much(count), shop)
        token = kubectl("create", "token", name, namespace=shop).stdout.strip()
        (tmp_path / "kubeconfig").write_text(as_holder_of(token, kubectl))
        monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
        return Settings(
            watch_namespaces=(shop,),
            lease_namespace=shop,
            lease_name=name,
            lease_seconds=6,
            sample_seconds=0.5,
            host="127.0.0.1",
            port=0,
        )

    return make


@pytest.mark.parametrize("right", RIGHTS, ids=str)
async def test_without_any_one_of_its_rights_the_operator_says_which_it_lacks(
    right: Right, settings_without: Callable[[Right], Settings], said: Callable[[], str], cluster: Sandbox
) -> None:
    audit, settings = AuditLog(cluster.audit_log), settings_without(right)
    user = f"system:serviceaccount:{settings.lease_namespace}:{settings.lease_name}"
    sentence = IN_OWN_WORDS.get(right, f'cannot {right.verb} resource "{right.resource}"')
    async with operating(settings), asyncio.timeout(WITHIN_SECONDS):
        while sentence not in said() or not refused(audit.of(user)):  # noqa: ASYNC110 (nothing tells of a line)
            await asyncio.sleep(LOOK_EVERY_SECONDS)
    assert refused(audit.of(user)) == {right}


@asynccontextmanager
async def operating(settings: Settings) -> AsyncIterator[None]:
    """The whole operator at work, in this process."""
    operator = asyncio.create_task(run(settings))
    try:
        yield
    finally:
        operator.cancel()
        await asyncio.gather(operator, return_exceptions=True)
        # kopf closes its watches without waiting for the end of TLS, and the loop is closed after us.
        await asyncio.sleep(TLS_END_SECONDS)


def too_much(count: int) -> dict[str, Any]:
    """An event that is more than may be had, and another one for each `count`."""
    return sales_event("planned", 86_400.0, expected={"replicas": {"index": MOST + count}})


def account(name: str, rights: set[Right]) -> dict[str, Any]:
    """A service account that has these rights in its namespace."""
    rules = [{"apiGroups": [r.group], "resources": [r.resource], "verbs": [r.verb]} for r in sorted(rights)]
    rbac = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": name}}
    objects = [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}},
        {**rbac, "kind": "Role", "rules": rules},
        {
            **rbac,
            "kind": "RoleBinding",
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": name}],
        },
    ]
    return {"apiVersion": "v1", "kind": "List", "items": objects}


def as_holder_of(token: str, kubectl: Kubectl) -> str:
    """The administrator's kubeconfig with the user replaced."""
    config = json.loads(kubectl("config", "view", "--raw", "-o", "json").stdout)
    for user in config["users"]:
        user["user"] = {"token": token}
    return json.dumps(config)

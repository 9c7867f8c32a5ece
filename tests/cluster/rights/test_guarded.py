"""Installed where little is allowed: restricted pods, a read-only disk, rights in two namespaces alone."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from sandbox.sandbox import Sandbox
from tests.cluster.installed.manifests import log_pipeline, redis, stage, unstarted
from tests.cluster.installed.records import Streams, unique
from tests.cluster.installed.shop import Shop
from tests.cluster.rights.audit_log import AuditLog, refused, used
from tests.helm import CHART, Helm
from tests.kubectl import Kubectl

RELEASE = "guarded-logpipeline-operator"
READ_ONLY = Path(__file__).with_name("readonly")
RESTRICTED = "pod-security.kubernetes.io/enforce=restricted"


class Guarded(NamedTuple):
    """An installation, and three shops of which it may look after two."""

    namespace: str
    watched: tuple[Shop, Shop]
    other: Shop
    audit: AuditLog
    user: str


@pytest.fixture(scope="module")
def guarded(cluster: Sandbox, kubectl: Kubectl, helm: Helm, redis_url: str) -> Iterator[Guarded]:
    """Two operators with nothing that they do not need."""
    names = [unique(kind) for kind in ("ops", "first", "second", "other")]
    for name in names:
        kubectl("create", "namespace", name)
    ops, *shops = names
    kubectl("label", "namespace", ops, RESTRICTED)
    audit = AuditLog(cluster.audit_log)
    values = {
        "watchNamespaces": f"{{{shops[0]},{shops[1]}}}",
        "settings.sampleSeconds": 1,
        "settings.statusSeconds": 2,
        "settings.leaseSeconds": 6,
        "networkPolicy.enabled": "true",
        "extraEnv[0].name": "PYTHONPATH",
        "extraEnv[0].value": READ_ONLY,
    }
    settings = [part for name, value in values.items() for part in ("--set", f"{name}={value}")]
    options = ("--take-ownership", "--wait", "--timeout=180s")
    helm("install", RELEASE, str(CHART), *options, *settings, namespace=ops)
    stream = unique("stream")
    Streams(redis_url).group(stream)
    first, second, other = (Shop(kubectl, name) for name in shops)
    for shop in (first, second, other):
        pipeline = log_pipeline("access-logs", stage("index", redis(redis_url, stream)))
        shop.apply(unstarted("index", 1), pipeline)
    user = f"system:serviceaccount:{ops}:{RELEASE}"
    yield Guarded(ops, (first, second), other, audit, user)
    helm("uninstall", RELEASE, "--wait", namespace=ops)
    kubectl("delete", "namespace", *names, "--wait=false")


def test_with_roles_in_two_namespaces_it_governs_these_and_sees_nothing_of_a_third(
    guarded: Guarded, kubectl: Kubectl
) -> None:
    for shop in guarded.watched:
        shop.until_event("access-logs", "Claimed")
        shop.until_governed("access-logs")
    assert "status" not in guarded.other.get("lp/access-logs")
    assert guarded.other.events("access-logs") == []
    release = f"--selector=app.kubernetes.io/instance={RELEASE}"
    clusterwide = kubectl.get("clusterroles,clusterrolebindings", release, namespace=guarded.namespace)
    assert clusterwide["items"] == []
    assert len(used(guarded.audit.of(guarded.user))) > 1
    assert refused(guarded.audit.of(guarded.user)) == set()
    asked = {request.namespace for request in guarded.audit.of(guarded.user)}
    assert asked == {guarded.namespace, *(shop.namespace for shop in guarded.watched)}


def test_helm_test_says_who_leads(guarded: Guarded, kubectl: Kubectl, helm: Helm) -> None:
    told = helm("test", RELEASE, "--logs", namespace=guarded.namespace)
    pods = kubectl.get(
        "pods", f"--selector=app.kubernetes.io/instance={RELEASE}", namespace=guarded.namespace
    )
    assert len(pods["items"]) == 2, "the pod of the test is none of them"
    assert any(f"{pod['metadata']['name']}_" in told for pod in pods["items"])
    assert "leads, and there are 2 LogPipelines" in told


def test_what_stood_for_a_read_only_disk_refused_to_write(tmp_path: Path) -> None:
    """The operators above ran with this in their way."""
    (tmp_path / "tmp").mkdir()
    code = "import os; open(os.environ['TMPDIR'] + '/x', 'w'); open(os.devnull, 'w'); open('x', 'w')"
    environment = {**os.environ, "PYTHONPATH": str(READ_ONLY), "TMPDIR": str(tmp_path / "tmp")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"Read-only file system: '{tmp_path}/x'" in done.stderr
    assert (tmp_path / "tmp" / "x").exists()

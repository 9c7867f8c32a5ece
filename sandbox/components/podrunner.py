"""The pod runner: the node whose pods are real processes of this machine (see `sandbox.pods`)."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from sandbox.component import Component
from sandbox.layout import Layout
from sandbox.readiness import kubernetes_object

NODE = "runner"
OWNER_VARIABLE = "SANDBOX_PODS_OF"
"""In the environment of every process of a pod: the sandbox it belongs to. `down` ends what has it."""


def _cluster_environment(layout: Layout) -> Path:
    return layout.data("podrunner") / "cluster.env"


def _write_cluster_environment(layout: Layout) -> None:
    variables = {**layout.service_addresses(), OWNER_VARIABLE: str(layout.directory)}
    _cluster_environment(layout).write_text("".join(f"{key}={value}\n" for key, value in variables.items()))


def _command(layout: Layout) -> list[str]:
    return [
        sys.executable,
        "-m",
        "sandbox.pods",
        f"--kubeconfig={layout.kubeconfig()}",
        f"--node={NODE}",
        f"--pod-cidr={layout.pod_network}",
        f"--state={layout.folder('pods')}",
        f"--cluster-env={_cluster_environment(layout)}",
        f"--start-delay={layout.state.start_delay_seconds:g}",
    ]


def _ready(layout: Layout) -> bool:
    """The node is Ready, and its heartbeat is of this start: etcd remembers the node of the last one."""
    api, pki = layout.port("kube-apiserver"), layout.pki
    node: Any = kubernetes_object(api, f"/api/v1/nodes/{NODE}", pki)
    lease: Any = kubernetes_object(
        api, f"/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/{NODE}", pki
    )
    if node is None or lease is None:
        return False
    renewed = datetime.fromisoformat(lease["spec"]["renewTime"]).timestamp()
    conditions = {c["type"]: c["status"] for c in node.get("status", {}).get("conditions", ())}
    return conditions.get("Ready") == "True" and renewed >= layout.pid_file("podrunner").stat().st_mtime


POD_RUNNER = Component(
    name="podrunner",
    group="kubernetes",
    port=None,
    command=_command,
    ready=_ready,
    prepare=_write_cluster_environment,
    needs=frozenset({"kube-apiserver"}),
)

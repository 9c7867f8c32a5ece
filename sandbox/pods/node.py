"""The runner's Node: registered, kept alive by its Lease, made Ready again after an absence."""

import asyncio
import logging
import platform
from datetime import UTC, datetime

from sandbox.pods.api import UNREACHABLE, ApiError, KubernetesApi
from sandbox.pods.objects import Json
from sandbox.pods.quantity import NODE_CAPACITY
from sandbox.pods.status import HOST_ADDRESS, format_time

logger = logging.getLogger(__name__)

RUNNER_LABEL = "logpipeline.io/runner"
HEARTBEAT_SECONDS = 10.0
RETRY_SECONDS = 0.5
LEASE_SECONDS = 40
_LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
_ABSENT = 404


class Node:
    """One Node object and its Lease."""

    def __init__(self, api: KubernetesApi, name: str, log_port: int | None = None) -> None:
        self._api = api
        self._name = name
        self._log_port = log_port
        self._path = f"/api/v1/nodes/{name}"

    async def keep_alive(self) -> None:
        """Register, then a heartbeat every ten seconds, without end.

        After a freeze the node lifecycle controller has called the node lost; the first
        heartbeat finds that and says otherwise, and the controller lifts its taints.
        """
        while True:
            pause = HEARTBEAT_SECONDS
            try:
                await self._renew_lease()
                await self._ensure_ready()
            except (ApiError, *UNREACHABLE) as error:
                logger.info("heartbeat of %s: %s", self._name, error or type(error).__name__)
                pause = RETRY_SECONDS
            await asyncio.sleep(pause)

    async def _ensure_ready(self) -> None:
        node = await self._get_or_create(self._path, "/api/v1/nodes", node_manifest(self._name))
        status = node_status(self._name, self._log_port, datetime.now(UTC))
        if not _is_up_to_date(node.get("status") or {}, status):
            await self._api.patch(f"{self._path}/status", {"status": status})
            logger.info("node %s is Ready", self._name)

    async def _renew_lease(self) -> None:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        spec = {"holderIdentity": self._name, "leaseDurationSeconds": LEASE_SECONDS, "renewTime": now}
        manifest = {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": self._name},
            "spec": spec,
        }
        lease = await self._get_or_create(f"{_LEASES}/{self._name}", _LEASES, manifest)
        await self._api.replace(f"{_LEASES}/{self._name}", {**lease, "spec": {**lease["spec"], **spec}})

    async def _get_or_create(self, path: str, collection: str, manifest: Json) -> Json:
        try:
            return await self._api.get(path)
        except ApiError as error:
            if error.code != _ABSENT:
                raise
        return await self._api.create(collection, manifest)


def node_manifest(name: str) -> Json:
    """The Node as it is registered; workloads choose it by its labels."""
    labels = {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        RUNNER_LABEL: "true",
    }
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}}


def node_status(name: str, log_port: int | None, now: datetime) -> Json:
    """Capacity, addresses and the conditions of a healthy node."""
    system = platform.uname()
    status: Json = {
        "capacity": dict(NODE_CAPACITY),
        "allocatable": dict(NODE_CAPACITY),
        "addresses": [
            {"type": "InternalIP", "address": HOST_ADDRESS},
            {"type": "Hostname", "address": name},
        ],
        "conditions": [
            _condition("Ready", "True", "PodRunnerReady", "pods run as local processes", now),
            _condition("MemoryPressure", "False", "NotWatched", "the pod runner sets no limits", now),
            _condition("DiskPressure", "False", "NotWatched", "the pod runner sets no limits", now),
            _condition("PIDPressure", "False", "NotWatched", "the pod runner sets no limits", now),
        ],
        "nodeInfo": {
            "machineID": name,
            "systemUUID": name,
            "bootID": name,
            "kernelVersion": system.release,
            "osImage": "local processes",
            "containerRuntimeVersion": "sandbox://1",
            "kubeletVersion": "v1.34.4-sandbox",
            "kubeProxyVersion": "",
            "operatingSystem": "linux",
            "architecture": {"x86_64": "amd64", "aarch64": "arm64"}.get(system.machine, system.machine),
        },
    }
    if log_port is not None:
        status["daemonEndpoints"] = {"kubeletEndpoint": {"Port": log_port}}
    return status


def _condition(kind: str, status: str, reason: str, message: str, now: datetime) -> Json:
    moment = format_time(now)
    return {
        "type": kind,
        "status": status,
        "reason": reason,
        "message": message,
        "lastHeartbeatTime": moment,
        "lastTransitionTime": moment,
    }


def _is_up_to_date(observed: Json, wanted: Json) -> bool:
    ready = any(c["type"] == "Ready" and c["status"] == "True" for c in observed.get("conditions") or ())
    return ready and all(
        observed.get(key) == wanted[key] for key in ("capacity", "daemonEndpoints") if key in wanted
    )

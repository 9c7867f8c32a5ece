"""What a user applies: workloads, and the LogPipelines that govern them."""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Json = dict[str, Any]

SCALE_DOWN_AFTER = "3s"
"""Windows are shortened, or a test would take as long as a careful operator waits."""
NOWHERE = {"no-such": "node"}
FERRY = {
    "image": "logferry:0.1.0",
    "env": [{"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}],
    "ports": [{"name": "http", "containerPort": 8080}],
    "readinessProbe": {"httpGet": {"path": "/readyz", "port": "http"}, "periodSeconds": 1},
}


def unstarted(name: str, replicas: int, kind: str = "Deployment", api_version: str = "apps/v1") -> Json:
    """A workload that no node takes, for where only its count matters."""
    container = {"name": "main", "image": "example.invalid/none"}
    return _workload(name, container, replicas, kind, api_version, nodeSelector=NOWHERE)


def ferry(name: str, arguments: Sequence[str], records: Path | None = None) -> Json:
    """A Deployment of logferry without a replica count, as the documentation advises.

    `records` is where its workers write; what is there outlives the pods.
    """
    container: Json = {"name": "main", "args": list(arguments), **FERRY}
    if records is None:
        return _workload(name, container)
    container["volumeMounts"] = [{"name": "records", "mountPath": "/records"}]
    volume = {"name": "records", "hostPath": {"path": str(records), "type": "DirectoryOrCreate"}}
    return _workload(name, container, volumes=[volume])


def kafka(bootstrap: str, topic: str, group: str | None = None) -> Json:
    """A source: one topic, and a group of the same name unless another is given."""
    return {"kafka": {"bootstrapServers": bootstrap, "consumerGroup": group or topic, "topics": [topic]}}


def redis(address: str, stream: str) -> Json:
    """A source: one stream, and a group of the same name."""
    return {"redis": {"address": address, "streams": [stream], "consumerGroup": stream}}


def stage(name: str, source: Json, target: Json | None = None, **scaling: object) -> Json:
    """A stage that empties `source` with the Deployment of its own name, unless `target` says otherwise."""
    quickly = {"scaleDown": {"stabilizationWindow": SCALE_DOWN_AFTER}}
    given = {"maxReplicas": 4, "capacity": {"recordsPerSecond": 1_000}, "drainWithin": "10s"}
    return {
        "name": name,
        "scaleTargetRef": target or {"name": name},
        "source": source,
        "scaling": {**given, "behavior": quickly, **scaling},
    }


def log_pipeline(name: str, *stages: Json, **spec: object) -> Json:
    """A LogPipeline."""
    return {
        "apiVersion": "logpipeline.io/v1alpha1",
        "kind": "LogPipeline",
        "metadata": {"name": name},
        "spec": {"stages": list(stages), **spec},
    }


def sales_event(name: str, starts: float = 0.0, **spec: object) -> Json:
    """A SalesEvent that starts in so many seconds, of all pipelines of its namespace."""
    start = datetime.fromtimestamp(int(time.time() + starts), UTC)
    given = {
        "pipelineSelector": {},
        "schedule": {"at": start.strftime("%Y-%m-%dT%H:%M:%S")},
        "duration": "1m",
        "leadTime": "1m",
        "readyBefore": "5s",
        "rampDown": "20s",
    }
    return {
        "apiVersion": "logpipeline.io/v1alpha1",
        "kind": "SalesEvent",
        "metadata": {"name": name},
        "spec": {**given, **spec},
    }


def autoscaler(name: str, deployment: str) -> Json:
    """A HorizontalPodAutoscaler of a Deployment."""
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": deployment}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name},
        "spec": {"maxReplicas": 3, "scaleTargetRef": target},
    }


def _workload(
    name: str,
    container: Mapping[str, Any],
    replicas: int | None = None,
    kind: str = "Deployment",
    api_version: str = "apps/v1",
    **pod: object,
) -> Json:
    labels = {"app": name}
    selector = labels if api_version == "v1" else {"matchLabels": labels}
    spec = {
        "selector": selector,
        "template": {"metadata": {"labels": labels}, "spec": {"containers": [container], **pod}},
    }
    counted = spec if replicas is None else {"replicas": replicas, **spec}
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, "spec": counted}

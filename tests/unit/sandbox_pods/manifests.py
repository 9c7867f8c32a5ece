"""Pods as the API server would hand them to the runner, for tests to vary."""

from typing import Any

from sandbox.pods.manifest import Pod, parse_pod

Json = dict[str, Any]


def container(name: str = "main", /, **fields: object) -> Json:
    return {"name": name, "image": "sandbox-python", **fields}


def pod(*containers: Json, status: Json | None = None, metadata: Json | None = None, **spec: object) -> Pod:
    return parse_pod(
        {
            "metadata": {
                "name": "web-0",
                "namespace": "shop",
                "uid": "0123456789abcdef",
                "labels": {"app": "web"},
                "annotations": {"note": "hello"},
                **(metadata or {}),
            },
            "spec": {"nodeName": "runner", "containers": list(containers or (container(),)), **spec},
            "status": status or {},
        }
    )

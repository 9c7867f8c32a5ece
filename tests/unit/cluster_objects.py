"""Objects as the API server writes them, and a World that has seen them."""

from typing import Any

from logpipeline.world.objects import PipelineKey
from logpipeline.world.view import Watched, World

KEY = PipelineKey("shop", "access-logs")


def metadata(name: str, **more: object) -> dict[str, Any]:
    given = {"namespace": "shop", "name": name, "uid": f"uid-of-{name}", "resourceVersion": "1"}
    return {**given, "generation": 1, "creationTimestamp": "2026-11-11T00:00:00Z", **more}


def stage(name: str = "index", target: str = "log-indexer", **more: object) -> dict[str, Any]:
    kafka = {"bootstrapServers": "kafka:9092", "consumerGroup": name, "topics": ["access-log"]}
    return {
        "name": name,
        "scaleTargetRef": {"name": target, **more.pop("ref", {})},  # type: ignore[dict-item]
        "source": {"kafka": kafka},
        "scaling": {"maxReplicas": 8, "capacity": {"recordsPerSecond": 1000}, **more},
    }


def pipeline(*stages: dict[str, Any], name: str = "access-logs", **meta: object) -> dict[str, Any]:
    return {"metadata": metadata(name, **meta), "spec": {"stages": stages or [stage()]}}


def deployment(name: str = "log-indexer", replicas: int = 2) -> dict[str, Any]:
    return {
        "metadata": metadata(name),
        "spec": {"replicas": replicas},
        "status": {"readyReplicas": replicas},
    }


def autoscaler(target: str = "log-indexer") -> dict[str, Any]:
    ref = {"apiVersion": "apps/v1", "kind": "Deployment", "name": target}
    return {"metadata": metadata("hpa"), "spec": {"scaleTargetRef": ref}}


def world(
    *pipelines: dict[str, Any],
    deployments: tuple[dict[str, Any], ...] = (deployment(),),
    autoscalers: tuple[dict[str, Any], ...] = (),
) -> World:
    seen = World()
    for kind, objects in (
        (Watched.PIPELINES, pipelines or (pipeline(),)),
        (Watched.DEPLOYMENTS, deployments),
        (Watched.AUTOSCALERS, autoscalers),
    ):
        for raw in objects:
            seen.saw(kind, raw)
    return seen

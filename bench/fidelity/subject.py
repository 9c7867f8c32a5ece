"""What is applied on the real side, all of it as the scenario says."""

from pathlib import Path

from bench.subjects import NAMESPACE
from logpipeline.sim.scenario import Scenario

Json = dict[str, object]


def documents(scenario: Scenario, kafka: str, store: Path) -> list[Json]:
    """The LogPipeline with the address of these brokers, and its workers, which write to `store`."""
    return [deployment(scenario, kafka, store), pipeline(scenario, kafka)]


def pipeline(scenario: Scenario, kafka: str) -> Json:
    """The scenario's own, at another address."""
    spec = scenario.pipeline.model_dump(mode="json", by_alias=True, exclude_unset=True)
    for stage in spec["stages"]:
        stage["source"]["kafka"]["bootstrapServers"] = kafka
    return {
        "apiVersion": "logpipeline.io/v1alpha1",
        "kind": "LogPipeline",
        "metadata": {"name": scenario.name, "namespace": NAMESPACE},
        "spec": spec,
    }


def deployment(scenario: Scenario, kafka: str, store: Path) -> Json:
    """Workers that are as fast as the scenario's replicas, and commit as often."""
    (stage,) = scenario.pipeline.stages
    labels = {"app": stage.name}
    worker = {
        "name": "worker",
        "image": "logferry:0.1.0",
        "args": [
            "worker",
            f"--kafka={kafka}",
            f"--topic={stage.name}",
            f"--group={stage.name}",
            "--sink=file:/records",
            f"--limit={scenario.capacity(stage):g}",
            f"--commit-interval={scenario.truth(stage).commit_every.total_seconds():g}s",
        ],
        "env": [{"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}],
        "ports": [{"name": "http", "containerPort": 8080}],
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": "http"}, "periodSeconds": 1},
        "volumeMounts": [{"name": "records", "mountPath": "/records"}],
    }
    records = {"name": "records", "hostPath": {"path": str(store), "type": "DirectoryOrCreate"}}
    pods = {"containers": [worker], "volumes": [records]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": stage.name, "namespace": NAMESPACE},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pods},
        },
    }


def curve(scenario: Scenario) -> str:
    """The arrivals in the words of `logferry generate --curve`, which begin at 0s with a rate."""
    points: list[str] = []
    before = 0.0
    for point in scenario.arrivals:
        at = point.at.total_seconds()
        if at and not point.ramp:
            points.append(f"{at:g}s:{before:g}")
        points.append(f"{at:g}s:{point.rate:g}")
        before = point.rate
    return " ".join([*points, f"{scenario.until.total_seconds():g}s:{before:g}"])

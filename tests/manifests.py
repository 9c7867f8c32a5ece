"""LogPipelines for tests: a good one, and the same with one thing changed."""

import copy
from typing import Any


def pipeline(name: str = "access-logs") -> dict[str, Any]:
    """The least a LogPipeline must say, anew at each call."""
    stage = {
        "name": "index",
        "scaleTargetRef": {"name": "log-indexer"},
        "source": {"kafka": {"bootstrapServers": "kafka:9092", "consumerGroup": "indexers"}},
        "scaling": {"maxReplicas": 8, "capacity": {"recordsPerSecond": 1_000}},
    }
    return {
        "apiVersion": "logpipeline.io/v1alpha1",
        "kind": "LogPipeline",
        "metadata": {"name": name},
        "spec": {"stages": [stage]},
    }


def changed(path: str, value: object) -> dict[str, Any]:
    """The good LogPipeline with `value` at `path`, such as `spec.stages.0.scaling.maxReplicas`."""
    manifest = pipeline()
    *way, last = path.split(".")
    at: Any = manifest
    for step in way:
        at = at[int(step)] if isinstance(at, list) else at.setdefault(step, {})
    at[int(last) if isinstance(at, list) else last] = copy.deepcopy(value)
    return manifest


def with_second_stage(**differences: object) -> dict[str, Any]:
    """The good LogPipeline with a second stage, a copy of the first but for `differences`."""
    manifest = pipeline()
    stages = manifest["spec"]["stages"]
    stages.append(copy.deepcopy(stages[0]) | differences)
    return manifest

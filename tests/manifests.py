"""LogPipelines and SalesEvents for tests: good ones, and the same with one thing changed."""

import copy
from collections.abc import Callable
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


def sale(name: str = "double-eleven") -> dict[str, Any]:
    """The least a SalesEvent must say, anew at each call."""
    return {
        "apiVersion": "logpipeline.io/v1alpha1",
        "kind": "SalesEvent",
        "metadata": {"name": name},
        "spec": {
            "pipelineSelector": {},
            "schedule": {"at": "2026-11-11T00:00:00"},
            "duration": "4h",
            "expected": {"multiplier": 40},
        },
    }


def changed(path: str, value: object, good: Callable[[], dict[str, Any]] = pipeline) -> dict[str, Any]:
    """What is good, with `value` at `path`, such as `spec.stages.0.scaling.maxReplicas`."""
    manifest = good()
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

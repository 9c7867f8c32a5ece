"""SalesEvents as the API server writes them."""

from typing import Any

from tests.unit.cluster_objects import metadata

SPEC: dict[str, Any] = {
    "pipelineSelector": {"matchLabels": {"tier": "storefront"}},
    "schedule": {"at": "2026-11-18T12:00:00"},
    "duration": "1h",
    "leadTime": "30m",
    "readyBefore": "10m",
    "rampDown": "20m",
    "expected": {"recordsPerSecond": 8_000},
}
"""Of 18 November 2026 at noon, ready at 11:50."""


def sale(name: str = "double-eleven", spec: object = None, **changes: object) -> dict[str, Any]:
    """An event; `changes` are those of its spec."""
    meta = changes.pop("metadata", {})
    status = changes.pop("status", None)
    raw = {"metadata": metadata(name, **meta), "spec": {**SPEC, **changes} if spec is None else spec}  # type: ignore[dict-item]
    return raw if status is None else {**raw, "status": status}

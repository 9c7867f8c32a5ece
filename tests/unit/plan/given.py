"""Files with a LogPipeline and a SalesEvent, and `logpipeline plan` as its users call it."""

import json
from pathlib import Path
from typing import Any

import yaml
from click.testing import Result
from typer.testing import CliRunner

from logpipeline.cli import app
from tests.unit.cluster_objects import pipeline, stage
from tests.unit.sales import sale

RUNNER = CliRunner()
API = "logpipeline.io/v1alpha1"
MORNING = ("--from", "2026-11-18T06:00Z", "--hours", "12")
"""Of the day on which the sale is at noon, for an hour."""
STATUS: dict[str, Any] = {
    "stages": [
        {
            "name": "index",
            "arrivalPerSecond": 200,
            "consumptionPerSecond": 200,
            "replicas": {"observed": 2, "ready": 2},
            "capacity": {"recordsPerSecond": 500, "confidence": "High"},
            "partitions": {"total": 12, "usable": 12},
            "startUpSeconds": 20,
        }
    ]
}


def logs(*, status: object = None, **scaling: object) -> dict[str, Any]:
    """Of eight replicas at most, each of which takes 1,000 records/s; `status` tells of 500."""
    raw = pipeline(stage(**scaling), labels={"tier": "storefront"})
    told = {} if status is None else {"status": status}
    return {"apiVersion": API, "kind": "LogPipeline", **raw, **told}


def noon(name: str = "double-eleven", **changes: object) -> dict[str, Any]:
    """4,000 records/s."""
    changes = {"expected": {"recordsPerSecond": 4_000}, **changes}
    return {"apiVersion": API, "kind": "SalesEvent", **sale(name, **changes)}


def written(folder: Path, *documents: object, name: str = "all.yaml") -> str:
    path = folder / name
    path.write_text(yaml.safe_dump_all(documents), encoding="utf-8")
    return str(path)


def plan(*given: str) -> Result:
    return RUNNER.invoke(app, ["plan", *given])


def outcome(folder: Path, *documents: object, options: tuple[str, ...] = MORNING) -> Any:  # noqa: ANN401
    """What is planned for these, as JSON."""
    result = plan("-f", written(folder, *documents), *options, "-o", "json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)

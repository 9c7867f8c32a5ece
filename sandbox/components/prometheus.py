"""Prometheus: reads its own metrics, and those of what is listed in its folder of targets."""

import json
from pathlib import Path
from typing import Any

from sandbox.component import Component
from sandbox.layout import Layout
from sandbox.readiness import http_get
from sandbox.tools import find


def targets(layout: Layout) -> Path:
    """The folder of files that say what else to scrape, in Prometheus' `file_sd` form; read when they change.

    Debian's Prometheus is built without Kubernetes service discovery, so pods are told to it by files.
    """
    return layout.folder("data", "prometheus", "targets")


def _config_file(layout: Layout) -> Path:
    return layout.data("prometheus") / "prometheus.json"


def _configuration(layout: Layout) -> dict[str, Any]:
    return {
        "global": {"scrape_interval": "5s", "evaluation_interval": "5s"},
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [layout.address("alertmanager")]}]}]},
        "rule_files": [f"{layout.data('prometheus')}/rules/*"],
        "scrape_configs": [
            {"job_name": "prometheus", "static_configs": [{"targets": [layout.address("prometheus")]}]},
            {"job_name": "pods", "file_sd_configs": [{"files": [f"{targets(layout)}/*.json"]}]},
        ],
    }


def _command(layout: Layout) -> list[str]:
    return [
        str(find("prometheus")),
        f"--config.file={_config_file(layout)}",
        f"--storage.tsdb.path={layout.data('prometheus') / 'tsdb'}",
        f"--web.listen-address={layout.address('prometheus')}",
        "--web.enable-lifecycle",
    ]


def _write_configuration(layout: Layout) -> None:
    _config_file(layout).write_text(json.dumps(_configuration(layout), indent=2) + "\n")


PROMETHEUS = Component(
    name="prometheus",
    group="prometheus",
    port="prometheus",
    command=_command,
    ready=lambda layout: http_get(layout.port("prometheus"), "/-/ready") is not None,
    prepare=_write_configuration,
    tools=("prometheus",),
)

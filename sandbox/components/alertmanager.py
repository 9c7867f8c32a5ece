"""Alertmanager, with one receiver that tells nobody: its API says what fires."""

import json
from pathlib import Path

from sandbox.component import Component
from sandbox.layout import Layout
from sandbox.readiness import http_get
from sandbox.tools import find

CONFIGURATION = {
    "route": {"receiver": "nobody", "group_wait": "1s", "group_interval": "5s", "repeat_interval": "1h"},
    "receivers": [{"name": "nobody"}],
}


def _config_file(layout: Layout) -> Path:
    return layout.data("alertmanager") / "alertmanager.json"


def _command(layout: Layout) -> list[str]:
    return [
        str(find("prometheus-alertmanager")),
        f"--config.file={_config_file(layout)}",
        f"--storage.path={layout.data('alertmanager') / 'data'}",
        f"--web.listen-address={layout.address('alertmanager')}",
        # One instance alone: it needs no port to gossip on.
        "--cluster.listen-address=",
    ]


def _write_configuration(layout: Layout) -> None:
    _config_file(layout).write_text(json.dumps(CONFIGURATION, indent=2) + "\n")


ALERTMANAGER = Component(
    name="alertmanager",
    group="alertmanager",
    port="alertmanager",
    command=_command,
    ready=lambda layout: http_get(layout.port("alertmanager"), "/-/ready") is not None,
    prepare=_write_configuration,
    tools=("prometheus-alertmanager",),
)

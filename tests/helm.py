"""helm as tests use it."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

CHART = Path(__file__).parents[1] / "charts" / "logpipeline-operator"
Manifest = dict[str, Any]


class HelmError(Exception):
    """What helm said when it refused."""


@dataclass(frozen=True, slots=True)
class Helm:
    """helm of one cluster: `helm("install", "lp", str(CHART))`."""

    program: Path
    kubeconfig: Path
    deadline_seconds: float = 240.0

    def __call__(self, *arguments: str, namespace: str = "default") -> str:
        """What it printed. Raises HelmError."""
        where = ("--kubeconfig", str(self.kubeconfig), "--namespace", namespace)
        done = subprocess.run(
            [str(self.program), *where, *arguments],
            capture_output=True,
            text=True,
            timeout=self.deadline_seconds,
            check=False,
        )
        if done.returncode:
            raise HelmError(
                f"helm {' '.join(arguments)} exited {done.returncode}: {done.stdout}{done.stderr}"
            )
        return done.stdout

    def template(self, *values: str, kubernetes: str = "1.34") -> list[Manifest]:
        """What an installation with these values, written as `--set` takes them, would apply."""
        settings = [part for value in values for part in ("--set", value)]
        printed = self("template", "lp", str(CHART), "--kube-version", kubernetes, *settings, namespace="ops")
        return [manifest for manifest in yaml.safe_load_all(printed) if manifest]

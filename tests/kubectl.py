"""kubectl as tests use it."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Kubectl:
    """kubectl of one cluster: `kubectl("get", "pods", namespace=…)`."""

    program: Path
    kubeconfig: Path
    deadline_seconds: float = 60.0

    def __call__(
        self, *arguments: str, namespace: str = "default", stdin: str | None = None, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run it; with `check`, fail with what it said."""
        done = subprocess.run(
            [self.program, "--kubeconfig", self.kubeconfig, "--namespace", namespace, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=self.deadline_seconds,
            check=False,
        )
        if check and done.returncode:
            raise AssertionError(f"kubectl {' '.join(arguments)} exited {done.returncode}: {done.stderr}")
        return done

    def apply(self, manifest: Mapping[str, Any], namespace: str) -> None:
        """Apply one object."""
        self("apply", "-f", "-", namespace=namespace, stdin=json.dumps(manifest))

    def refusal(self, manifest: Mapping[str, Any], namespace: str) -> str:
        """Create an object that is to be refused, and return what the person at the terminal reads."""
        done = self("create", "-f", "-", namespace=namespace, stdin=json.dumps(manifest), check=False)
        assert done.returncode, f"accepted: {manifest}"
        return done.stderr

    def get(self, *arguments: str, namespace: str) -> Any:  # noqa: ANN401 (JSON of any kind)
        """The object, or the list of objects, that `kubectl get` finds."""
        return json.loads(self("get", *arguments, "-o", "json", namespace=namespace).stdout)

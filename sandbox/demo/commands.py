"""Commands of the sandbox's own kubectl and helm, shown as a person would type them."""

import os
import subprocess
from collections.abc import Callable, Mapping

from sandbox.errors import SandboxError
from sandbox.sandbox import Sandbox

DEADLINE_SECONDS = 90.0
SHOWN_LINES = 15


class Commands:
    """Runs programs of one sandbox; `show` is told what, before."""

    def __init__(self, sandbox: Sandbox, show: Callable[[str], None]) -> None:
        self._sandbox = sandbox
        self._show = show

    def __call__(self, program: str, *arguments: str) -> str:
        """Run it, and return what it printed.

        Raises SandboxError: it failed, or took too long; with what it said.
        """
        self._show(" ".join((program, *arguments)))
        return self.quietly(program, *arguments)

    def quietly(self, program: str, *arguments: str) -> str:
        """The same, without showing it."""
        command = " ".join((program, *arguments))
        try:
            done = subprocess.run(
                [self._sandbox.binary(program), *arguments],
                env=self._environment(),
                capture_output=True,
                text=True,
                timeout=DEADLINE_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise SandboxError(f"{command} did not end within {DEADLINE_SECONDS:.0f} s.") from None
        if done.returncode != 0:
            said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-SHOWN_LINES:])
            raise SandboxError(f"{command} exited with {done.returncode}:\n{said}")
        return done.stdout

    def _environment(self) -> Mapping[str, str]:
        folder = self._sandbox.layout.folder("helm")
        return {
            **os.environ,
            **self._sandbox.layout.shell_environment(),
            "HELM_CACHE_HOME": str(folder / "cache"),
            "HELM_CONFIG_HOME": str(folder / "config"),
            "HELM_DATA_HOME": str(folder / "data"),
        }

"""What becomes of the sandbox when the story is over, or was broken off."""

import sys
from dataclasses import dataclass
from pathlib import Path

from sandbox.demo.install import shown
from sandbox.demo.screen import Screen
from sandbox.sandbox import Sandbox

FAILED = 1
TOLD = frozenset({0, FAILED})

KEPT = """
All of it keeps running. To look at it:
  eval "$({python} -m sandbox env --dir {directory})"     # or: export KUBECONFIG={kubeconfig}
  kubectl get lp -A -o wide -w
  kubectl describe lp -n shop access-logs
  kubectl get pods -n shop
  kubectl explain lp.spec.stages.scaling
Another burst, and the end of it all:
  {logferry} generate --kafka {kafka} --topic access-log --count 1400000
  {python} -m sandbox down --wipe --dir {directory}
"""


@dataclass(slots=True)
class Ending:
    """Leaves nothing behind, unless it was asked to or somebody will want to look why it failed."""

    directory: Path
    screen: Screen
    keep: bool
    code: int = FAILED

    def leave(self) -> None:
        """Keep all of it running, or end it; the logs stay where something went wrong."""
        sandbox = Sandbox(self.directory)
        if self.keep and self.code in TOLD and sandbox.status():
            self._say_what_runs(sandbox)
            return
        sandbox.down(wipe=self.code != FAILED)
        if self.code == FAILED and self.directory.exists():
            self.screen.trouble(
                f"The logs are in {self.directory}/logs, those of the pods in {self.directory}/pods."
            )

    def _say_what_runs(self, sandbox: Sandbox) -> None:
        python = Path(sys.executable)
        self.screen.say(
            KEPT.format(
                python=shown(python),
                logferry=shown(python.with_name("logferry")),
                directory=self.directory,
                kubeconfig=shown(sandbox.kubeconfig),
                kafka=sandbox.kafka_bootstrap,
            )
        )

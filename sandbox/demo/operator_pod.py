"""The operator's pod, as the demo installs it: where its metrics are, its log, and its end by SIGKILL."""

import json
import signal
from dataclasses import dataclass

from sandbox.components.podrunner import OWNER_VARIABLE
from sandbox.demo.commands import Commands
from sandbox.errors import SandboxError
from sandbox.process import Process, with_environment
from sandbox.sandbox import Sandbox

RELEASE = "logpipeline-operator"
NAMESPACE = "logpipeline-system"
PORT = 8080
END_WITHIN_SECONDS = 10.0
LOG_LINES = 15


@dataclass(frozen=True, slots=True)
class OperatorPod:
    """A pod keeps its name and its address when its container is restarted."""

    name: str
    address: str
    sandbox: Sandbox
    commands: Commands

    @property
    def metrics_url(self) -> str:
        """Where it serves its metrics."""
        return f"http://{self.address}:{PORT}/metrics"

    def log_tail(self) -> str:
        """The end of what it logged, for when something did not happen."""
        try:
            return self.commands.quietly(
                "kubectl", "logs", f"--namespace={NAMESPACE}", f"--tail={LOG_LINES}", self.name
            )
        except SandboxError as error:
            return str(error)

    def restarts(self) -> tuple[int, str]:
        """How often its container was started again, and how it ended the last time."""
        pod = json.loads(
            self.commands.quietly(
                "kubectl", "get", "pod", f"--namespace={NAMESPACE}", self.name, "--output=json"
            )
        )
        (container,) = pod["status"]["containerStatuses"]
        ended = container.get("lastState", {}).get("terminated", {})
        return container[
            "restartCount"
        ], f"exit code {ended.get('exitCode')} {ended.get('reason', '')}".strip()

    def kill(self) -> None:
        """SIGKILL, as the kernel does when memory is short: nothing is said, nothing is written."""
        process = self._process()
        process.send(signal.SIGKILL)
        if not process.wait_for_end(END_WITHIN_SECONDS):
            raise SandboxError(f"SIGKILL had no effect on the operator, process {process.pid}.")

    def _process(self) -> Process:
        ours = with_environment(OWNER_VARIABLE, str(self.sandbox.layout.directory))
        named = set(with_environment("HOSTNAME", self.name)) & set(ours)
        if not named:
            raise SandboxError(f"There is no process of pod {self.name} to kill: it is not running.")
        return min(named, key=lambda process: process.started)


def find_operator(sandbox: Sandbox, commands: Commands) -> OperatorPod:
    """The pod of the release.

    Raises SandboxError: there is none.
    """
    listed = commands.quietly(
        "kubectl",
        "get",
        "pods",
        f"--namespace={NAMESPACE}",
        f"--selector=app.kubernetes.io/instance={RELEASE}",
        "--output=json",
    )
    for pod in json.loads(listed)["items"]:
        if "deletionTimestamp" not in pod["metadata"] and "podIP" in pod["status"]:
            return OperatorPod(pod["metadata"]["name"], pod["status"]["podIP"], sandbox, commands)
    raise SandboxError(f"There is no running pod of {RELEASE} in namespace {NAMESPACE}.")

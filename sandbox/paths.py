"""Where the files of one sandbox are: all below the one directory."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Paths:
    """The directory of a sandbox and what is in it. Folders are made when they are asked for."""

    directory: Path

    def folder(self, *parts: str) -> Path:
        """A folder below the directory."""
        path = self.directory.joinpath(*parts)
        path.mkdir(parents=True, exist_ok=True)
        return path

    def data(self, component: str) -> Path:
        """A component's own folder for data and configuration."""
        return self.folder("data", component)

    def log_file(self, component: str) -> Path:
        """What a component said."""
        return self.folder("logs") / f"{component}.log"

    def pid_file(self, component: str) -> Path:
        """Who a component's process is."""
        return self.folder("run") / f"{component}.pid"

    def initialised(self, component: str) -> Path:
        """There once a component's data is made; absent while that was not done, or was interrupted."""
        return self.data(component) / "initialised"

    def recorded_components(self) -> list[str]:
        """The components that were started, and not stopped since."""
        return sorted(file.stem for file in self.folder("run").glob("*.pid"))

    @property
    def state_file(self) -> Path:
        """What is remembered from one command to the next."""
        return self.directory / "sandbox.json"

    @property
    def lock_file(self) -> Path:
        """Held by the command that starts or stops something."""
        return self.directory / "lock"

    @property
    def audit_log(self) -> Path:
        """The API server's record of every write: who, what, when; one JSON object a line."""
        return self.folder("logs") / "audit.log"

    @property
    def pki(self) -> Path:
        """Certificates and keys."""
        return self.directory / "pki"

    def kubeconfig(self, user: str = "admin") -> Path:
        """The kubeconfig of a user: admin, kube-controller-manager or kube-scheduler."""
        return self.directory / f"{user}.kubeconfig"

    @property
    def programs(self) -> Path:
        """A folder with a link to each of the sandbox's programs, to be first in PATH."""
        return self.folder("bin")

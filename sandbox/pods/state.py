"""The states a container goes through, and what is remembered of its runs.

The three states are those of the Kubernetes API. A record is replaced, never changed, so
whoever publishes it sees one moment.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Reason(StrEnum):
    """Reasons of container states, in the words people know from kubelet."""

    CONTAINER_CREATING = "ContainerCreating"
    POD_INITIALIZING = "PodInitializing"
    CONFIG_ERROR = "CreateContainerConfigError"
    CREATE_ERROR = "CreateContainerError"
    IMAGE_ERROR = "ErrImagePull"
    IMAGE_BACK_OFF = "ImagePullBackOff"
    CRASH_LOOP = "CrashLoopBackOff"
    START_ERROR = "StartError"
    COMPLETED = "Completed"
    ERROR = "Error"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Not running yet, or not again yet."""

    reason: Reason
    message: str = ""


@dataclass(frozen=True, slots=True)
class Running:
    """A process lives."""

    started_at: datetime


@dataclass(frozen=True, slots=True)
class Terminated:
    """A run that ended. A signal gives exit code 128 + signal, as a shell would say it."""

    exit_code: int
    started_at: datetime
    finished_at: datetime
    reason: Reason
    signal: int | None = None
    message: str = ""


ContainerState = Waiting | Running | Terminated


@dataclass(frozen=True, slots=True)
class ContainerRecord:
    """What is known of one container now."""

    state: ContainerState
    last: Terminated | None = None
    restart_count: int = 0
    started: bool = False
    ready: bool = False

    @property
    def has_succeeded(self) -> bool:
        """Its last word is exit code 0."""
        return isinstance(self.state, Terminated) and self.state.exit_code == 0


class NotStartableError(Exception):
    """A container cannot be started now; the reason and message are for its waiting state."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


def ended_run(return_code: int, started_at: datetime, finished_at: datetime, message: str = "") -> Terminated:
    """The end of a process by its return code, which is minus the signal where one ended it."""
    signal = -return_code if return_code < 0 else None
    return Terminated(
        exit_code=return_code if signal is None else 128 + signal,
        started_at=started_at,
        finished_at=finished_at,
        reason=Reason.COMPLETED if return_code == 0 else Reason.ERROR,
        signal=signal,
        message=message,
    )

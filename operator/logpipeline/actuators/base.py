"""What an actuator is: it carries out a decision on a workload, and says what became of it."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from logpipeline.api.conditions import Reason
from logpipeline.api.pipeline import ScaleTargetRef
from logpipeline.core.model import StageDecision


class Target(NamedTuple):
    """A workload, by name. The key under which it is watched, too."""

    namespace: str
    api_version: str
    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class Done:
    """The count was written, and is ours now."""

    from_replicas: int
    to_replicas: int


@dataclass(frozen=True, slots=True)
class Advised:
    """Nothing was written; this is what would have been."""

    message: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The count could not be written."""

    reason: Reason
    message: str
    """What is wrong, where, and what to do, in a sentence."""


Outcome = Done | Advised | Refused


class Actuator(Protocol):
    """A way to act."""

    async def act(self, target: Target, decision: StageDecision) -> Outcome:
        """Carry out `decision`, which asks for more than to hold, on `target`.

        Never raises for what the API server does or fails to do: that is an outcome.
        """


def target_of(namespace: str, ref: ScaleTargetRef) -> Target:
    """The workload that `ref` names in `namespace`."""
    return Target(namespace, ref.api_version, ref.kind, ref.name)

"""What an actuator is: it carries out a decision on a workload, and says what became of it."""

from typing import NamedTuple, Protocol

from logpipeline.api.pipeline import ScaleTargetRef
from logpipeline.core.model import StageDecision
from logpipeline.core.outcome import Outcome


class Target(NamedTuple):
    """A workload, by name. The key under which it is watched, too."""

    namespace: str
    api_version: str
    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"


class Actuator(Protocol):
    """A way to act."""

    async def act(self, target: Target, decision: StageDecision) -> Outcome:
        """Carry out `decision`, which asks for more than to hold, on `target`.

        Never raises for what the API server does or fails to do: that is an outcome.
        """


def target_of(namespace: str, ref: ScaleTargetRef) -> Target:
    """The workload that `ref` names in `namespace`."""
    return Target(namespace, ref.api_version, ref.kind, ref.name)

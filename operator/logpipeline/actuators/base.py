"""What an actuator is: it carries out a decision on a workload, and says what became of it."""

from typing import Protocol

from logpipeline.core.decision import StageDecision
from logpipeline.core.outcome import Outcome
from logpipeline.world.target import Target


class Actuator(Protocol):
    """A way to act."""

    async def act(self, target: Target, decision: StageDecision) -> Outcome:
        """Carry out `decision`, which asks for more than to hold, on `target`.

        Never raises for what the API server does or fails to do: that is an outcome.
        """

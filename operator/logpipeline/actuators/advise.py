"""Acting by words alone: says what would be done."""

from logpipeline.core.decision import StageDecision, Verdict
from logpipeline.core.outcome import Advised, Outcome
from logpipeline.world.target import Target


class AdviseActuator:
    """Does nothing. For stages in `Advise`, and for trying a spec beside another autoscaler."""

    async def act(self, target: Target, decision: StageDecision) -> Outcome:
        """What `decision` would have done to `target`."""
        if decision.verdict is Verdict.CLAIM:
            return Advised(f"would own the replica count of {target} and leave it as it is")
        return Advised(f"would set {target} to {decision.replicas} replicas: {decision.line}")

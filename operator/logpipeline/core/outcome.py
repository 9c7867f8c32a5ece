"""What became of a decision -> what to tell, and what the next decision must remember."""

from dataclasses import dataclass, replace

from logpipeline.api.conditions import Reason
from logpipeline.core.decision import StageDecision
from logpipeline.core.memory import StageMemory
from logpipeline.core.model import Announcement, Obstacle, Urgency


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

    why: Obstacle


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Somebody else changed the count after it was observed: the next tick decides on what it is now."""


Outcome = Done | Advised | Refused | Overtaken


def remember_outcome(
    memory: StageMemory, name: str, decision: StageDecision, outcome: Outcome, now: float
) -> tuple[StageMemory, tuple[Announcement, ...]]:
    """The memory after acting on stage `name`, and one announcement for what is new."""
    match outcome:
        case Done(from_replicas, to_replicas):
            news = from_replicas != to_replicas or memory.written != to_replicas
            memory = replace(memory, written=to_replicas, written_at=now, refusal=None)
            return memory, (_written(name, decision, from_replicas, to_replicas),) if news else ()
        case Advised(message):
            if memory.advised == decision.replicas:
                return memory, ()
            told = Announcement(Urgency.NORMAL, Reason.ADVISING, f"{name}: {message}")
            return replace(memory, advised=decision.replicas), (told,)
        case Refused(why):
            return replace(memory, refusal=why), ()
        case Overtaken():
            return memory, ()


def _written(name: str, decision: StageDecision, before: int, after: int) -> Announcement:
    if before == after:
        reason, message = Reason.CLAIMED, f"{name}: owns the replica count, {after}"
    elif before == 0:
        reason, message = Reason.WOKEN, f"{name}: {decision.line}"
    elif after == 0:
        reason, message = Reason.PUT_TO_SLEEP, f"{name}: {decision.line}"
    else:
        reason = Reason.SCALED_UP if after > before else Reason.SCALED_DOWN
        message = f"{name}: {decision.line}"
    return Announcement(Urgency.NORMAL, reason, message)

"""What an announced event asks of one stage by now, and what is remembered of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from logpipeline.api.conditions import Reason
from logpipeline.api.sale import Expected
from logpipeline.api.sale_status import Phase
from logpipeline.core.figures import spell_rate
from logpipeline.core.model import Obstacle
from logpipeline.core.occurrence import Announced

QUIET_SECONDS = 1_800.0
"""So long after the start nothing is taken away: who comes late, comes in crowds."""


@dataclass(frozen=True, slots=True)
class Floor:
    """What one event asks of one stage by now."""

    sale: Announced
    phase: Phase
    per_second: float | None
    """Records/s that it brings to the stage; None where replicas were announced, or it is not known."""
    needed: int
    """Replicas that take them, whatever the bounds; 0 where that is not known."""
    planned: int
    """Of those, the ones that may be and can have work."""
    replicas: int
    """Replicas that there are to be by now, of the planned ones: the floor."""
    step: int
    steps: int
    """Of the warming."""
    proven: int | None
    """Of the planned ones, those that are proven ready; None where nothing tells."""
    proof: str
    """What proves it."""
    bound: str = ""
    """What is in the way of all that is needed, and what would do; empty where nothing is."""
    unknown: Obstacle | None = None
    """Why it is not known what it asks for."""
    notes: tuple[str, ...] = ()
    """What else people must know of how the figures came about."""

    @property
    def name(self) -> str:
        """Of the event."""
        return self.sale.name

    @property
    def shortfall(self) -> int:
        """Planned replicas that are not proven ready."""
        return self.planned - min(self.proven or 0, self.planned)

    @property
    def line(self) -> str:
        """For the line of the decision: `double-eleven: 40 of 64, step 3 of 4`."""
        why = f" ({self.bound})" if self.bound else ""
        return f"{self.name}: {self.replicas} of {self.planned}{self._stand}{why}"

    @property
    def _stand(self) -> str:
        match self.phase:
            case Phase.WARMING if self.replicas < self.planned or self.step < self.steps:
                return f", step {self.step} of {self.steps}"
            case Phase.WARMING | Phase.READY:
                return "" if self.proven is None else f", {self.proven} proven ready"
            case Phase.RAMPING_DOWN:
                return ", ramping down"
            case _:
                return " while it lasts"

    def guards(self, now: float) -> bool:
        """Nothing is to be taken away: it is about to begin, or has just begun."""
        times = self.sale.occurrence
        return self.planned > 0 and times.warming <= now < min(times.end, times.start + QUIET_SECONDS)


@dataclass(frozen=True, slots=True)
class EventMemory:
    """What a stage's next decision must remember of an event."""

    name: str
    start: float
    """Of the occurrence; another one is another event."""
    expected: str
    """What was announced, in words; so is something else."""
    since: float
    """When it was first seen."""
    planned: int = 0
    """The most that was planned: while it lasts that never falls."""
    floor: int = 0
    """Replicas that there were to be at the last decision."""
    told: tuple[Reason, ...] = ()
    """What people were told of it."""


def highest(floors: Sequence[Floor]) -> Floor | None:
    """The one that asks for most by now: events at one time do not add up."""
    return max(floors, key=lambda floor: floor.replicas, default=None)


def spell_expected(expected: Expected) -> str:
    """In a few words: `40x`, `800k/s`, or `index: 64`."""
    if expected.multiplier is not None:
        return f"{expected.multiplier:g}x"
    if expected.records_per_second is not None:
        return spell_rate(expected.records_per_second)
    return ", ".join(f"{stage}: {count}" for stage, count in sorted((expected.replicas or {}).items()))

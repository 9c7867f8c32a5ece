"""What was decided: for each stage, and for the pipeline as a whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from logpipeline.core.floors.floor import Floor
from logpipeline.core.floors.surges import Surge
from logpipeline.core.flow import Outflow
from logpipeline.core.memory import Memory
from logpipeline.core.model import Alert, Announcement, Applied, Measures, Obstacle, Statement
from logpipeline.core.readings import Missing
from logpipeline.core.verdicts import Verdicts


class Verdict(StrEnum):
    """What a decision asks of the actuator."""

    HOLD = "Hold"
    """Leave the workload as it is."""
    CLAIM = "Claim"
    """Write the count that is there, to own it."""
    SCALE = "Scale"
    """Write another count."""


@dataclass(frozen=True, slots=True)
class StageDecision:
    """What to do with one stage, and why."""

    verdict: Verdict
    replicas: int | None
    """Replicas wanted; None where nothing is known of the workload."""
    uncapped: int | None
    """Replicas that would be needed if there were no bounds; None where demand is not known."""
    usable: int | None
    """Replicas that can have work at once; None where it does not matter or is not known."""
    line: str
    """The decision in one line."""
    rules: tuple[Applied, ...]
    """What shaped it, in order."""
    scaling: Obstacle
    """Reason and sentence for the `ScalingActive` condition."""
    scaling_active: bool
    measures: Measures | None
    """None when nothing could be measured now."""
    missing: Missing | None
    """Why, then."""
    verdicts: Verdicts | None = None
    """What is the matter with its partitions and with it; None where nothing could be measured."""
    sustainable: float | None = None
    """Records/s that it can take in the long run; None where nothing could be measured."""
    outflow: Outflow | None = None
    """What it will hand on to the next stage."""
    observed: int | None = None
    """Replicas that it was decided on; None where nothing is known of the workload."""
    surges: tuple[Surge, ...] = ()
    """What announced events bring to it."""
    floors: tuple[Floor, ...] = ()
    """What each announced event asks for by now."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with a pipeline, what to tell, and what to remember."""

    at: float
    stages: Mapping[str, StageDecision]
    """In the order of the spec."""
    backlog: float | None
    """Excess records of the whole pipeline; None when no stage could be measured."""
    alerts: tuple[Alert, ...]
    statements: tuple[Statement, ...]
    announcements: tuple[Announcement, ...]
    memory: Memory

"""What is asked for on the command line, before anything of it was read. Nothing here is slow to import."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path


class UnusableError(ValueError):
    """Something that was asked for and cannot be done. Says what is wrong, where, and what to do."""


class UnreachableError(RuntimeError):
    """A cluster that did not tell its past. Says why, and what to do."""


class UnwritableError(RuntimeError):
    """A report that cannot be kept where it should be. Says why."""


@dataclass(frozen=True, slots=True)
class Past:
    """A topic whose own past is the traffic."""

    bootstrap_servers: str
    topic: str
    since: timedelta
    """How far back."""
    step: timedelta | None = None
    """How finely; None: a minute, or longer where that would ask too much of the brokers."""
    credentials: Path | None = None
    """A folder with a file for each key of a Secret."""


@dataclass(frozen=True, slots=True)
class TrafficOptions:
    """Where the records come from; by default from the scenario."""

    trace: Path | None = None
    past: Past | None = None
    begins: float | None = None
    """Unix seconds."""
    ends: float | None = None
    """Unix seconds."""
    peak_replicas: float | None = None
    """The peak, in replicas that are busy all the time."""

    @property
    def given(self) -> bool:
        """Whether the records come from anywhere else than the scenario."""
        return self.trace is not None or self.past is not None


@dataclass(frozen=True, slots=True)
class TruthOptions:
    """What the pipeline is in truth, in all stages. None: as the scenario says, or the default."""

    capacity: float | None = None
    """Records/s of one replica."""
    partitions: int | None = None
    skew: float | None = None
    replicas: int | None = None
    start_up: timedelta | None = None
    protocol: str | None = None
    pause: timedelta | None = None
    commit_every: timedelta | None = None
    noise: float | None = None
    nodes: int | None = None


@dataclass(frozen=True, slots=True)
class EventOptions:
    """What is announced."""

    paths: tuple[Path, ...] = ()
    """Files with SalesEvents."""
    truth_factor: float = 1.0
    """What comes in truth, as a multiple of what is announced."""


@dataclass(frozen=True, slots=True)
class Options:
    """All of it."""

    scenario: Path | None = None
    pipeline: Path | None = None
    traffic: TrafficOptions = TrafficOptions()
    truth: TruthOptions = TruthOptions()
    policies: tuple[str, ...] = ()
    seeds: tuple[int, ...] = ()
    jobs: int = 1
    events: EventOptions = EventOptions()

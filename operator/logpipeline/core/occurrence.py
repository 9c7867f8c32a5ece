"""One time that an announced event happens."""

from dataclasses import dataclass

from logpipeline.api.sale import Expected


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time that an event happens. Unix seconds: warming <= ready <= start < end <= over."""

    warming: float
    """When warming begins."""
    ready: float
    """When all is to be proven ready."""
    start: float
    end: float
    over: float
    """When the ramp down is over."""
    note: str = ""
    """How a local time was understood that does not exist, or exists twice."""


@dataclass(frozen=True, slots=True)
class Announced:
    """An event that concerns a pipeline now: its warming has begun, and it is not over yet."""

    name: str
    """Of the SalesEvent."""
    expected: Expected
    occurrence: Occurrence


@dataclass(frozen=True, slots=True)
class Upcoming:
    """The next event that a pipeline will see."""

    name: str
    """Of the SalesEvent."""
    start: float
    """Unix seconds."""


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual at a time, at the first stage: what a multiplier multiplies."""

    per_second: float
    """Records/s."""
    source: str
    """What it was worked out of, in words: `median of the same slot on 14 days`."""

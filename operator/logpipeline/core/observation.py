"""All that is known when a decision is due."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from logpipeline.core.model import Obstacle, Workload
from logpipeline.core.occurrence import Announced, Upcoming, Usual
from logpipeline.core.window import Window


@dataclass(frozen=True, slots=True)
class StageObservation:
    """All that is known of one stage when a decision is due."""

    window: Window
    workload: Workload | None
    obstacle: Obstacle | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """All that is known of a pipeline when a decision is due, by the name of the stage."""

    stages: Mapping[str, StageObservation]
    sales: tuple[Announced, ...] = ()
    """Events that concern it now."""
    usual: Mapping[str, Usual] = field(default_factory=lambda: MappingProxyType({}))
    """By the name of an event that announces a multiplier: what is usual while it lasts, as it was before
    its warming began: what an event brings is not usual. Not there: not known."""
    next_sale: Upcoming | None = None
    """The one that starts next; None where none is announced."""

"""All that is known when a decision is due."""

from collections.abc import Mapping
from dataclasses import dataclass

from logpipeline.core.model import Obstacle, Workload
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

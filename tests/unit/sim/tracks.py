"""Runs that were never played, for tests of what is made of runs."""

from typing import Any

import numpy as np

from logpipeline.core.model import Applied
from logpipeline.core.rules import Rule
from logpipeline.sim.setting import START
from logpipeline.sim.track import Change, Series, StageTrack, Track

ROWS = 120
EVERY_SECONDS = 5.0


def level(value: float, rows: int = ROWS) -> Series:
    return np.full(rows, value, dtype=np.float64)


def stage_track(name: str = "index", rows: int = ROWS, **given: Any) -> StageTrack:  # noqa: ANN401
    """A stage in which nothing happens: two replicas, each busy by half."""
    quiet: dict[str, Any] = {
        "arrival": level(1_000, rows),
        "consumed": level(1_000, rows),
        "backlog": level(100, rows),
        "oldest_seconds": level(1, rows),
        "wanted": level(2, rows),
        "pods": level(2, rows),
        "ready": level(2, rows),
        "needed": level(1, rows),
        "changes": (),
        "records": 1_000.0 * rows * EVERY_SECONDS,
        "replica_seconds": 2 * rows * EVERY_SECONDS,
        "capacity": 1_000.0,
        "rebalances": 0,
    }
    return StageTrack(name=name, **(quiet | given))


def track(*stages: StageTrack, policy: str = "logpipeline", seed: int = 1, alert: int = 1_000_000) -> Track:
    told = stages or (stage_track(),)
    at = START + EVERY_SECONDS * np.arange(1, len(told[0].arrival) + 1)
    return Track(policy, seed, alert, at, {stage.name: stage for stage in told})


def change(at: float, before: int, after: int, line: str = "more arrives") -> Change:
    """A change so many seconds after the beginning."""
    return Change(START + at, before, after, line, (Applied(Rule.ARRIVAL_TERM, "14.2k/s"),))

"""What one source told lately: its newest reading, and what can be worked out of those before it."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from logpipeline.api.conditions import Reason
from logpipeline.core.growth import begun, grown
from logpipeline.core.history import USUAL_OF, History, usual_interval
from logpipeline.core.readings import Missing, Reading, Sample

WINDOW_SECONDS = 900.0
MOST_PARTITIONS = 10_000
"""Of one stage: each takes a kilobyte here, and time of all the others at every decision."""
PACE_SECONDS = (30.0, 60.0)
"""What waits grows by the larger of its means over these: quick to see growth, slow to see a drain."""


class Waiting(NamedTuple):
    """How much waited at one moment."""

    at: float
    """Unix seconds."""
    records: float
    """In all; NaN where some could not be measured."""


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """What a decision needs of the readings of one source. Never written to: each reading makes another."""

    newest: Reading | None = None
    """None: nothing was measured yet."""
    history: History | None = None
    """Of its counters; None where it has none, or has not told them yet."""
    waiting: tuple[Waiting, ...] = ()
    """What waited at each sample of the last minute, the oldest first."""

    @property
    def interval_seconds(self) -> float:
        """The usual time between two samples; 0 when there is but one."""
        return usual_interval([waiting.at for waiting in self.waiting[-USUAL_OF:]])

    @property
    def pace(self) -> float | None:
        """Records/s by which what waits grew within the last minute; negative where it shrank, or None."""
        known = [waiting for waiting in self.waiting if not math.isnan(waiting.records)]
        if not known or known[-1] is not self.waiting[-1] or known[-1].at - known[0].at < PACE_SECONDS[0]:
            return None
        newest, paces = known[-1], []
        for seconds in PACE_SECONDS:
            since = next((old for old in reversed(known) if newest.at - old.at >= seconds), known[0])
            paces.append((newest.records - since.records) / (newest.at - since.at))
        return max(paces)

    def extended(self, reading: Reading, window_seconds: float = WINDOW_SECONDS) -> "Window":
        """The window with `reading`, which is its newest now; as it was where nobody has asked the source."""
        if isinstance(reading, Sample) and len(reading.partitions) + len(reading.missing) > MOST_PARTITIONS:
            reading = _too_wide(reading)
        if isinstance(reading, Missing):
            asked = reading.reason is not Reason.NOT_YET_MEASURED
            return replace(self, newest=reading) if asked or self.newest is None else self
        history = self.history
        if reading.counted:
            history = begun(reading) if history is None else grown(history, reading, window_seconds)
        return Window(reading, history, self._still_waiting(reading))

    def _still_waiting(self, sample: Sample) -> tuple[Waiting, ...]:
        forward = bool(self.waiting) and self.waiting[-1].at < sample.at
        before = self.waiting if forward else ()
        recent = sum(sample.at - waiting.at < PACE_SECONDS[1] for waiting in before)
        total = float(sample.backlog.sum(dtype=np.float64)) if sample.complete else math.nan
        return (*before[-max(recent + 1, USUAL_OF) :], Waiting(sample.at, total))


def _too_wide(sample: Sample) -> Missing:
    found = f"{len(sample.partitions) + len(sample.missing):,} partitions"
    todo = "name fewer topics, or divide them among several stages"
    message = f"The source has {found}, and a stage has {MOST_PARTITIONS:,} at most: {todo}."
    return Missing(sample.at, Reason.TOO_MANY_PARTITIONS, message)


def window_of(readings: Iterable[Reading], window_seconds: float = WINDOW_SECONDS) -> Window:
    """The window that these readings make, the oldest of them first."""
    window = Window()
    for reading in readings:
        window = window.extended(reading, window_seconds)
    return window

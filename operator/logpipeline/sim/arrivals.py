"""How many records/s arrive, over time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from logpipeline.sim.mishaps import Point
from logpipeline.sim.track import Series


class Arrivals(Protocol):
    """Records/s that arrive, by the seconds since the beginning of the run; before it they are negative."""

    def __call__(self, seconds: float, /) -> float:
        """Records/s at that moment."""


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Straight from point to point, level before and after them. Two points at one moment make a jump."""

    at: Series
    """(K,) seconds since the beginning of the run, none before the one before it."""
    rate: Series
    """(K,) records/s."""

    def __call__(self, seconds: float, /) -> float:
        """Records/s at that moment; where it jumps, what comes after."""
        place = int(self.at.searchsorted(seconds, side="right"))
        if place == 0 or place == len(self.at):
            return float(self.rate[max(place - 1, 0)])
        before, after = float(self.at[place - 1]), float(self.at[place])
        low, high = float(self.rate[place - 1]), float(self.rate[place])
        return low + (high - low) * (seconds - before) / (after - before)


def curve_of(points: Sequence[Point]) -> Curve:
    """The curve through `points`, which are in order. Where the first is late nothing arrives before it."""
    at, rates = [0.0], [points[0].rate if points and not points[0].at else 0.0]
    for point in points:
        moment = point.at.total_seconds()
        if not point.ramp:
            at.append(moment)
            rates.append(rates[-1])
        at.append(moment)
        rates.append(point.rate)
    return Curve(np.array(at), np.array(rates))

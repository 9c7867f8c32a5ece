"""The log of a stage: what was written to each partition and when, so that ages are exact.

Seconds are those of the run, negative before it. What arrives in a second arrives evenly within it, and is
shared out by weights that seldom change. So one series of all that arrived, and for each partition its place
in it, tell when any record was written: nothing is kept per record.
"""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from logpipeline.core.readings import Rates

PAST_SECONDS = 900
"""The log is so old when the run begins."""
_TINY = 1e-3
"""Parts of a record that are rounding errors."""


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """A time in which the weights stay as they are."""

    begins_at: float
    """Records that had arrived in all."""
    ends: Rates
    """(P,) where the partitions ended when it began."""
    weights: Rates
    """(P,) shares of what arrives, 1 in all."""


@dataclass(slots=True)
class Log:
    """All partitions of one stage."""

    weights: Rates
    """(P,) at the beginning."""
    before: Callable[[float], float]
    """Records/s that arrived before the run, by the second."""
    older: float
    """Records that are older than the past that is known."""
    ends: Rates = field(init=False)
    """(P,) records ever written to each."""
    second: int = field(init=False, default=0)
    """Up to which it is written."""
    _arrived: list[float] = field(init=False)
    """All that arrived since the past begins, by the second."""
    _stretches: list[Stretch] = field(init=False)

    def __post_init__(self) -> None:
        """Write the past."""
        self.ends = self.weights * self.older
        self._stretches = [Stretch(0.0, self.ends, self.weights)]
        self._arrived = [0.0]
        self.second = -PAST_SECONDS
        for second in range(-PAST_SECONDS, 0):
            self.write(max(0.0, self.before(second + 0.5)))

    def write(self, records: float) -> None:
        """So many arrive in the next second."""
        stretch = self._stretches[-1]
        self._arrived.append(self._arrived[-1] + records)
        self.second += 1
        self.ends = stretch.ends + stretch.weights * (self._arrived[-1] - stretch.begins_at)

    def share_out(self, weights: Rates) -> None:
        """From now on what arrives is shared out by other weights (P,)."""
        self._stretches.append(Stretch(self._arrived[-1], self.ends, weights))

    def recreate(self) -> None:
        """The topics are made anew, with nothing in them."""
        self.ends = np.zeros_like(self.ends)
        self._stretches = [Stretch(self._arrived[-1], self.ends, self._stretches[-1].weights)]

    def ends_at(self, second: int) -> Rates:
        """(P,) where the partitions ended then."""
        arrived = self._arrived[second + PAST_SECONDS]
        stretch = next((s for s in reversed(self._stretches) if s.begins_at <= arrived), self._stretches[0])
        ends: Rates = stretch.ends + stretch.weights * max(0.0, arrived - stretch.begins_at)
        return ends

    def oldest_seconds(self, taken: Rates) -> float:
        """The age of the oldest record that waits, where `taken` (P,) records of each partition were taken.

        Records that are older than the past that is known are as old as that.
        """
        waits = self.ends > taken
        if not waits.any():
            return 0.0
        return self.second - self._written_at(float(self._places(taken)[waits].min()))

    def waiting_since(self, second: int, taken: Rates) -> float:
        """Of what arrived in the second up to `second`, the records that still wait, (P,) being taken."""
        before, arrived = self._arrived[second + PAST_SECONDS - 1 : second + PAST_SECONDS + 1]
        places = np.where(self.ends > taken, self._places(taken), np.inf)
        left = np.clip(arrived - np.maximum(places, before), 0.0, None)
        return float((self._stretches[-1].weights * left).sum())

    @property
    def shares(self) -> Rates:
        """(P,) the weights by which what arrives is shared out now."""
        return self._stretches[-1].weights

    def _places(self, taken: Rates) -> Rates:
        """(P,) how much had arrived in all when the next record after those taken was written."""
        stretch = self._stretches[-1]
        with np.errstate(divide="ignore", invalid="ignore"):
            places = stretch.begins_at + (taken - stretch.ends) / stretch.weights
            for earlier, later in zip(self._stretches[-2::-1], self._stretches[:0:-1], strict=False):
                older = taken < later.ends
                if not older.any():
                    break
                places = np.where(older, earlier.begins_at + (taken - earlier.ends) / earlier.weights, places)
        return places

    def _written_at(self, place: float) -> float:
        """The second at which `place` records had arrived in all, and the next one came."""
        # Without the slack what comes after a quiet hour would seem to be as old as what came before it.
        after = bisect_right(self._arrived, place + _TINY)
        if after == 0:
            return float(-PAST_SECONDS)
        if after == len(self._arrived):
            return float(self.second)
        before, then = self._arrived[after - 1], self._arrived[after]
        return after - 1 - PAST_SECONDS + max(0.0, place - before) / (then - before)

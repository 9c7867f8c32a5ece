"""Traffic that was counted: how many records came in each step -> the curve by which they arrive.

Each step keeps its count. Within it the rate is a straight line whose slope is that of the neighbours, held
back so that the line stays between them: the highest rate of the curve is that of the highest step. (How a
density is put together from the means of its cells: van Leer, J. Comput. Phys. 23, 1977, with his monotonized
central slopes.) Neighbouring lines need not meet: there may be small jumps between steps.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from logpipeline.core.timestamps import spell_time
from logpipeline.sim.arrivals import Curve
from logpipeline.sim.track import Series


class TrafficError(ValueError):
    """Traffic that cannot be used. Says in a sentence what is wrong, where, and what to do."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A time of which nobody knows what came."""

    begins: float
    """Unix seconds."""
    ends: float
    """Unix seconds."""

    def __str__(self) -> str:
        return f"{spell_time(self.begins)} to {spell_time(self.ends)}"


@dataclass(frozen=True, slots=True, eq=False)
class Traffic:
    """Counts per step, in order. Steps have one length; some may be missing in between."""

    source: str
    """Where it comes from, as people call it."""
    starts: Series
    """(K,) when each step begins, Unix seconds."""
    counts: Series
    """(K,) records in each step."""
    step_seconds: float

    @property
    def begins(self) -> float:
        """When the first step begins, Unix seconds."""
        return float(self.starts[0])

    @property
    def ends(self) -> float:
        """When the last step is over, Unix seconds."""
        return float(self.starts[-1]) + self.step_seconds

    @property
    def peak(self) -> float:
        """Records/s in the step with the most."""
        return float(self.counts.max()) / self.step_seconds

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Where steps are missing."""
        before, after = self.starts[:-1] + self.step_seconds, self.starts[1:]
        return tuple(
            Gap(float(before[place]), float(after[place])) for place in np.flatnonzero(~self._joined())
        )

    def between(self, begins: float | None, ends: float | None) -> "Traffic":
        """The steps that begin within this time, Unix seconds; None is without a bound.

        Raises TrafficError where there are none.
        """
        low = self.begins if begins is None else begins
        high = self.ends if ends is None else ends
        kept = (self.starts >= low) & (self.starts < high)
        if low >= high:
            raise TrafficError(f"from {spell_time(low)} to {spell_time(high)} no time goes by: end later")
        if not kept.any():
            raise TrafficError(
                f"{self.source} has no step that begins between {spell_time(low)} and {spell_time(high)}: "
                f"it goes from {spell_time(self.begins)} to {spell_time(self.ends)}"
            )
        return replace(self, starts=self.starts[kept], counts=self.counts[kept])

    def peaking_at(self, records_per_second: float) -> "Traffic":
        """The same, larger or smaller throughout, so that its highest step has this rate.

        Raises TrafficError where nothing ever comes.
        """
        if self.peak == 0:
            raise TrafficError(f"{self.source} has no records in this time: it has no peak to be scaled")
        return replace(self, counts=self.counts / self.counts.max() * records_per_second * self.step_seconds)

    def curve(self) -> Curve:
        """Records/s over the seconds since it begins. A gap is crossed in a straight line."""
        means = self.counts / self.step_seconds
        halves = self._slopes(means) / 2
        at = np.stack([self.starts, self.starts + self.step_seconds], axis=1).ravel() - self.begins
        rates = np.stack([means - halves, means + halves], axis=1).ravel()
        return Curve(at, np.maximum(rates, 0.0))

    def _joined(self) -> NDArray[np.bool_]:
        """(K-1,) whether a step begins where the one before it ends."""
        joined: NDArray[np.bool_] = np.diff(self.starts) < 1.5 * self.step_seconds
        return joined

    def _slopes(self, means: Series) -> Series:
        """(K,) by how much the rate grows within each step: nothing where a neighbour is not known."""
        growth = np.where(self._joined(), np.diff(means), 0.0)
        before, after = np.append(0.0, growth), np.append(growth, 0.0)
        steepest = np.minimum(2 * np.minimum(np.abs(before), np.abs(after)), np.abs(before + after) / 2)
        slopes: Series = np.where(before * after > 0, np.sign(before) * steepest, 0.0)
        return slopes

"""Where a number stands on a picture, and which numbers are written beside it."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from logpipeline.core.figures import spell_count
from logpipeline.sim.report.numbers import spell_age

MINUTE = 60.0
ROUND = (1, 2, 2.5, 5, 10)
MINUTES_APART = (1, 2, 5, 10, 15, 30, 60)


@dataclass(frozen=True, slots=True)
class Axis:
    """From the lowest number to the highest, along some pixels."""

    low: float
    high: float
    ticks: Sequence[float]
    spell: Callable[[float], str]
    is_log: bool = False
    """Whatever is below `low` is drawn at it, zero as well."""

    def place(self, value: float, begin: float, end: float) -> float:
        """Where `value` is between the pixels `begin` and `end`."""
        low, high = self.low, self.high
        if self.is_log:
            low, high, value = 0.0, math.log(high / low), math.log(max(value, low) / low)
        return begin + (value - low) / (high - low) * (end - begin)


def counts(high: float, ticks: int = 4) -> Axis:
    """From 0 to a little above `high`, replicas or records/s."""
    rough = high / ticks
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(times * size for times in ROUND if times * size >= rough)
    reached = [step * place for place in range(int(high / step) + 1)]
    return Axis(0.0, 1.08 * high, reached, spell_count)


def decades(low: float, high: float, spell: Callable[[float], str] = spell_count) -> Axis:
    """Powers of ten, from `low` to a little above `high`."""
    powers = range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)
    return Axis(low, 1.6 * high, [10.0**power for power in powers], spell, is_log=True)


def ages(high: float) -> Axis:
    """Seconds, from 0 to a little above `high`."""
    return Axis(0.0, 1.08 * high, [tick for tick in (0, 20, 40, 60, 80, 100) if tick <= high], spell_age)


def minutes(begin: float, end: float, wanted: int = 8) -> Axis:
    """Seconds of a run, written as minutes since it began."""
    apart = next(each for each in MINUTES_APART if (end - begin) / MINUTE / each <= wanted)
    first = math.ceil(begin / MINUTE / apart)
    ticks = [MINUTE * apart * place for place in range(first, int(end / MINUTE / apart) + 1)]
    return Axis(begin, end, ticks, lambda seconds: f"{seconds / MINUTE:.0f} min")

"""What arrived, in steps of one length; what nobody knows is NaN, and that is not zero."""

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from logpipeline.core.readings import Rates

DAY_SECONDS = 86_400.0
MOST_RATE = 1e15
"""Records/s; what is above it nobody measured."""

Known = NDArray[np.bool_]
Places = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Series:
    """Arrival of one pipeline."""

    start: float
    """When the first step begins, Unix seconds."""
    step_seconds: float
    rates: Rates
    """(N,) records/s; NaN where not known. What can be no rate counts as not known."""
    zone: tzinfo = UTC
    """By its clock people live: the days and slots of the profile are local."""

    def __post_init__(self) -> None:
        rates = np.array(self.rates, dtype=np.float64)
        with np.errstate(invalid="ignore"):
            rates[~((rates >= 0) & (rates <= MOST_RATE))] = np.nan
        rates.flags.writeable = False
        object.__setattr__(self, "rates", rates)

    @property
    def day_steps(self) -> int:
        """How many steps a day has, rounded up."""
        return math.ceil(DAY_SECONDS / self.step_seconds)

    @property
    def days(self) -> float:
        """How long it is."""
        return len(self.rates) * self.step_seconds / DAY_SECONDS

    @property
    def end(self) -> float:
        """When the last step is over, Unix seconds: what is expected begins here."""
        return self.start + len(self.rates) * self.step_seconds

    @cached_property
    def known(self) -> Known:
        """(N,) of which steps something is known."""
        return ~np.isnan(self.rates)

    def without(self, excluded: Known) -> Self:
        """Nothing is known where (N,) `excluded` is true: a sale that was announced is no usual day."""
        return replace(self, rates=np.where(excluded, np.nan, self.rates))

    def newest(self, days: float) -> Self:
        """The last of it."""
        return self.between(max(0, len(self.rates) - round(days * self.day_steps)), len(self.rates))

    def between(self, first: int, end: int) -> Self:
        """The steps from place `first` to before `end`."""
        begins = self.start + first * self.step_seconds
        return replace(self, start=begins, rates=self.rates[first:end])

    def slots(self, ahead: int) -> "Slots":
        """On which local day, and in which slot of it, each step begins; also of `ahead` steps to come."""
        starts = self.start + np.arange(len(self.rates) + ahead, dtype=np.float64) * self.step_seconds
        local = starts + _offsets(starts, self.zone, self.day_steps)
        day, second = np.divmod(local, DAY_SECONDS)
        slot = (second / self.step_seconds + 1e-9).astype(np.int64)
        return Slots((day - day[0]).astype(np.int64), slot)


@dataclass(frozen=True, slots=True, eq=False)
class Slots:
    """Where the steps lie in local days.

    A day on which the clock is put forward lacks some slots, which are not known then; one on which it is put
    back has some of them twice, and they are what they are on average.
    """

    day: Places
    """(N,) from 0."""
    slot: Places
    """(N,) of the day, from 0."""

    def table(self, rates: Rates) -> Rates:
        """(N,) or fewer records/s -> (days, slots); NaN where not known."""
        days, slots = int(self.day[-1]) + 1, int(self.slot.max()) + 1
        known = np.flatnonzero(~np.isnan(rates))
        cell = self.day[known] * slots + self.slot[known]
        count = np.bincount(cell, minlength=days * slots)
        total = np.bincount(cell, rates[known], minlength=days * slots)
        mean: Rates = np.where(count, total / np.maximum(count, 1), np.nan)
        return mean.reshape(days, slots)

    def read(self, table: Rates) -> Rates:
        """(days, slots) -> (N,)."""
        return table[self.day, self.slot]


def earlier(table: Rates, days: int) -> Rates:
    """The same slots of as many days before; NaN where that is before all."""
    moved = np.full_like(table, np.nan)
    if days < len(table):
        moved[days:] = table[:-days]
    return moved


def _offsets(starts: Rates, zone: tzinfo, day_steps: int) -> Rates:
    """(N,) seconds that local time is ahead of UTC. The zone is asked once a day, and where it changes."""
    asked = np.unique(np.append(np.arange(0, len(starts), day_steps), len(starts) - 1))
    told = np.array([_offset(starts[place], zone) for place in asked])
    offsets = np.repeat(told, np.append(np.diff(asked), 1))
    for change in np.flatnonzero(np.diff(told)):
        between = range(asked[change], asked[change + 1])
        offsets[between.start : between.stop] = [_offset(starts[place], zone) for place in between]
    return offsets


def _offset(at: float, zone: tzinfo) -> float:
    return (datetime.fromtimestamp(float(at), zone).utcoffset() or timedelta()).total_seconds()

"""What a forecast would have said at each hour of the past, and how wrong it would have been.

From it is learned which profile is best, how far the level of late carries, and how much more may come.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from logpipeline.core.forecast.series import Places, Series
from logpipeline.core.readings import Rates

EVERY_SECONDS = 3_600.0
"""So far apart are the moments of the past."""
LEVEL_SECONDS = (1_800.0, 7_200.0)
"""What arrived lately is what did within so long."""
LEAST_KNOWN = 1 / 3
"""Of it must be known to tell a level."""
MOST_LEVEL = 100.0
"""A higher one says that nothing is usual then, rather than how much comes."""
FEWEST = 12
"""So many moments must be known at each distance to tell anything from them."""


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """The way that would have been the least wrong."""

    usual: Rates
    """(N + H,) records/s of the profile."""
    level_steps: int
    damping: Rates
    """(H,) 0 to 1: by so much the level of late carries to each distance."""
    actual: Rates
    """(O, H) records/s that came after each moment, the oldest first; NaN where not known."""
    expected: Rates
    """(O, H) records/s that would have been expected."""


def fitted(series: Series, profiles: Sequence[Rates], ahead: int) -> Fit | None:
    """The best of all profiles and lengths of the level; None where too little is known to tell."""
    every = max(1, round(EVERY_SECONDS / series.step_seconds))
    moments = np.arange(len(series.rates) - every, 0, -every)[::-1]
    targets = moments[:, np.newaxis] + np.arange(ahead)
    actual = np.append(series.rates, np.full(ahead, np.nan))[targets]
    steps = [max(1, round(seconds / series.step_seconds)) for seconds in LEVEL_SECONDS]
    best, least = None, np.inf
    for usual, level_steps in product(profiles, dict.fromkeys(steps)):
        was_usual = usual[targets]
        if (~np.isnan(actual + was_usual)).sum(axis=0).min(initial=len(moments)) < FEWEST:
            continue
        more = (levels(series, usual, moments, level_steps) - 1)[:, np.newaxis] * was_usual
        damping = least_wrong(actual - was_usual, more)
        expected = was_usual + damping * more
        wrong = float(np.nansum(np.abs(actual - expected)))
        if wrong < least:
            best, least = Fit(usual, level_steps, damping, actual, expected), wrong
    return best


def levels(series: Series, usual: Rates, moments: Places, steps: int) -> Rates:
    """(M,) what arrived in the `steps` before each moment by what is usual then; 1 where not known."""
    rates = series.rates
    known = series.known & ~np.isnan(usual[: len(rates)])
    first = np.maximum(moments - steps, 0)

    def within(values: Rates) -> Rates:
        sums = np.concatenate(([0.0], np.cumsum(np.where(known, values, 0.0))))
        return sums[moments] - sums[first]

    came, was_usual = within(rates), within(usual[: len(rates)])
    told = (within(np.ones_like(rates)) >= LEAST_KNOWN * steps) & (was_usual > 0)
    with np.errstate(over="ignore"):  # next to nothing was usual, and the level is at its most
        level: Rates = np.where(told, came / np.where(told, was_usual, 1.0), 1.0)
    return np.clip(level, 0.0, MOST_LEVEL)


def least_wrong(beyond: Rates, more: Rates) -> Rates:
    """(H,) the share of (O, H) `more` that explains `beyond` with the least absolute errors, 0 to 1.

    Least absolute errors through the origin is the median of the slopes, weighted by their abscissae (the
    method of situation: Laplace, 1793): single moments do not bend it.
    """
    weight = np.where(np.isnan(beyond) | np.isnan(more), 0.0, np.abs(more))
    told = weight > 0
    with np.errstate(over="ignore"):  # next to nothing is shared out, and weighs as little
        slope = np.where(told, beyond / np.where(told, more, 1.0), np.inf)
    order = np.argsort(slope, axis=0)
    sums = np.cumsum(np.take_along_axis(weight, order, axis=0), axis=0)
    middle = (sums >= sums[-1] / 2).argmax(axis=0)
    median = np.take_along_axis(slope, order, axis=0)[middle, np.arange(slope.shape[1])]
    share: Rates = np.where(sums[-1] > 0, np.clip(median, 0.0, 1.0), 0.0)
    return share

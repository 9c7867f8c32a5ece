"""What usually arrives at a time of the day, or of the week: medians, so that one odd day changes little.

What is usual on a day is told from days before it alone. So the usual rates of the past are what a forecast
would have called usual then, and how wrong they were is how wrong a forecast is.
"""

import numpy as np

from logpipeline.core.forecast.series import Series, Slots, earlier
from logpipeline.core.readings import Rates

DAILY = tuple(range(1, 8))
"""The days before that tell what is usual at a time of the day."""
WEEKLY = (7, 14, 21, 28)
"""Those that tell it of a time of the week; its time of the day has a voice beside them."""
LEAST_DAYS_WEEKLY = 14.0
SMOOTH_SECONDS = 3_600.0
"""A smooth profile is a mean over so long to either side, with weights that fall in straight lines."""


def profiles(series: Series, slots: Slots) -> list[Rates]:
    """Each (N + H,) records/s that are usual, NaN where nobody knows: rough and smooth, by day and by week.

    By week only where there are two weeks of it; where a week knows nothing it is what the day knows.
    """
    table = slots.table(series.rates)
    daily = median_of_known(np.stack([earlier(table, days) for days in DAILY]))
    rough = [slots.read(daily)]
    if series.days >= LEAST_DAYS_WEEKLY:
        weeks = [earlier(table, days) for days in WEEKLY if days < len(table)]
        rough.append(slots.read(median_of_known(np.stack([daily, *weeks]))))
    half = round(SMOOTH_SECONDS / series.step_seconds)
    smooth = [smoothed(usual, half) for usual in rough]
    filled = [np.where(np.isnan(usual), smooth[0], usual) for usual in rough]
    return [*filled, *smooth]


def median_of_known(stack: Rates) -> Rates:
    """(K, ...) -> (...): the median of what is known, NaN where nothing is."""
    ordered = np.sort(stack, axis=0)  # NaN comes last
    count = len(stack) - np.isnan(stack).sum(axis=0)
    low = np.take_along_axis(ordered, (np.maximum(count - 1, 0) // 2)[np.newaxis], axis=0)[0]
    high = np.take_along_axis(ordered, np.minimum(count // 2, len(stack) - 1)[np.newaxis], axis=0)[0]
    middle: Rates = np.where(count, low + (high - low) / 2, np.nan)
    return middle


def smoothed(rates: Rates, half: int) -> Rates:
    """(N,) the weighted mean of what is known up to `half` steps away; NaN where nothing is."""
    weights = np.bartlett(2 * half + 3)[1:-1]
    known = ~np.isnan(rates)
    total = _around(np.where(known, rates, 0.0), weights)
    weight = _around(known.astype(np.float64), weights)
    mean: Rates = np.where(weight > 0, total / np.where(weight > 0, weight, 1.0), np.nan)
    return mean


def _around(values: Rates, weights: Rates) -> Rates:
    half = len(weights) // 2
    return np.convolve(values, weights)[half : half + len(values)]

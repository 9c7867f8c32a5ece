"""How much more than expected may come: a quantile of what came beyond it, moved by its own misses."""

import numpy as np

from logpipeline.core.forecast.replay import Fit
from logpipeline.core.forecast.series import Places
from logpipeline.core.readings import Rates

MISSES = 0.085
"""P90 is passed in one step of ten. The fit was chosen on the moments by which it is judged, and flatters
itself there by one or two of a hundred (`make bench-forecast`): so fewer misses are aimed at."""
LEARNING_RATE = 0.01
"""By this times what was missed beyond the tenth, the share is moved at each moment."""
LEAST_MISSES, MOST_MISSES = 0.02, 0.2
LEAST_SCALE = 0.1
"""Of what arrives on average; where less is expected, errors are no shares of it."""


def p90_of(fit: Fit, expected: Rates, mean: float) -> Rates:
    """(H,) what is not passed in nine steps of ten. What came beyond the expected counts as a share of it.

    Conformal prediction with the share of misses adapted online (Gibbs and Candès, NeurIPS 2021): after
    moments that missed more than a tenth it looks further out, and after others less far. The misses of all
    distances move one share.
    """
    least = max(LEAST_SCALE * mean, np.finfo(np.float64).tiny)
    beyond = (fit.actual - fit.expected) / np.maximum(fit.expected, least)
    order = np.argsort(beyond, axis=0)  # NaN comes last
    count = len(beyond) - np.isnan(beyond).sum(axis=0)
    misses = adapted(ranks(order, count))
    place = np.clip(np.ceil((count + 1) * (1 - misses)).astype(np.int64), 1, count) - 1
    column = np.arange(len(count))
    quantile = beyond[order[place, column], column]
    p90: Rates = expected + np.maximum(quantile, 0.0) * np.maximum(expected, least)
    return p90


def ranks(order: Places, count: Places) -> Rates:
    """Of (O, H) scores in `order` the share that each is not below; NaN beyond the `count` that are known."""
    ordinal = np.arange(1, len(order) + 1)[:, np.newaxis]
    shares = np.empty(order.shape)
    np.put_along_axis(shares, order, np.where(ordinal <= count, ordinal / (count + 1), np.nan), axis=0)
    return shares


def adapted(shares: Rates) -> float:
    """The share of misses to aim at, after each of (O, H) moments has moved it by what it missed."""
    misses = MISSES
    for row in shares:
        known = row[~np.isnan(row)]
        if len(known):
            missed = float((known > 1 - misses).mean())
            misses = min(max(misses + LEARNING_RATE * (MISSES - missed), LEAST_MISSES), MOST_MISSES)
    return misses

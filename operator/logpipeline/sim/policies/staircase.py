"""The cheapest staircase above what is needed: when to change a count and to what, if the future is known."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logpipeline.sim.track import Series

Steps = NDArray[np.intp]
"""(K,) counts or places, one for each step of time."""


@dataclass(frozen=True, slots=True)
class Prices:
    """What counts and their changes cost, in seconds of a pod."""

    step_seconds: float
    start_up_seconds: float
    """A pod is paid for while it starts."""
    pause_seconds: float
    """How long pods stand still after a change."""
    all_pause: bool
    """All pods that are left stand still, or only so many as come or go."""


def cheapest_staircase(needed: Steps, after_change: Steps, prices: Prices) -> Steps:
    """(K,) counts that are never below `needed` (K,), nor below `after_change` (K,) where they change.

    A count costs its pods for the length of the step. A change costs the pods that stand still for their
    pause, and those that are new for their start-up. So what is needed again within its start-up is kept, and
    what would save less than the rebalances cost is left. Dynamic programming: the cheapest way to each count
    at each step. Only counts that are asked for at some step can be part of a cheapest staircase.
    """
    levels = np.unique(np.concatenate([needed, after_change])).astype(np.float64)
    each = 0.0 if prices.all_pause else prices.pause_seconds
    still = levels * prices.pause_seconds if prices.all_pause else np.zeros(len(levels))
    places, last = np.arange(len(levels)), len(levels) - 1
    came_from = np.tile(places, (len(needed), 1))
    price = np.zeros(len(levels))
    for step, least in enumerate(needed.tolist()):
        if step:
            up = levels * (prices.start_up_seconds + each)
            below, from_below = _least_so_far(price - up)
            above, from_above = _least_so_far((price + levels * each)[::-1])
            rising, falling = below + up + still, above[::-1] - levels * each + still
            changed = np.where(levels >= after_change[step], np.minimum(rising, falling), np.inf)
            origin = np.where(rising <= falling, from_below, last - from_above[::-1])
            came_from[step] = np.where(price <= changed, places, origin)
            price = np.minimum(price, changed)
        price = np.where(levels >= least, price + levels * prices.step_seconds, np.inf)
    way = np.empty(len(needed), dtype=np.intp)
    place = int(price.argmin())
    for step in range(len(needed) - 1, -1, -1):
        way[step] = place
        place = int(came_from[step, place])
    return levels[way].astype(np.intp)


def _least_so_far(prices: Series) -> tuple[Series, Steps]:
    """(L,) the least of those up to each, and (L,) its place."""
    least = np.minimum.accumulate(prices)
    places = np.maximum.accumulate(np.where(prices == least, np.arange(len(prices)), 0))
    return least, places

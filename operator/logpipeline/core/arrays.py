"""Questions that a decision asks of its arrays again and again.

Their own methods answer through two layers of Python, which for a few dozen partitions takes longer than the
answer; what these call is what those call in the end.
"""

import numpy as np
from numpy.typing import NDArray

from logpipeline.core.readings import Counts, Rates


def sum_of(figures: Rates | Counts) -> float:
    """All of (P,) figures together; NaN where one is not known."""
    return float(np.add.reduce(figures))


def largest(figures: Rates) -> float:
    """The largest of (P,) figures, none of which is negative; 0 where there are none."""
    return float(np.maximum.reduce(figures, initial=0.0))


def some(mask: NDArray[np.bool_] | Rates) -> bool:
    """It is so of some, or some are not zero."""
    return bool(np.count_nonzero(mask))


def share(mask: NDArray[np.bool_]) -> float:
    """Of how many it is so; 0 where there are none."""
    return np.count_nonzero(mask) / len(mask) if len(mask) else 0.0

"""What arrived in a source so far, in steps: as its brokers remember it, and as it was seen since."""

from dataclasses import dataclass, field, replace

import numpy as np

from logpipeline.core.readings import Rates

STEP_SECONDS = 300.0
KEPT_SECONDS = 28 * 86_400.0


def _none() -> Rates:
    return np.zeros(0)


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """What arrived, step by step; the steps need not follow each other."""

    at: Rates = field(default_factory=_none)
    """(K,) when each step begins, Unix seconds, in order."""
    per_second: Rates = field(default_factory=_none)
    """(K,) records/s."""
    open_at: float | None = None
    """When the step begins that is under way; None where none is."""
    open_rates: tuple[float, ...] = ()
    """What was seen in it so far."""

    def seen(self, now: float, per_second: float) -> "Series":
        """With what arrives at `now`: a step that is over counts with the mean of what was seen in it."""
        begins = now - now % STEP_SECONDS
        if self.open_at == begins:
            return replace(self, open_rates=(*self.open_rates, per_second))
        closed = self
        if self.open_at is not None and self.open_at < begins:
            rate = float(np.mean(self.open_rates))
            closed = self.recalled(np.array([self.open_at]), np.array([rate]))
        return replace(closed, open_at=begins, open_rates=(per_second,))

    def recalled(self, at: Rates, per_second: Rates) -> "Series":
        """With what is remembered of other steps. What was there already stays, and what is too old goes."""
        new = np.isfinite(per_second) & ~np.isin(at, self.at)
        at, per_second = (
            np.concatenate(pair) for pair in ((self.at, at[new]), (self.per_second, per_second[new]))
        )
        order = np.argsort(at, kind="stable")
        at, per_second = at[order], per_second[order]
        kept = at >= (at[-1] - KEPT_SECONDS if len(at) else 0.0)
        return replace(self, at=at[kept], per_second=per_second[kept])

"""From what arrived to what will: a robust profile times the level of late, which fades with the distance."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from logpipeline.core.forecast.margin import p90_of
from logpipeline.core.forecast.profile import profiles
from logpipeline.core.forecast.replay import fitted, levels
from logpipeline.core.forecast.series import Series
from logpipeline.core.readings import Rates

AHEAD_SECONDS = 7_200.0
LEAST_DAYS, MOST_DAYS = 2.0, 28.0
"""With less nothing repeats; what is older than the latter is not looked at."""


class Lack(StrEnum):
    """Why there is no forecast."""

    TOO_SHORT = "TooShort"
    TOO_LITTLE_KNOWN = "TooLittleKnown"
    TOO_FAR = "TooFar"


@dataclass(frozen=True, slots=True)
class Unavailable:
    """There is none, which is not a forecast of nothing."""

    reason: Lack
    message: str
    """A sentence for whoever waits for one."""


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """What will probably arrive. All finite, none negative, and P90 nowhere below the expected."""

    times: Rates
    """(H,) when each step begins, Unix seconds."""
    expected: Rates
    """(H,) records/s."""
    p90: Rates
    """(H,) records/s that are not passed in nine steps of ten."""


def forecast(series: Series, ahead_seconds: float = AHEAD_SECONDS) -> Forecast | Unavailable:
    """What will arrive in the steps after the last of `series`, for as long as `ahead_seconds`."""
    ahead = max(1, round(ahead_seconds / series.step_seconds))
    if ahead > series.day_steps:
        return Unavailable(Lack.TOO_FAR, "Nothing is forecast for more than a day ahead.")
    series = series.newest(MOST_DAYS)
    if series.days < LEAST_DAYS:
        told = f"Only {series.days:.1f} days of arrival are known; a forecast needs {LEAST_DAYS:g} at least."
        return Unavailable(Lack.TOO_SHORT, told)
    usual = profiles(series, series.slots(ahead)) if series.known.any() else []
    fit = fitted(series, usual, ahead)
    if fit is None or np.isnan(fit.usual[-ahead:]).any():
        share = 100 * float(series.known.mean())
        told = (
            f"{share:.0f} % of the last {series.days:.1f} days of arrival are known, and too little of that "
            f"at the times of day that come now."
        )
        return Unavailable(Lack.TOO_LITTLE_KNOWN, told)
    now = len(series.rates)
    level = levels(series, fit.usual, np.array([now]), fit.level_steps)
    expected: Rates = fit.usual[-ahead:] * (1 + fit.damping * (level - 1))
    times = series.end + np.arange(ahead, dtype=np.float64) * series.step_seconds
    return Forecast(times, expected, p90_of(fit, expected, float(np.nanmean(series.rates))))

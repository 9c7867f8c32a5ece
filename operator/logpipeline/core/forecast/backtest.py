"""How wrong forecasts would have been on a pipeline's own past, and whether they may ask for replicas."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from logpipeline.core.forecast.forecast import AHEAD_SECONDS, MOST_DAYS, Unavailable, forecast
from logpipeline.core.forecast.series import DAY_SECONDS, Series, earlier
from logpipeline.core.readings import Rates

EVERY_SECONDS = 7_200.0
SPAN_SECONDS = 7 * DAY_SECONDS
FEWEST_MOMENTS = 24
"""Two days of them: fewer show the luck of a day."""
MOST_SHARE_OF_NAIVE = 0.9
"""Of the error of who says that it will be as it was a week ago."""
LASTING_SECONDS = 1_800.0
LEAST_COVERED, MOST_COVERED = 0.8, 0.98
"""P90 aims at 0.9. In a week of moments chance takes it so far; beyond it is not P90."""


class Standing(StrEnum):
    """What a backtest has found."""

    PROVEN = "Proven"
    TOO_FEW = "TooFew"
    NO_BETTER = "NoBetter"
    NOT_COVERED = "NotCovered"
    TOO_HIGH = "TooHigh"


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """What was forecast at (O,) moments for (H,) distances, and what came; NaN where there is none."""

    actual: Rates
    """(O, H) records/s."""
    expected: Rates
    p90: Rates
    naive: Rates
    """What arrived in the same slot a week before; a day before, where that is not known."""
    lasting: Rates
    """What arrived in the half hour before the moment, as if it lasted."""

    @property
    def wape(self) -> float:
        """Absolute errors as a share of all that came; NaN where nothing did."""
        return self._wape(self.expected)

    @property
    def naive_wape(self) -> float:
        """That of the naive, on the same steps."""
        return self._wape(self.naive)

    @property
    def lasting_wape(self) -> float:
        """That of who expects no change."""
        return self._wape(self.lasting)

    @property
    def share_of_naive(self) -> float:
        """Our error as a share of the naive one; infinite where that one is right, and nobody is needed."""
        return self.wape / self.naive_wape if self.naive_wape != 0 else np.inf

    @property
    def coverage(self) -> float:
        """The share of steps in which no more came than P90; NaN where there is none."""
        known = ~np.isnan(self.actual + self.p90)
        return float((self.actual <= self.p90)[known].mean()) if known.any() else np.nan

    @property
    def moments(self) -> int:
        """At how many something can be compared."""
        return int(self._comparable.any(axis=1).sum())

    def at(self, distance: int) -> "Trial":
        """Of one distance alone; -1 is the farthest."""
        of_all = (self.actual, self.expected, self.p90, self.naive, self.lasting)
        return Trial(*(figures[:, [distance]] for figures in of_all))

    @property
    def _comparable(self) -> np.ndarray:
        known: np.ndarray = ~np.isnan(self.actual + self.expected + self.naive + self.lasting)
        return known

    def _wape(self, told: Rates) -> float:
        known = self._comparable
        came = float(self.actual[known].sum())
        return float(np.abs(self.actual - told)[known].sum()) / came if came > 0 else np.nan


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the forecast may be a floor. Errors are shares of what came (WAPE); NaN where there is none."""

    standing: Standing
    message: str
    """A sentence for whoever reads status."""
    wape: float
    naive_wape: float
    lasting_wape: float
    coverage: float

    @property
    def may_act(self) -> bool:
        """It has been better than both that need no forecast, and its P90 was one."""
        return self.standing is Standing.PROVEN


def backtest(series: Series, ahead_seconds: float = AHEAD_SECONDS) -> Verdict:
    """What the forecasts of the last week would have been worth."""
    every = max(1, round(EVERY_SECONDS / series.step_seconds))
    ahead = max(1, round(ahead_seconds / series.step_seconds))
    newest = len(series.rates) - ahead
    oldest = max(0, newest - round(SPAN_SECONDS / series.step_seconds))
    return judged(tried(series, range(newest, oldest, -every)[::-1], ahead_seconds))


def tried(
    series: Series,
    moments: Sequence[int],
    ahead_seconds: float = AHEAD_SECONDS,
    longest_days: float = MOST_DAYS,
) -> Trial:
    """Forecast at each of (O,) places in the series from nothing but the days before it."""
    ahead = max(1, round(ahead_seconds / series.step_seconds))
    slots = series.slots(ahead)
    table = slots.table(series.rates)
    week, day = slots.read(earlier(table, 7)), slots.read(earlier(table, 1))
    targets = np.array(moments, dtype=np.int64)[:, np.newaxis] + np.arange(ahead)
    expected, p90 = np.full((2, len(targets), ahead), np.nan)
    for row, now in enumerate(targets[:, 0]):
        told = forecast(series.between(0, int(now)).newest(longest_days), ahead_seconds)
        if not isinstance(told, Unavailable):
            expected[row], p90[row] = told.expected, told.p90
    actual = np.append(series.rates, np.full(ahead, np.nan))[targets]
    steps = max(1, round(LASTING_SECONDS / series.step_seconds))
    late = targets[:, [0]] - np.arange(1, steps + 1)
    lasting = mean_of_known(np.where(late >= 0, series.rates[np.maximum(late, 0)], np.nan))
    naive = np.where(np.isnan(week), day, week)[targets]
    return Trial(actual, expected, p90, naive, np.repeat(lasting[:, np.newaxis], ahead, axis=1))


def mean_of_known(rates: Rates) -> Rates:
    """(O, K) -> (O,); NaN where nothing is known."""
    count = (~np.isnan(rates)).sum(axis=1)
    mean: Rates = np.where(count, np.nansum(rates, axis=1) / np.maximum(count, 1), np.nan)
    return mean


def judged(trial: Trial) -> Verdict:
    """Whether what a trial has shown lets it act."""
    standing, told = _standing(trial)
    return Verdict(standing, told, trial.wape, trial.naive_wape, trial.lasting_wape, trial.coverage)


def _standing(trial: Trial) -> tuple[Standing, str]:
    if trial.moments < FEWEST_MOMENTS:
        told = f"Forecasts can be compared at {trial.moments} moments so far; {FEWEST_MOMENTS} are needed."
        return Standing.TOO_FEW, told
    if np.isnan(trial.wape):
        return Standing.TOO_FEW, "Nothing has arrived that a forecast could be compared with."
    ours, naive, lasting = map(_percent, (trial.wape, trial.naive_wape, trial.lasting_wape))
    errors = f"Forecasts were wrong by {ours}, last week repeated by {naive}"
    covered = f"{_percent(trial.coverage)} of the time no more came than P90"
    faults = (
        (trial.share_of_naive > MOST_SHARE_OF_NAIVE, Standing.NO_BETTER, f"{errors}: not better by enough."),
        (
            trial.wape >= trial.lasting_wape,
            Standing.NO_BETTER,
            f"{errors}, expecting no change by {lasting}.",
        ),
        (trial.coverage < LEAST_COVERED, Standing.NOT_COVERED, f"{covered}, which should be 90 %."),
        (trial.coverage > MOST_COVERED, Standing.TOO_HIGH, f"{covered}: it asks for too much."),
    )
    found = next(((standing, told) for is_so, standing, told in faults if is_so), None)
    return found or (Standing.PROVEN, f"{errors}; {covered}.")


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"

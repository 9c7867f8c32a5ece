"""`python -m bench.forecast`: how wrong forecasts two hours ahead are on every trace, and what one costs.

A forecast is made every two hours, from nothing but what was before it, and all of its steps are compared
with what came. Beside it is a seasonal-naive one, on the same steps: what arrived in the same slot a week
before, and a day before where the week is not known. The first two days, when there is no forecast, are left
out for both.
"""

from statistics import mean
from time import process_time

import numpy as np

from bench.harness import ROOT, Figure, machine, run, tell
from logpipeline.core.forecast.backtest import Trial, backtest, tried
from logpipeline.core.forecast.forecast import AHEAD_SECONDS, LEAST_DAYS, MOST_DAYS, forecast
from logpipeline.core.forecast.series import Series
from logpipeline.sim.trace import read_trace
from logpipeline.sim.traffic import Traffic

TRACES = ROOT / "examples" / "traces"
STEP_SECONDS = 300.0
AHEAD = round(AHEAD_SECONDS / STEP_SECONDS)
MOST_OF_NAIVE, MOST_OF_NAIVE_ON_AVERAGE = 0.9, 0.7
COVERED_PERCENT = (85.0, 95.0)
SHORTER_DAYS = (14.0, 7.0)
"""Shorter memories are compared as well, to see what they cost."""
COMPARED_EVERY = 5
"""Moments: ten hours lie between two, so that all times of day are among them."""
COST_MILLISECONDS = {14.0: 20.0, MOST_DAYS: None}
"""The most that a forecast from so many days may take of a CPU."""
REPEATS = 40


def main() -> int:
    """Every trace that is long enough; what is not is named."""
    began, figures, details, left_out, shares = machine(), [], {}, [], []
    paths = sorted(TRACES.glob("*.csv"))
    for path in paths:
        series = series_of(read_trace(path))
        if series.days < LEAST_DAYS + 1:
            left_out.append(f"{path.stem} has {series.days:.1f} days: what repeats is not seen in them.")
            continue
        trial = tried(series, moments_of(series))
        shares.append(trial.share_of_naive)
        figures += figures_of(path.stem, trial)
        details[path.stem] = detail_of(series, trial)
    share = round(mean(shares), 3)
    figures.append(Figure("all: our WAPE / naive, mean", share, "", MOST_OF_NAIVE_ON_AVERAGE))
    longest = max((series_of(read_trace(path)) for path in paths), key=lambda series: series.days)
    for days, limit in COST_MILLISECONDS.items():
        cost = round(cost_of(longest.between(0, round(days * longest.day_steps))), 2)
        figures.append(Figure(f"CPU of a forecast from {days:g} days", cost, "ms", limit))
    return tell("forecast", figures, {"traces": details, "left_out": left_out}, began)


def series_of(traffic: Traffic) -> Series:
    """A trace in steps of five minutes.

    Shorter steps are added up, and the sum is not known where one of them is missing. Within a longer one the
    rate is the same throughout: no forecast may begin inside of it, when nobody would know that rate.
    """
    own = traffic.step_seconds
    place = np.round((traffic.starts - traffic.begins) / own).astype(np.int64)
    rates = np.full(place[-1] + 1, np.nan)
    rates[place] = traffic.counts / own
    many = max(1, round(STEP_SECONDS / own))
    rates = rates[: len(rates) // many * many].reshape(-1, many).mean(axis=1)
    return Series(traffic.begins, STEP_SECONDS, np.repeat(rates, max(1, round(own / STEP_SECONDS))))


def moments_of(series: Series) -> range:
    """The places at which a forecast is made. Two hours apart no step of any trace lies across one."""
    return range(round(LEAST_DAYS * series.day_steps), len(series.rates) - AHEAD + 1, AHEAD)


def figures_of(name: str, trial: Trial) -> list[Figure]:
    """Of one trace: how wrong, beside the naive one, and how often P90 was enough."""
    least, most = COVERED_PERCENT
    return [
        Figure(f"{name}: our WAPE", percent(trial.wape), "%"),
        Figure(f"{name}: naive WAPE", percent(trial.naive_wape), "%"),
        Figure(f"{name}: our WAPE / naive", round(trial.share_of_naive, 3), "", MOST_OF_NAIVE),
        Figure(f"{name}: steps within P90", percent(trial.coverage), "%", most, least),
    ]


def detail_of(series: Series, trial: Trial) -> dict[str, object]:
    """What the figures do not say: the farthest step alone, shorter memories, and our own verdict."""
    some = moments_of(series)[::COMPARED_EVERY]
    shorter = {days: tried(series, some, longest_days=days) for days in (MOST_DAYS, *SHORTER_DAYS)}
    verdict = backtest(series)
    return {
        "days": round(series.days, 1),
        "steps_known_percent": percent(float(series.known.mean())),
        "forecasts": trial.moments,
        "no_change_wape_percent": percent(trial.lasting_wape),
        "last_step_only": told(trial.at(-1)),
        "memory_of_days": {f"{days:g}": told(other) for days, other in shorter.items()},
        "p90_by_expected": round(float(np.nansum(trial.p90) / np.nansum(trial.expected)), 3),
        "verdict": {"reason": verdict.standing, "message": verdict.message},
    }


def told(trial: Trial) -> dict[str, float]:
    """The same figures, by name."""
    return {
        "wape_percent": percent(trial.wape),
        "share_of_naive": round(trial.share_of_naive, 3),
        "within_p90_percent": percent(trial.coverage),
    }


def percent(share: float) -> float:
    """To a tenth."""
    return round(100 * share, 1)


def cost_of(series: Series) -> float:
    """Milliseconds of CPU of one forecast, in the best of the repeats: all that disturbs only adds to it."""
    best = float("inf")
    for _ in range(REPEATS):
        again = series.between(0, len(series.rates))  # a value that has worked out nothing yet
        began = process_time()
        forecast(again)
        best = min(best, process_time() - began)
    return 1_000 * best


if __name__ == "__main__":
    run(main)

"""The benchmark of forecasts: how a trace becomes a series, and when the bench is missed."""

import numpy as np
import pytest

from bench.forecast import AHEAD, figures_of, moments_of, series_of
from logpipeline.core.forecast.backtest import Trial
from logpipeline.sim.traffic import Traffic

BEGINS = 1_794_787_200.0


def traffic(step_seconds: float, counts: list[float], missing: int | None = None) -> Traffic:
    places = np.array([place for place in range(len(counts)) if place != missing])
    return Traffic("test", BEGINS + step_seconds * places, np.array(counts)[places], step_seconds)


def test_minutes_become_five_and_the_five_with_a_minute_that_is_missing_are_not_known() -> None:
    series = series_of(traffic(60, [60.0 * (1 + place) for place in range(12)], missing=7))
    assert series.step_seconds == 300
    assert series.rates[0] == 3.0
    assert np.isnan(series.rates[1])
    assert len(series.rates) == 2


def test_half_an_hour_becomes_six_steps_of_its_rate() -> None:
    assert series_of(traffic(1_800, [1_800.0, 3_600.0])).rates.tolist() == [1.0] * 6 + [2.0] * 6


def test_every_step_after_two_days_is_forecast_once_and_none_from_inside_of_a_step_of_the_trace() -> None:
    series = series_of(traffic(1_800, [1.0] * 48 * 3))
    moments = moments_of(series)
    assert moments[0] == 2 * 288
    assert moments[-1] + AHEAD == len(series.rates)
    assert {moment % 6 for moment in moments} == {0}


@pytest.mark.parametrize(
    ("wrong", "p90", "kept"), [(0.05, 1.0, True), (0.19, 1.0, False), (0.05, 0.5, False)]
)
def test_a_trace_misses_its_bounds_by_its_errors_or_by_its_p90(
    wrong: float, p90: float, *, kept: bool
) -> None:
    actual = np.full((10, AHEAD), 100.0)
    enough = np.where(np.arange(10) < 9, p90, 0.5)[:, np.newaxis] * actual
    trial = Trial(actual, actual * (1 - wrong), enough, actual * 0.8, actual)
    assert all(figure.kept for figure in figures_of("test", trial)) is kept

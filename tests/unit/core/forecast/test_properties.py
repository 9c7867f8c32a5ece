"""What holds whatever arrived: finite, never negative, in proportion, and gaps are no zeros."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from logpipeline.core.forecast.backtest import backtest
from logpipeline.core.forecast.forecast import Forecast, Unavailable, forecast
from tests.unit.core.forecast.given import AHEAD, DAY, daily, noise, series

NONSENSE = [0.0, np.nan, np.inf, -1.0, 1e-320, 1e15]


@st.composite
def traffic(draw: st.DrawFn) -> np.ndarray:
    """Noisy days, of which stretches are nothing that can be used, or odd."""
    days = draw(st.integers(0, 16))
    rates = daily(days) * noise(days * DAY, draw(st.sampled_from([0.0, 0.1, 1.0])), draw(st.integers(0, 99)))
    for _ in range(draw(st.integers(0, 4))):
        begins = draw(st.integers(0, len(rates)))
        rates[begins : begins + draw(st.integers(1, 3 * DAY))] = draw(st.sampled_from(NONSENSE))
    return rates[: len(rates) - draw(st.integers(0, DAY - 1))]


def gaps(size: int) -> st.SearchStrategy[np.ndarray]:
    """What is lost: single steps, by a seed."""
    share = st.sampled_from([0.05, 0.2, 0.5])
    return st.builds(
        lambda seed, part: np.random.default_rng(seed).random(size) < part, st.integers(0, 99), share
    )


@given(traffic())
@settings(max_examples=60, deadline=None)
def test_a_forecast_is_finite_and_not_negative_or_says_that_there_is_none(rates: np.ndarray) -> None:
    found = forecast(series(rates))
    if isinstance(found, Unavailable):
        assert found.message.endswith(".")
        return
    assert found.expected.shape == found.p90.shape == found.times.shape == (AHEAD,)
    assert np.isfinite(found.p90).all()
    assert (found.expected >= 0).all()
    assert (found.p90 >= found.expected).all()


@given(traffic())
@settings(max_examples=10, deadline=None)
def test_a_backtest_comes_to_a_verdict(rates: np.ndarray) -> None:
    found = backtest(series(rates))
    assert not (found.may_act and np.isnan(found.wape))


@given(traffic(), st.sampled_from([0.125, 8.0, 1_024.0]))
@settings(max_examples=40, deadline=None)
def test_so_many_times_the_traffic_is_so_many_times_the_forecast(rates: np.ndarray, times: float) -> None:
    usable = np.where((rates > 1e-9) & (rates < 1e9), rates, np.nan)
    one, many = forecast(series(usable)), forecast(series(times * usable))
    if isinstance(one, Unavailable):
        assert one == many
        return
    assert isinstance(many, Forecast)
    np.testing.assert_allclose(many.expected, times * one.expected)
    np.testing.assert_allclose(many.p90, times * one.p90)


@given(st.integers(3, 15).flatmap(lambda days: gaps(days * DAY)))
@settings(max_examples=40, deadline=None)
def test_a_step_that_is_lost_is_not_a_step_without_traffic(lost: np.ndarray) -> None:
    found = forecast(series(np.where(lost, np.nan, 700.0)))
    if isinstance(found, Forecast):
        np.testing.assert_allclose(found.expected, 700.0)
        np.testing.assert_allclose(found.p90, 700.0)
    else:
        assert lost.mean() > 0.1


@given(traffic())
@settings(max_examples=10, deadline=None)
def test_the_same_is_forecast_again_and_what_was_given_is_left_as_it_was(rates: np.ndarray) -> None:
    before = rates.copy()
    first, second = forecast(series(rates)), forecast(series(rates))
    np.testing.assert_array_equal(rates, before)
    if isinstance(first, Forecast):
        assert isinstance(second, Forecast)
        np.testing.assert_array_equal(first.p90, second.p90)
    else:
        assert first == second

import numpy as np
import pytest

from logpipeline.core.forecast.backtest import Standing, Trial, backtest, judged, tried
from tests.unit.core.forecast.given import AHEAD, DAY, daily, noise, series

MOMENTS = 40


def trial(
    ours: float = 0.1,
    naive: float = 0.2,
    lasting: float = 0.3,
    covered: float = 0.9,
    moments: int = MOMENTS,
) -> Trial:
    """Errors as shares of what came, and the share of moments at which P90 was enough."""
    actual = np.full((moments, AHEAD), 100.0)
    enough = np.arange(moments)[:, np.newaxis] < covered * moments
    p90 = np.where(enough, 120.0, 90.0) * np.ones(AHEAD)
    return Trial(actual, actual * (1 + ours), p90, actual * (1 - naive), actual * (1 + lasting))


@pytest.mark.parametrize(
    ("given", "standing", "told"),
    [
        (trial(), Standing.PROVEN, "wrong by 10 %, last week repeated by 20 %; 90 % of the time"),
        (trial(ours=0.19), Standing.NO_BETTER, "wrong by 19 %"),
        (trial(naive=0.0), Standing.NO_BETTER, "last week repeated by 0 %"),
        (trial(lasting=0.1), Standing.NO_BETTER, "expecting no change by 10 %"),
        (trial(covered=0.7), Standing.NOT_COVERED, "70 % of the time"),
        (trial(covered=1.0), Standing.TOO_HIGH, "100 % of the time"),
        (trial(moments=5), Standing.TOO_FEW, "at 5 moments"),
    ],
)
def test_it_acts_when_it_was_right_and_says_why_when_not(given: Trial, standing: Standing, told: str) -> None:
    found = judged(given)
    assert found.standing is standing
    assert told in found.message
    assert found.may_act is (standing is Standing.PROVEN)


def test_what_is_not_known_is_neither_right_nor_wrong() -> None:
    whole, holes = trial(), trial()
    holes.actual[::3, 1] = np.nan
    holes.naive[::5, 2] = np.nan
    holes.expected[::4] = np.nan
    assert holes.wape == pytest.approx(whole.wape)
    assert holes.naive_wape == pytest.approx(whole.naive_wape)
    assert holes.moments == 3 * MOMENTS / 4


def test_nothing_that_came_is_nothing_to_compare_with() -> None:
    nothing = np.zeros((MOMENTS, AHEAD))
    found = judged(Trial(nothing, nothing, nothing, nothing, nothing))
    assert found.standing is Standing.TOO_FEW
    assert np.isnan(found.wape)


def test_days_that_are_alike_but_for_their_level_are_foreseen() -> None:
    rates = daily(16) * np.repeat(noise(16, by=0.4), DAY) * noise(16 * DAY, by=0.1, seed=2)
    found = backtest(series(rates))
    assert found.may_act, found.message
    assert found.wape < 0.5 * found.naive_wape


def test_traffic_of_which_no_day_is_like_another_may_not_act() -> None:
    walk = np.exp(np.cumsum(np.random.default_rng(5).standard_normal(14 * DAY)))
    assert not backtest(series(walk)).may_act


@pytest.mark.parametrize("days", [0, 1, 3])
def test_too_short_a_past_may_not_act(days: int) -> None:
    assert backtest(series(daily(days) * noise(days * DAY))).standing is Standing.TOO_FEW


def test_a_trial_looks_at_nothing_that_came_later() -> None:
    rates = daily(10) * noise(10 * DAY)
    later = rates.copy()
    later[8 * DAY :] = 1e6
    first, second = (tried(series(each), [8 * DAY]) for each in (rates, later))
    np.testing.assert_array_equal(first.expected, second.expected)
    np.testing.assert_array_equal(first.p90, second.p90)
    np.testing.assert_array_equal(first.naive, second.naive)


def test_the_naive_one_repeats_last_week_or_else_yesterday() -> None:
    rates = np.repeat(np.arange(9.0), DAY)
    found = tried(series(rates), [3 * DAY, 8 * DAY])
    assert found.naive.tolist() == [[2.0] * AHEAD, [1.0] * AHEAD]


def test_who_expects_no_change_says_what_came_in_the_last_half_hour() -> None:
    rates = daily(3)
    rates[DAY - 1] = np.nan
    found = tried(series(rates), [DAY - 1, DAY, 0]).lasting
    assert found[0].tolist() == [rates[DAY - 2]] * AHEAD
    assert np.isnan(found[1:]).all()

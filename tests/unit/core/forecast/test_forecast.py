from zoneinfo import ZoneInfo

import numpy as np
import pytest

from logpipeline.core.forecast.forecast import Lack, Unavailable, forecast
from logpipeline.core.forecast.series import Series
from tests.unit.core.forecast.given import AHEAD, DAY, MONDAY, STEP, daily, midnight, noise, series, told


def lack(given: Series, ahead_seconds: float = 7_200.0) -> Unavailable:
    found = forecast(given, ahead_seconds)
    assert isinstance(found, Unavailable)
    return found


def test_the_peak_of_every_morning_is_seen_before_it_comes() -> None:
    found = told(series(daily(7 + 7.5 / 24)))
    assert found.times.tolist() == [MONDAY + STEP * (7 * DAY + 15 + step) for step in range(AHEAD)]
    np.testing.assert_allclose(found.expected, daily(8)[7 * DAY + 15 :][:AHEAD], rtol=0.01)


def test_on_a_busy_day_the_peak_is_expected_to_be_higher_too() -> None:
    levels = np.append(np.resize([1.0, 1.5, 0.7, 1.2], 13), 2.0)
    rates = (daily(14) * np.repeat(levels, DAY))[: 13 * DAY + 16]
    np.testing.assert_allclose(told(series(rates)).expected, 2 * daily(1)[16 : 16 + AHEAD], rtol=0.1)


def test_what_is_not_passed_in_nine_steps_of_ten_is_so_far_off_as_the_noise() -> None:
    found = told(series(1_000 * noise(14 * DAY, by=0.2)))
    assert found.p90.mean() == pytest.approx(1_000 * (1 + 1.28 * 0.2), rel=0.08)


def test_after_one_day_and_a_half_there_is_no_forecast_and_it_says_why() -> None:
    found = lack(series(daily(1.5)))
    assert found.reason is Lack.TOO_SHORT
    assert found.message == "Only 1.5 days of arrival are known; a forecast needs 2 at least."


@pytest.mark.parametrize("days", [0, 0.1])
def test_from_nothing_there_is_no_forecast(days: float) -> None:
    assert lack(series(daily(days))).reason is Lack.TOO_SHORT


def test_days_of_which_nothing_is_known_are_no_days_without_traffic() -> None:
    found = lack(series(np.full(9 * DAY, np.nan)))
    assert found.reason is Lack.TOO_LITTLE_KNOWN
    assert "0 % of the last 9.0 days" in found.message


def test_a_time_of_day_that_was_never_seen_is_not_forecast() -> None:
    rates = daily(9 + 8 / 24)
    hours = np.arange(len(rates)) % DAY
    rates[(hours >= 14) & (hours < 24)] = np.nan
    assert lack(series(rates)).reason is Lack.TOO_LITTLE_KNOWN


def test_more_than_a_day_ahead_nothing_is_forecast() -> None:
    assert lack(series(daily(9)), 1.5 * 86_400).reason is Lack.TOO_FAR
    assert len(told(series(daily(9)), 86_400).expected) == DAY


def test_where_nothing_ever_comes_nothing_is_expected() -> None:
    found = told(series(np.zeros(9 * DAY)))
    assert not found.expected.any()
    assert not found.p90.any()


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/Berlin", "2026-03-29"),
        ("Europe/Berlin", "2026-10-25"),
        ("America/New_York", "2026-03-08"),
        ("America/New_York", "2026-11-01"),
        ("Asia/Shanghai", "2026-03-29"),
        ("Australia/Lord_Howe", "2026-04-05"),
        ("Australia/Lord_Howe", "2026-10-04"),
    ],
)
def test_on_the_morning_after_the_clock_was_changed_the_peak_is_at_nine_again(zone: str, day: str) -> None:
    clock = ZoneInfo(zone)
    start = midnight(zone, day) - 10 * 86_400
    rates = daily(11, clock, start)
    now = 10 * DAY + 12  # about six
    found = told(series(rates[:now], start, clock), 4 * 3_600)
    np.testing.assert_allclose(found.expected, rates[now : now + 8], rtol=0.02)


def test_an_odd_day_hardly_moves_it() -> None:
    rates = daily(14.3) * noise(round(14.3 * DAY))
    odd = rates.copy()
    odd[10 * DAY : 11 * DAY] *= 20
    np.testing.assert_allclose(told(series(odd)).expected, told(series(rates)).expected, rtol=0.1)


def test_a_sale_that_is_left_out_does_not_come_again() -> None:
    rates = daily(10)
    sale = np.zeros(len(rates), dtype=bool)
    for day in range(7, 10):
        sale[day * DAY : day * DAY + AHEAD] = True
    given = series(np.where(sale, 40 * rates, rates))
    np.testing.assert_allclose(told(given.without(sale)).expected, rates[:AHEAD], rtol=0.01)


def test_what_is_older_than_four_weeks_is_not_looked_at() -> None:
    rates = daily(35)
    old = rates.copy()
    old[: 7 * DAY] = 1e6
    np.testing.assert_array_equal(told(series(old)).p90, told(series(rates)).p90)

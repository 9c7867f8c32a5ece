import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from logpipeline.core.forecast.profile import median_of_known, profiles, smoothed
from tests.unit.core.forecast.given import AHEAD, DAY, daily, noise, series

NUMBERS = st.floats(0, 1e9)


def usual(rates: np.ndarray) -> list[np.ndarray]:
    of = series(rates)
    return [profile[-AHEAD:] for profile in profiles(of, of.slots(AHEAD))]


def test_less_than_two_weeks_know_nothing_of_the_days_of_the_week() -> None:
    assert len(usual(daily(13))) == 2
    assert len(usual(daily(14))) == 4


def test_a_day_of_the_week_is_told_from_the_same_days_of_weeks_before() -> None:
    rates = daily(21) * np.repeat(np.resize([1, 1, 1, 1, 1, 3, 3], 21), DAY)
    rough_by_day, rough_by_week, *_ = usual(rates[: 19 * DAY])  # a Saturday comes
    np.testing.assert_allclose(rough_by_week, 3 * rates[:AHEAD])
    np.testing.assert_allclose(rough_by_day, rates[:AHEAD])


@given(st.integers(3, 12), st.data())
@settings(max_examples=40, deadline=None)
def test_one_odd_day_leaves_what_is_usual_by_day_within_what_the_other_days_were(
    days: int, data: st.DataObject
) -> None:
    table = data.draw(arrays.arrays(np.float64, (days, DAY), elements=st.floats(10, 1_000)))
    odd = data.draw(st.integers(0, days - 1))
    others = np.delete(table, odd, axis=0)[-7:, :AHEAD]
    table[odd] = data.draw(st.sampled_from([0.0, 1e9, np.nan]))
    rough = usual(table.ravel())[0]
    assert (rough >= others.min(axis=0)).all()
    assert (rough <= others.max(axis=0)).all()


@given(arrays.arrays(np.float64, (6, 3), elements=NUMBERS | st.just(np.nan)))
def test_the_median_is_that_of_what_is_known(stack: np.ndarray) -> None:
    for column, middle in zip(stack.T, median_of_known(stack), strict=True):
        known = column[~np.isnan(column)]
        assert np.isnan(middle) if not len(known) else np.isclose(middle, np.median(known))


@given(arrays.arrays(np.float64, 20, elements=st.sampled_from([7.0, np.nan])), st.integers(0, 5))
def test_what_is_smoothed_around_a_gap_does_not_sink_into_it(rates: np.ndarray, half: int) -> None:
    smooth = smoothed(rates, half)
    np.testing.assert_allclose(smooth[~np.isnan(smooth)], 7.0)
    assert not np.isnan(smooth[~np.isnan(rates)]).any()


def test_smooth_profiles_have_less_of_the_noise() -> None:
    rough, smooth = usual(1_000 * noise(10 * DAY, by=0.3))
    assert np.abs(smooth - 1_000).sum() < np.abs(rough - 1_000).sum()


def test_what_is_usual_on_a_day_is_told_from_days_before_it_alone() -> None:
    whole, cut = series(daily(9)), daily(9)
    cut[8 * DAY + 3 :] = np.nan
    known_less = series(cut)
    before = profiles(whole, whole.slots(AHEAD))[0], profiles(known_less, known_less.slots(AHEAD))[0]
    np.testing.assert_array_equal(before[0][: 9 * DAY], before[1][: 9 * DAY])

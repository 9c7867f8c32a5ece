import numpy as np

from logpipeline.core.forecast.profile import profiles
from logpipeline.core.forecast.replay import MOST_LEVEL, Fit, fitted, least_wrong, levels
from tests.unit.core.forecast.given import AHEAD, DAY, daily, noise, series


def fit(rates: np.ndarray) -> Fit:
    given = series(rates)
    found = fitted(given, profiles(given, given.slots(AHEAD)), AHEAD)
    assert found is not None
    return found


def test_a_level_that_lasts_is_carried_on() -> None:
    days = np.repeat(noise(14, by=0.3), DAY)
    assert fit(daily(14) * days).damping.min() > 0.8


def test_noise_is_not_taken_for_a_level() -> None:
    assert fit(daily(14) * noise(14 * DAY, by=0.3)).damping.max() < 0.3


def test_a_level_that_fades_is_carried_less_the_farther_it_is() -> None:
    wave = np.zeros(28 * DAY)
    for step, pushed in enumerate(np.random.default_rng(3).standard_normal(len(wave) - 1)):
        wave[step + 1] = 0.8 * wave[step] + 0.1 * pushed
    damping = fit(daily(28) * np.maximum(1 + wave, 0)).damping
    assert damping[0] > damping[-1] + 0.2


def test_the_share_that_is_least_wrong_is_not_bent_by_single_moments() -> None:
    more = np.linspace(-1, 1, 40)[:, np.newaxis]
    beyond = 0.5 * more
    beyond[::10] = 50.0
    np.testing.assert_allclose(least_wrong(beyond, more), 0.5)


def test_where_no_level_was_ever_other_than_usual_nothing_is_carried() -> None:
    assert least_wrong(np.zeros((5, 2)), np.zeros((5, 2))).tolist() == [0, 0]


def test_a_level_that_is_not_known_is_the_usual_one() -> None:
    rates = np.full(10, 30.0)
    rates[-4:] = np.nan
    usual = np.full(10 + AHEAD, 10.0)
    assert levels(series(rates), usual, np.array([6, 10]), 4).tolist() == [3, 1]


def test_a_level_of_what_is_never_there_is_bounded() -> None:
    usual = np.full(10 + AHEAD, 1e-300)
    assert levels(series(np.full(10, 1e9)), usual, np.array([10]), 4).tolist() == [MOST_LEVEL]

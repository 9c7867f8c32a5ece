import numpy as np
import pytest

from logpipeline.core.forecast.margin import MISSES, adapted, p90_of
from logpipeline.core.forecast.replay import Fit
from tests.unit.core.forecast.given import AHEAD

EXPECTED = np.full(AHEAD, 100.0)


def p90(came: np.ndarray) -> np.ndarray:
    """Where 100/s were expected at all (O,) moments."""
    actual = np.repeat(came[:, np.newaxis], AHEAD, axis=1)
    fit = Fit(EXPECTED, 1, np.ones(AHEAD), actual, np.full_like(actual, 100.0))
    return p90_of(fit, EXPECTED, 100.0)


def test_it_is_not_passed_by_nine_in_ten_of_what_came() -> None:
    came = np.random.default_rng(1).permutation(np.linspace(50, 150, 500))
    assert p90(came) == pytest.approx(np.full(AHEAD, 141.5), abs=3)


def test_it_is_never_below_what_is_expected() -> None:
    assert p90(np.linspace(20, 60, 50)).tolist() == EXPECTED.tolist()


def test_what_is_not_known_makes_it_neither_higher_nor_lower() -> None:
    came = np.linspace(50, 150, 100)
    with_gaps = np.insert(came, np.arange(0, 100, 4), np.nan)
    assert p90(with_gaps).tolist() == p90(came).tolist()


def test_moments_that_missed_more_make_it_look_further_out() -> None:
    ranks = np.linspace(0.01, 0.99, 50)[:, np.newaxis]
    assert adapted(ranks) < MISSES < adapted(ranks[::-1])
    assert adapted(np.full((5, 2), np.nan)) == MISSES

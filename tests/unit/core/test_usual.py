"""What a multiplier multiplies."""

import numpy as np
import pytest

from logpipeline.core.occurrence import Occurrence
from logpipeline.core.usual import usual_of
from tests.unit.core.given import NOW

HOUR, DAY = 3_600.0, 86_400.0
TIMES = Occurrence(NOW - 2 * HOUR, NOW - HOUR, NOW, NOW + 2 * HOUR, NOW + 3 * HOUR)


def history(days: float, slot: float = 500.0) -> tuple[np.ndarray, np.ndarray]:
    """Steps of five minutes up to now: 100 records/s, and `slot` in the hours of the event, more each day."""
    at = np.arange(TIMES.warming - days * DAY, NOW, 300.0)
    back = np.ceil((NOW - at) / DAY)
    inside = (at >= NOW - back * DAY) & (at < NOW - back * DAY + 2 * HOUR)
    return at, np.where(inside, slot + back, 100.0)


def test_of_weeks_it_is_the_median_of_the_same_slot() -> None:
    usual = usual_of(*history(9.0), TIMES)
    assert usual is not None
    assert usual.per_second == pytest.approx(505.0)
    assert usual.source == "median of the same slot on 9 days"


def test_days_with_an_event_are_not_usual() -> None:
    at, rates = history(9.0)
    rates[(at >= NOW - 3 * DAY) & (at < NOW - 3 * DAY + HOUR)] = 1e6
    usual = usual_of(at, rates, TIMES, [(NOW - 3 * DAY, NOW - 3 * DAY + HOUR)])
    assert usual is not None
    assert usual.source == "median of the same slot on 8 days"
    assert usual.per_second < 510


def test_of_less_than_a_week_it_is_the_mean_of_a_day() -> None:
    usual = usual_of(*history(3.0), TIMES)
    assert usual is not None
    assert usual.source == "mean of the last 24 h"
    assert usual.per_second == pytest.approx((22 * 100 + 2 * 501) / 24, rel=0.01)


@pytest.mark.parametrize(("hours", "known"), [(0.0, False), (0.5, False), (1.0, True), (5.0, True)])
def test_of_less_than_an_hour_it_is_not_known(hours: float, known: bool) -> None:  # noqa: FBT001 - a column
    assert (usual_of(*history(hours / 24), TIMES) is not None) is known


def test_what_is_not_known_is_not_nothing() -> None:
    at, rates = history(3.0)
    rates[::2] = np.nan
    usual = usual_of(at, rates, TIMES)
    assert usual is not None
    assert usual.per_second > 100


def test_what_comes_from_the_warming_on_is_not_looked_at() -> None:
    at, rates = history(3.0)
    swollen = np.where(at >= TIMES.warming, 1e9, rates)
    assert usual_of(at, swollen, TIMES) == usual_of(at, rates, TIMES)

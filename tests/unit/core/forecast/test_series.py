from zoneinfo import ZoneInfo

import numpy as np
import pytest

from logpipeline.core.forecast.series import DAY_SECONDS, Series, earlier
from tests.unit.core.forecast.given import DAY, MONDAY, STEP, midnight, series

HOUR = 3_600.0
BERLIN, LORD_HOWE = ZoneInfo("Europe/Berlin"), ZoneInfo("Australia/Lord_Howe")
BACK_IN_BERLIN, FORTH_IN_BERLIN = (midnight("Europe/Berlin", day) for day in ("2026-10-25", "2026-03-29"))


def test_what_can_be_no_rate_is_not_known() -> None:
    given = series(np.array([1.0, -1.0, np.inf, np.nan, 0.0, 1e300]))
    assert given.known.tolist() == [True, False, False, False, True, False]


def test_a_sale_that_was_announced_is_not_known_and_the_series_stays_as_it_was() -> None:
    given = series(np.array([1.0, 2.0, 3.0]))
    assert given.without(np.array([False, True, False])).known.tolist() == [True, False, True]
    assert given.known.all()


def test_steps_lie_in_local_days() -> None:
    slots = Series(MONDAY, HOUR, np.zeros(24), BERLIN).slots(ahead=1)
    assert slots.slot[:2].tolist() == [1, 2]
    assert slots.day[[0, 22, 23, 24]].tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize(("midnight", "hours"), [(BACK_IN_BERLIN, 25), (FORTH_IN_BERLIN, 23)])
def test_the_day_on_which_the_clock_is_changed_is_an_hour_longer_or_shorter(
    midnight: float, hours: int
) -> None:
    slots = Series(midnight - 24 * HOUR, HOUR, np.zeros(72), BERLIN).slots(ahead=0)
    assert np.bincount(slots.day)[:2].tolist() == [24, hours]


def test_the_slot_that_comes_twice_is_their_mean_and_the_one_that_is_skipped_is_not_known() -> None:
    back = Series(BACK_IN_BERLIN, HOUR, np.arange(25.0), BERLIN)
    assert back.slots(0).table(back.rates)[0, 1:4].tolist() == [1.0, 2.5, 4.0]
    forth = Series(FORTH_IN_BERLIN, HOUR, np.arange(23.0), BERLIN)
    table = forth.slots(0).table(forth.rates)[0, 1:4]
    assert np.isnan(table[1])
    assert table[[0, 2]].tolist() == [1.0, 2.0]


def test_where_the_clock_is_changed_by_half_an_hour_slots_move_by_half_an_hour() -> None:
    autumn = midnight("Australia/Lord_Howe", "2026-04-05")
    slots = series(np.zeros(2 * DAY), autumn + 3_600, LORD_HOWE).slots(ahead=0).slot
    assert slots[DAY] == slots[0] - 1


def test_a_gap_says_nothing_of_its_slot() -> None:
    given = series(np.array([np.nan, 5.0] * DAY))
    table = given.slots(0).table(given.rates)
    assert np.isnan(table[:, ::2]).all()
    assert (table[:, 1::2] == 5.0).all()


def test_what_was_before_the_beginning_is_not_known() -> None:
    table = np.arange(6.0).reshape(3, 2)
    assert earlier(table, 1)[1:].tolist() == table[:2].tolist()
    assert np.isnan(earlier(table, 1)[0]).all()
    assert np.isnan(earlier(table, 3)).all()


def test_a_step_that_does_not_divide_the_day_has_slots_of_its_own() -> None:
    given = Series(MONDAY, 7_000.0, np.ones(30))
    slots = given.slots(0)
    assert slots.slot.max() == given.day_steps - 1 == int(DAY_SECONDS // 7_000.0)


def test_the_newest_days_end_where_it_ends() -> None:
    given = series(np.arange(5.0 * DAY))
    newest = given.newest(2)
    assert newest.end == given.end == MONDAY + 5 * DAY * STEP
    assert newest.days == 2
    assert given.newest(9).days == 5

"""One stage's drain is the next stage's arrival."""

from dataclasses import replace

import pytest

from logpipeline.core.flow import Inflow, Outflow, expected_arrival, watch_inflow
from tests.unit.core.given import NOW, measures

SOURCE = Outflow("collect", per_second=5000.0, consumed=0.0)


def windows(*ratios: float, others: float = 0.0, paces: tuple[float, ...] = ()) -> Inflow | None:
    """What is known after a window of 5 minutes with each ratio, beside records/s of `others`."""
    inflow, consumed, produced = None, 0.0, 0.0
    inflow = watch_inflow(None, measures(produced=produced), replace(SOURCE, consumed=consumed))
    for place, ratio in enumerate(ratios):
        pace = paces[place] if paces else 1000.0
        consumed, produced = consumed + 300 * pace, produced + 300 * (ratio * pace + others)
        now = NOW + 300 * (place + 1)
        inflow = watch_inflow(inflow, measures(at=now, produced=produced), replace(SOURCE, consumed=consumed))
    return inflow


def test_two_windows_that_agree_tell_what_comes_of_the_stage_before() -> None:
    assert expected_arrival(windows(2.0), SOURCE) is None
    assert expected_arrival(windows(2.0, 2.0), SOURCE) == pytest.approx(10_000)


def test_where_others_write_to_the_same_topic_the_ratio_is_not_used() -> None:
    """Four times as much came in, and the ratio of a quiet hour would have asked for four times too many."""
    both = windows(1.0, 1.0, others=5000.0, paces=(1000.0, 4000.0))
    assert expected_arrival(both, SOURCE) is None


def test_what_was_not_wholly_known_begins_a_new_window_and_forgets_no_ratio() -> None:
    known = windows(2.0, 2.0)
    blind = watch_inflow(known, measures(lower_bound=True, produced=0.0), SOURCE)
    again = watch_inflow(blind, measures(produced=10.0), SOURCE)
    assert again is not None
    assert (again.ratio, again.agreed, again.since) == (2.0, True, NOW)


def test_a_topic_made_anew_begins_a_new_window() -> None:
    fell = watch_inflow(Inflow(NOW - 299, 100.0, 100.0), measures(produced=5.0), SOURCE)
    assert fell == Inflow(NOW, 0.0, 5.0)


def test_a_window_in_which_nothing_came_tells_nothing() -> None:
    begun = Inflow(NOW - 900, 0.0, 0.0)
    assert watch_inflow(begun, measures(produced=0.0), SOURCE) == begun


def test_the_first_stage_has_none() -> None:
    assert watch_inflow(None, measures(produced=1.0), None) is None
    assert expected_arrival(None, None) is None

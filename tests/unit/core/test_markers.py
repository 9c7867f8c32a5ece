"""A marker is told from a record by consumers that were at work and left it."""

import numpy as np
import pytest

from logpipeline.core.markers import Markers, marked, watch_markers
from logpipeline.core.model import Measures
from logpipeline.core.readings import Sharing
from tests.unit.core.given import measures, partitions

MARKERS = Markers(frozenset(partitions(1)), 500.0)


def left(first: int, second: int, still: float = 120.0, **fields: object) -> Measures:
    """Two partitions with so many records each, which nobody has touched for so long."""
    waits = np.array([first, second], dtype=np.float64)
    given = {"still_seconds": np.full(2, still), "consumed": 500.0, "commit_interval_seconds": 5.0}
    return measures(excess=waits, **given | fields)


def test_what_consumers_at_work_leave_for_two_minutes_is_a_marker() -> None:
    assert watch_markers(None, left(1, 0), 120.0) == MARKERS
    assert marked(MARKERS, left(1, 1)).tolist() == [True, False]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("seen", "worked"),
    [
        (left(1, 0), 119.0),  # consumers began only just
        (left(1, 0), 0.0),  # nobody is at work
        (left(1, 0, still=119.0), 300.0),
        (left(1, 0, commit_interval_seconds=30.0), 170.0),  # it may be between two commits
        (left(2, 2), 300.0),  # somebody is stuck there
        (left(1, 0, sharing=Sharing.SHARED), 300.0),  # Redis has none
        (left(1, 0, consumed=None), 300.0),  # a part is not known
    ],
)
def test_what_may_be_a_record_is_none(seen: Measures, worked: float) -> None:
    assert watch_markers(None, seen, worked) is None


def test_it_stays_known_while_consumers_sleep() -> None:
    assert watch_markers(MARKERS, left(1, 0), 0.0) is MARKERS


def test_a_record_that_comes_meanwhile_waits() -> None:
    assert marked(MARKERS, left(2, 0)).tolist() == [False, False]  # type: ignore[union-attr]


def test_positions_that_moved_may_be_before_records() -> None:
    assert watch_markers(MARKERS, left(1, 0, consumed=501.0), 0.0) is None
    assert watch_markers(MARKERS, left(0, 1, consumed=501.0), 120.0) == Markers(
        frozenset(partitions(2)[1:]), 501.0
    )

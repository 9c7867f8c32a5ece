"""Series that are short enough for a page, and as high as they were."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logpipeline.sim.report.series import bucket_edges, means, moments, steps, tops

ROWS = st.lists(st.floats(0, 1e12), min_size=1, max_size=300)
BUCKETS = st.integers(1, 50)


@given(ROWS, BUCKETS)
def test_no_peak_is_lost(rows: list[float], buckets: int) -> None:
    drawn = tops(np.array(rows), buckets)
    assert len(drawn) == min(len(rows), buckets)
    assert max(drawn) == pytest.approx(max(rows), rel=1e-3)


@given(ROWS, BUCKETS)
def test_a_mean_is_within_what_it_is_of(rows: list[float], buckets: int) -> None:
    for mean in means(np.array(rows), buckets):
        assert min(rows) * 0.999 <= mean <= max(rows) * 1.001


@given(st.integers(1, 10_000), st.integers(1, 1_000))
def test_every_row_is_in_one_bucket_and_none_is_empty(rows: int, buckets: int) -> None:
    edges = bucket_edges(rows, buckets)
    assert (edges[0], edges[-1]) == (0, rows)
    assert (np.diff(edges) >= 1).all()


def test_a_run_begins_before_its_first_row() -> None:
    at = np.array([105.0, 110.0, 115.0, 120.0])
    assert moments(at, 100.0) == [0, 5, 10, 15]
    assert moments(at, 100.0, buckets=2) == [0, 10]


def test_a_count_is_drawn_where_it_changed() -> None:
    at = np.array([105.0, 110.0, 115.0, 120.0])
    assert steps(at, np.array([2.0, 2.0, 5.0, 2.0]), 100.0) == [(5, 2), (15, 5), (20, 2)]

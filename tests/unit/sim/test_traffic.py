"""Counts of steps -> the curve by which records arrive."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logpipeline.sim.arrivals import Curve
from logpipeline.sim.traffic import Traffic, TrafficError

NOON = 898_689_600.0
COUNTS = st.lists(st.integers(0, 10**9), min_size=2, max_size=60)


def traffic(*counts: float, missing: tuple[int, ...] = (), step: float = 60.0) -> Traffic:
    """One step after the other, without those in `missing`."""
    kept = [place for place in range(len(counts)) if place not in missing]
    starts = NOON + step * np.array(kept)
    return Traffic("shop.csv", starts, np.array([float(counts[place]) for place in kept]), step)


def area(curve: Curve, begins: float, ends: float) -> float:
    """Records that come by the curve's own lines between two of its points."""
    inside = (curve.at >= begins) & (curve.at <= ends)
    at, rate = curve.at[inside], curve.rate[inside]
    return float(np.sum(np.diff(at) * (rate[1:] + rate[:-1]) / 2))


@given(COUNTS)
def test_each_step_keeps_its_count(counts: list[int]) -> None:
    curve = traffic(*counts).curve()
    lines = (curve.rate[::2] + curve.rate[1::2]) / 2
    assert lines * 60 == pytest.approx(np.array(counts), rel=1e-9)
    assert area(curve, 0, 60 * len(counts)) == pytest.approx(sum(counts), rel=1e-9)


@given(COUNTS)
def test_no_moment_is_above_the_highest_step_nor_below_the_lowest(counts: list[int]) -> None:
    told = traffic(*counts)
    rates = told.curve().rate
    assert rates.max() == pytest.approx(told.peak)
    assert rates.min() >= min(counts) / 60 - 1e-6 * told.peak


def test_traffic_that_grows_evenly_arrives_in_one_straight_line() -> None:
    curve = traffic(0, 600, 1_200, 1_800, 2_400).curve()
    assert curve(90.0) == pytest.approx(10.0)
    assert curve(120.0 - 1e-6) == pytest.approx(curve(120.0), abs=1e-3)
    assert curve(150.0) == pytest.approx(20.0)
    assert curve(135.0) == pytest.approx(17.5)


def test_a_gap_is_told_and_bridged_by_a_straight_line() -> None:
    told = traffic(600, 600, 0, 0, 1_200, 1_200, missing=(2, 3))
    assert [str(gap) for gap in told.gaps] == ["1998-06-24T12:02:00Z to 1998-06-24T12:04:00Z"]
    assert told.curve()(180.0) == pytest.approx(15.0)


def test_traffic_without_gaps_tells_none() -> None:
    assert traffic(1, 2, 3).gaps == ()


def test_the_peak_is_scaled_and_all_else_with_it() -> None:
    scaled = traffic(60, 600, 300).peaking_at(40_000)
    assert scaled.peak == pytest.approx(40_000)
    assert scaled.curve()(30.0) == pytest.approx(4_000)
    assert scaled.curve().rate.max() == pytest.approx(40_000)


def test_a_part_has_the_steps_that_begin_in_it() -> None:
    part = traffic(1, 2, 3, 4, 5).between(NOON + 60, NOON + 180)
    assert part.counts.tolist() == [2, 3]
    assert (part.begins, part.ends) == (NOON + 60, NOON + 180)
    assert traffic(1, 2, 3).between(None, NOON + 60).counts.tolist() == [1]


@pytest.mark.parametrize(
    ("begins", "ends", "sentence"),
    [
        (NOON + 999, None, "no time goes by"),
        (NOON + 60, NOON + 60, "no time goes by"),
        (NOON + 900, NOON + 999, "it goes from 1998-06-24T12:00:00Z to 1998-06-24T12:03:00Z"),
    ],
)
def test_a_part_in_which_nothing_was_counted_is_refused(
    begins: float, ends: float | None, sentence: str
) -> None:
    with pytest.raises(TrafficError, match=sentence):
        traffic(1, 2, 3).between(begins, ends)


def test_traffic_of_nothing_cannot_be_scaled() -> None:
    with pytest.raises(TrafficError, match="no peak"):
        traffic(0, 0).peaking_at(40_000)

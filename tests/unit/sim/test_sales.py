"""What events bring in a run, and what is told of them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from logpipeline.api.sale import SalesEventSpec
from logpipeline.core.timestamps import read_time
from logpipeline.sim.arrivals import Curve
from logpipeline.sim.sales import Sales, sales_of, swollen

START = read_time("2026-11-10T12:00:00Z")
HOUR = 3_600.0
LEVEL = Curve(np.array([0.0]), np.array([100.0]))


def spec(expected: Mapping[str, Any], **fields: Any) -> SalesEventSpec:  # noqa: ANN401
    """At 15:00 for an hour."""
    words = {
        "pipelineSelector": {},
        "schedule": {"at": "2026-11-10T15:00:00"},
        "duration": "1h",
        "expected": expected,
    }
    return SalesEventSpec.model_validate(words | fields)


def sales(known_seconds: float = 0.0, **specs: SalesEventSpec) -> Sales:
    return sales_of(specs, LEVEL, start=START, seconds=6 * HOUR, known_seconds=known_seconds)


@pytest.mark.parametrize(
    ("hours", "rate"),
    [(0, 100), (3, 100), (3 + 0.5 / 60, 550), (3 + 1 / 60, 1_000), (4, 1_000), (4 + 1 / 60, 100), (5, 100)],
)
def test_within_a_minute_it_is_all_there_and_a_minute_after_its_end_nothing(
    hours: float, rate: float
) -> None:
    comes = swollen(LEVEL, sales(big=spec({"recordsPerSecond": 1_000})), start=START, truth_factor=1.0)
    assert comes(hours * HOUR) == pytest.approx(rate)


def test_more_may_come_than_was_announced() -> None:
    comes = swollen(LEVEL, sales(big=spec({"recordsPerSecond": 1_000})), start=START, truth_factor=1.5)
    assert comes(3.5 * HOUR) == 1_500


@pytest.mark.parametrize(("rate", "factor"), [(1_000, 0.0), (50, 1.0)])
def test_what_arrives_anyway_is_the_least(rate: int, factor: float) -> None:
    comes = swollen(LEVEL, sales(big=spec({"recordsPerSecond": rate})), start=START, truth_factor=factor)
    assert comes(3.5 * HOUR) == 100


def test_of_two_at_once_the_larger_comes() -> None:
    both = sales(big=spec({"recordsPerSecond": 1_000}), small=spec({"recordsPerSecond": 400}))
    assert swollen(LEVEL, both, start=START, truth_factor=1.0)(3.5 * HOUR) == 1_000


def test_a_multiplier_is_of_what_came_before() -> None:
    (sale,) = sales(big=spec({"multiplier": 40})).sales
    assert sale.per_second == pytest.approx(4_000)
    assert sale.usual is not None
    assert sale.usual.source == "mean of the last 2 h"


def test_of_a_long_past_the_same_slot_counts() -> None:
    (sale,) = sales(known_seconds=14 * 24 * HOUR, big=spec({"multiplier": 40})).sales
    assert sale.usual is not None
    assert sale.usual.source == "median of the same slot on 14 days"


def test_with_too_little_before_nobody_knows() -> None:
    early = spec({"multiplier": 40}, schedule={"at": "2026-11-10T13:30:00"})
    (sale,) = sales(big=early).sales
    assert (sale.usual, sale.per_second) == (None, None)
    assert swollen(LEVEL, sales(big=early), start=START, truth_factor=1.0)(2 * HOUR) == 100


def test_it_is_told_from_its_warming_until_its_ramp_down_is_over() -> None:
    told = sales(big=spec({"multiplier": 40}, leadTime="1h", rampDown="30m"))
    at = {hours: [each.name for each in told.at(START + hours * HOUR)] for hours in (1.9, 2.0, 3.5, 4.4, 4.5)}
    assert at == {1.9: [], 2.0: ["big"], 3.5: ["big"], 4.4: ["big"], 4.5: []}
    assert set(told.usual_at(START + 2 * HOUR)) == {"big"}
    following = told.next_at(START)
    assert following is not None
    assert (following.name, following.start) == ("big", START + 3 * HOUR)
    assert told.next_at(START + 3 * HOUR) is None


def test_what_is_suspended_does_not_happen() -> None:
    assert sales(big=spec({"recordsPerSecond": 1_000}, suspend=True)).sales == ()


def test_what_happens_again_is_told_each_time() -> None:
    daily = spec({"recordsPerSecond": 1_000}, schedule={"cron": "0 * * * *"}, duration="5m", leadTime="15m")
    starts = [sale.announced.occurrence.start - START for sale in sales(hourly=daily).sales]
    assert starts[:3] == [0.0, HOUR, 2 * HOUR]

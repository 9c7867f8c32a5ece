"""Growth that was announced is no surprise."""

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from logpipeline.core.floors.expected import unsurprised
from logpipeline.core.floors.floor import Floor
from logpipeline.core.model import Measures
from tests.unit.core.floors.given import TIMES, World, floor_of, sale
from tests.unit.core.given import measures


@pytest.fixture(scope="module")
def whole() -> Floor:
    """Of 40,000 records/s, with all that they take."""
    return floor_of(World().until(TIMES.start))


def growing(total: float) -> Measures:
    return measures(arrival=np.full(2, total / 2), slope=100.0)


@pytest.mark.parametrize(("total", "slope"), [(1_000.0, 0.0), (41_900.0, 0.0), (42_100.0, 100.0)])
def test_only_what_goes_beyond_is_looked_at_ahead(whole: Floor, total: float, slope: float) -> None:
    assert unsurprised(growing(total), [whole]).slope == slope


def test_while_not_all_is_asked_for_growth_counts(whole: Floor) -> None:
    early = floor_of(World().until(TIMES.warming))
    assert unsurprised(growing(1_000.0), [early]).slope == 100.0
    assert unsurprised(growing(1_000.0), [early, whole]).slope == 0.0


def test_without_events_nothing_is_changed() -> None:
    seen = growing(1_000.0)
    assert unsurprised(seen, []) is seen


def test_a_plan_that_trembles_is_still_the_whole_plan() -> None:
    world = World()
    world.until(TIMES.start)
    world.sales = (sale(recordsPerSecond=40_000),)
    (event,) = world.memory.stages["index"].events
    known = replace(world.memory.stages["index"], events=(replace(event, planned=62, floor=62),))
    world.memory = replace(world.memory, stages=MappingProxyType({"index": known}))
    floor = floor_of(world.tick())
    assert (floor.planned, floor.needed) == (62, 62)
    assert unsurprised(growing(1_000.0), [floor]).slope == 0.0

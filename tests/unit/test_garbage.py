"""Looks at everything that could be garbage stop the event loop: they are seldom, and they happen."""

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest

from logpipeline.garbage import collect_seldom, look, settle


class Knot:
    """Refers to itself: only the collector of garbage frees it."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def as_before() -> Iterator[None]:
    """The interpreter's own settings again at the end."""
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()


@pytest.mark.usefixtures("as_before")
def test_however_much_is_made_not_everything_is_looked_at() -> None:
    settle()
    looks = gc.get_stats()[2]["collections"]
    kept = [[number] for number in range(200_000)]
    assert len(kept) == 200_000
    assert gc.get_stats()[2]["collections"] == looks


@pytest.mark.usefixtures("as_before")
def test_what_was_looked_at_once_is_left_alone() -> None:
    kept = [[number] for number in range(100_000)]
    settle()
    assert gc.get_freeze_count() > len(kept)
    look()
    assert gc.get_count()[0] < 1_000


@pytest.mark.usefixtures("as_before")
async def test_cycles_are_freed_in_the_end() -> None:
    settle()
    freed = asyncio.Event()
    knot = Knot()
    weakref.finalize(knot, freed.set)
    del knot
    collecting = asyncio.create_task(collect_seldom(every_seconds=0.01))
    async with asyncio.timeout(10):
        await freed.wait()
    collecting.cancel()

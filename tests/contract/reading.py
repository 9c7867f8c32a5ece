"""Measure until something is so: brokers and servers take their time to tell what was done to them."""

import asyncio
from collections.abc import Callable, Coroutine
from time import monotonic
from typing import Any

from logpipeline.core.readings import Missing, Reading, Sample

WITHIN_SECONDS = 90.0


async def until(
    measure: Callable[[], Coroutine[Any, Any, Reading]], is_so: Callable[[Reading], bool]
) -> Reading:
    """The first reading for which `is_so`."""
    give_up = monotonic() + WITHIN_SECONDS
    while not is_so(reading := await measure()):
        assert monotonic() < give_up, f"it never came to this; the last reading is {reading}"
        await asyncio.sleep(0.05)  # a server that refuses does so thousands of times a second
    return reading


def is_complete(reading: Reading) -> bool:
    """Everything was measured."""
    return isinstance(reading, Sample) and reading.complete


def sampled(reading: Reading) -> Sample:
    """The reading, which must not be missing."""
    assert isinstance(reading, Sample), reading
    return reading


def missed(reading: Reading) -> Missing:
    """The reading, which must be missing."""
    assert isinstance(reading, Missing), reading
    return reading

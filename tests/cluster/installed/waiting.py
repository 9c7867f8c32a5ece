"""Waiting for what a cluster does in its own time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

DEADLINE_SECONDS = 90.0
LOOK_EVERY_SECONDS = 0.2


def eventually(look: Callable[[], T], is_so: Callable[[T], bool], story: str) -> T:
    """Look until it is so, and return what was seen. Fails with `story` and what was seen last."""
    give_up = time.monotonic() + DEADLINE_SECONDS
    while not is_so(seen := look()):
        assert time.monotonic() < give_up, f"{story}: not within {DEADLINE_SECONDS:.0f} s, but {seen}"
        time.sleep(LOOK_EVERY_SECONDS)
    return seen

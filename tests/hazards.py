"""Naming the hazard that a test brings about: `docs/hazards.md` is generated from these names."""

from collections.abc import Callable
from typing import TypeVar

import pytest

Test = TypeVar("Test", bound=Callable[..., object])


def hazard(*, seen: str, done: str) -> Callable[[Test], Test]:
    """Mark a test that brings about what its own name says.

    `seen` is what status then says, `done` what the operator does. Both are read from the source by
    `tools.hazards`, so they are given as plain strings; the test proves both.
    """

    def mark(test: Test) -> Test:
        return pytest.mark.hazard(seen=seen, done=done)(test)

    return mark

"""A restart at any tick loses no scale-up, and causes no scale-down."""

from datetime import timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.scenarios.looks import path_of
from tests.scenarios.play import Moment, play
from tests.scenarios.story import Story

TAKEOVER = Path(__file__).with_name("takeover.yaml")
GROWTH_AT, UNTIL = 600, timedelta(minutes=13)
"""What arrives grows from 8,000 to 150,000 records/s at this second; nothing shrinks before the end."""
LATER_SECONDS = 10
"""A new process needs two samples to know what is consumed."""


@cache
def played(*restarts: int) -> tuple[Moment, ...]:
    told = Story.model_validate(yaml.safe_load(TAKEOVER.read_text()))
    moments = tuple(timedelta(seconds=second) for second in restarts)
    return play(told.model_copy(update={"restarts": moments, "until": UNTIL}))


@given(tick=st.integers(2, 150))
@settings(max_examples=10, deadline=None)
@example(tick=GROWTH_AT // 5)
@example(tick=GROWTH_AT // 5 + 1)
@example(tick=GROWTH_AT // 5 + 2)
@example(tick=GROWTH_AT // 5 + 6)
def test_a_restart_at_any_tick_is_not_seen_in_the_count(tick: int) -> None:
    without, restarted = played(), played(5 * tick)
    fell = [after for before, after in pairwise(restarted) if after.replicas < before.replicas]
    assert not fell, "\n".join(path_of(restarted))
    behind = LATER_SECONDS // 5
    lost = [
        later.at
        for before, later in zip(without, restarted[behind:], strict=False)
        if later.replicas < before.replicas
    ]
    assert not lost, "\n".join(["Without a restart:", *path_of(without), "With:", *path_of(restarted)])


@pytest.mark.parametrize("restarts", [(605, 610, 615, 620), (600, 640, 680)])
def test_nor_are_many(restarts: tuple[int, ...]) -> None:
    assert played(*restarts)[-1].replicas >= played()[-1].replicas

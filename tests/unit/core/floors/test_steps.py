"""Warming goes in steps that wait for proof, and never beyond their share of time."""

from dataclasses import replace

import pytest

from logpipeline.core.floors.steps import step_at, steps_within, tapered
from tests.unit.core.floors.given import MINUTE, TIMES

EACH = 65.0


@pytest.mark.parametrize(
    ("minutes", "proven", "number", "replicas"),
    [
        (0, 2, 1, 8),
        (1, 8, 2, 16),
        (2, 31, 3, 32),
        (2, 32, 4, 64),
        (10, 2, 2, 16),
        (30, 2, 4, 64),
        (10, None, 2, 16),
        (40, 0, 4, 64),
    ],
)
def test_the_next_step_comes_with_proof_or_with_time(
    minutes: float, proven: int | None, number: int, replicas: int
) -> None:
    step = step_at(64, proven, TIMES, TIMES.warming + minutes * MINUTE, EACH)
    assert (step.number, step.of, step.replicas) == (number, 4, replicas)


def test_what_runs_already_is_no_step() -> None:
    assert step_at(64, 20, TIMES, TIMES.warming, EACH).replicas == 32


@pytest.mark.parametrize(("seconds", "steps"), [(3_600, 4), (260, 4), (259, 3), (70, 1), (10, 1), (0, 1)])
def test_where_start_up_takes_long_there_are_fewer_steps(seconds: float, steps: int) -> None:
    assert steps_within(seconds, EACH) == steps


def test_without_a_lead_all_is_asked_for_at_once() -> None:
    times = replace(TIMES, warming=TIMES.ready)
    assert step_at(64, 0, times, times.warming, EACH).replicas == 64


@pytest.mark.parametrize(
    ("minutes", "left"), [(0, 64), (59, 64), (60, 64), (64.9, 64), (65, 32), (70, 16), (79.9, 8), (80, 0)]
)
def test_after_the_end_it_goes_down_as_it_came_up(minutes: float, left: int) -> None:
    assert tapered(64, TIMES, TIMES.start + minutes * MINUTE) == left


def test_without_a_ramp_down_nothing_is_left_at_the_end() -> None:
    assert tapered(64, replace(TIMES, over=TIMES.end), TIMES.end) == 0

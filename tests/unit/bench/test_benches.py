import pytest
from rich.console import Console

from bench.harness import Figure, table_of
from bench.reaction import APPEARING_SECONDS, INTERVAL_SECONDS, Run, figures_of, phases
from bench.worker import Pace
from sandbox.errors import SandboxError


def test_a_figure_above_its_limit_is_missed() -> None:
    assert Figure("Median reaction", 3.0, "s", 3.0).kept
    assert not Figure("Median reaction", 3.01, "s", 3.0).kept
    assert Figure("Shortest reaction", 99, "s").kept


def test_the_table_says_which_figure_missed_its_target() -> None:
    console = Console(width=100)
    with console.capture() as capture:
        console.print(table_of("reaction", [Figure("Median", 2, "s", 3.0), Figure("Longest", 7, "s", 6.0)]))
    lines = capture.get().splitlines()
    assert "kept" in next(line for line in lines if "Median" in line)
    assert "missed" in next(line for line in lines if "Longest" in line)


def test_a_run_with_a_step_in_between_misses_the_bench() -> None:
    straight, astray = Run(3.0, 2.0, (1, 8)), Run(3.0, 2.0, (1, 5, 8))
    assert all(figure.kept for figure in figures_of([straight, straight]))
    assert not all(figure.kept for figure in figures_of([straight, astray]))


def test_the_pace_is_counted_from_the_first_batch_on() -> None:
    moments = iter((10.0, 12.0, 14.0))
    pace = Pace(clock=lambda: next(moments))
    for amount in (0, 500, 500, 1_000, 2_500):  # nothing at first; standing still is no step
        pace.at(amount)
    assert pace.amount == 2_500
    assert pace.per_second == 500


def test_no_pace_is_told_from_one_step() -> None:
    pace = Pace(clock=lambda: 1.0)
    pace.at(500)
    with pytest.raises(SandboxError, match="one step"):
        _ = pace.per_second


def test_the_runs_meet_every_part_of_the_sampling_interval_but_its_end() -> None:
    share = (INTERVAL_SECONDS - APPEARING_SECONDS) / 20
    assert sorted(int(phase / share) for phase in phases(20)) == list(range(20))

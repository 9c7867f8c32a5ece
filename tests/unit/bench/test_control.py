"""The benchmark of control: its setting, who plays, and when it is missed."""

import json
from pathlib import Path

import pytest

from bench.control import __main__ as bench
from bench.control.contest import EVERYBODY, PINNED, TOO_HIGH, TOO_LOW, WRONG
from bench.control.figures import figures_of
from bench.control.part import over_all
from bench.control.subjects import WORLD_CUP_DAYS, other_traces, scenarios, world_cup
from bench.harness import Figure
from logpipeline.sim.figures import Figures, Summary, summary_of
from logpipeline.sim.policies import POLICIES
from logpipeline.sim.report.scene import Scene


def summary(policy: str, late: float = 0.0, efficiency: float = 0.6, rebalances: float = 20) -> Summary:
    return summary_of(policy, [Figures(0, late, 50, 1_000, 300, rebalances, efficiency)])


def scene(name: str, *summaries: Summary) -> Scene:
    return Scene(name, "", (), summaries, {})


def overall(**ours: float) -> list[Summary]:
    return [summary("logpipeline", **ours), *(summary(wrong.label) for wrong in WRONG.values())]


def test_the_days_are_those_of_the_trace_from_noon_to_midnight_with_a_peak_of_forty_replicas() -> None:
    days = world_cup()
    assert len(days) == len(WORLD_CUP_DAYS) == 9
    for _, day in days:
        assert day.traffic is not None
        assert day.traffic.peak == pytest.approx(40_000)
        assert (day.ends - day.start) == 12 * 3_600
        assert day.start % 86_400 == 12 * 3_600


def test_every_scenario_and_every_other_trace_is_played() -> None:
    assert len(scenarios()) >= 8
    assert [name for name, _ in other_traces()] == ["elb_requests", "nyc_taxi"]


def test_everybody_plays() -> None:
    assert [contestant.policy for contestant in EVERYBODY] == [*POLICIES]


@pytest.mark.parametrize("guess", [TOO_LOW, TOO_HIGH])
def test_who_is_told_wrongly_believes_it_and_the_truth_stays(guess: float) -> None:
    (_, day), *_ = world_cup(WORLD_CUP_DAYS[:1])
    setting = WRONG[guess].job(day, 3).setting
    stage = setting.spec.stages[0]
    assert stage.scaling.capacity.records_per_second == 1_000 * guess
    assert setting.scenario.capacity(stage) == 1_000
    assert setting.seed == 3


def test_the_frontier_pins_the_utilisation() -> None:
    (_, day), *_ = world_cup(WORLD_CUP_DAYS[:1])
    pinned = [each.job(day, 1).setting.spec.stages[0].scaling for each in PINNED]
    assert [scaling.target_utilization_percent for scaling in pinned] == [60, 70, 80, 85, 90, 95]


@pytest.mark.parametrize(
    ("ours", "missed"),
    [
        ({}, set()),
        ({"late": 0.6}, {"Late, mean"}),
        ({"efficiency": 0.57}, {"Efficiency, mean"}),
        ({"rebalances": 31}, {"Rebalances, mean"}),
    ],
)
def test_a_number_that_is_not_reached_is_missed(ours: dict[str, float], missed: set[str]) -> None:
    assert {figure.name for figure in figures_of(overall(**ours)) if not figure.kept} == missed


def test_a_figure_below_its_least_is_missed() -> None:
    assert Figure("Efficiency", 0.58, "", least=0.58).kept
    assert not Figure("Efficiency", 0.579, "", least=0.58).kept
    assert Figure("Efficiency", 0.5, "", least=0.58).target == "≥ 0.58"


def test_the_mean_of_the_days_hides_no_day() -> None:
    days = [scene("one", summary("keda", late=1.0)), scene("two", summary("keda", late=3.0))]
    (told,) = over_all(days)
    assert (told.least.minutes_late, told.mean.minutes_late, told.most.minutes_late) == (1.0, 2.0, 3.0)


def test_a_part_that_was_run_leaves_the_results_of_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "RESULT", tmp_path / "control.json")
    monkeypatch.setattr(bench, "RESULTS", tmp_path)
    for name in (bench.Name.SCENARIOS, bench.Name.WORLD_CUP):
        bench.remember(name, [scene("sale", summary("keda", late=2.0))], [], {})
    told = json.loads((tmp_path / "control.json").read_text())
    assert list(told) == ["worldcup", "scenarios"]
    assert told["scenarios"]["scenes"][0]["policies"][0]["minutes_late"] == 2.0

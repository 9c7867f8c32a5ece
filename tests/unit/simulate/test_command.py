"""`logpipeline simulate` as its users meet it."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from logpipeline.cli import app
from logpipeline.sim.figures import FIGURES
from logpipeline.sim.policies import POLICIES
from logpipeline.simulate import arguments
from logpipeline.simulate.command import NO_KAFKA, NO_REPORT, UNUSABLE_INPUT
from logpipeline.sources.kafka.past import PastError

ROOT = Path(__file__).parents[3]
PIPELINE = str(ROOT / "examples" / "minimal.yaml")
SALE = str(ROOT / "examples" / "scenarios" / "sale.yaml")
WORLD_CUP = str(ROOT / "examples" / "traces" / "worldcup98.csv")
RUNNER = CliRunner()
A_WHILE = ("--from", "1998-06-30T20:00Z", "--to", "1998-06-30T20:10Z")
SHORT = """
name: short
title: Ten replicas' worth, from nothing
until: 3m
seeds: [4, 5]
arrivals: [{at: 0s, rate: 0}, {at: 1m, rate: 10000}]
stages: {index: {partitions: 16, start_up: 10s}}
pipeline:
  stages:
  - name: index
    scaleTargetRef: {name: log-indexer}
    source: {kafka: {bootstrapServers: "kafka:9092", consumerGroup: indexers, topics: [access-log]}}
    scaling: {maxReplicas: 16, capacity: {recordsPerSecond: 1000}}
"""
GAP = "time,requests\n2026-01-01T00:00Z,60000\n2026-01-01T00:01Z,60000\n2026-01-01T00:03Z,60000\n"


def simulate(*given: str) -> Result:
    return RUNNER.invoke(app, ["simulate", *given])


def traced(*given: str) -> Result:
    """Ten minutes of the World Cup."""
    trace = ("--trace", WORLD_CUP, "--pipeline", PIPELINE, "--true-capacity", "1000", "--jobs", "1")
    return simulate(*trace, *A_WHILE, *given)


def outcome(*given: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    result = traced(*given, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_each_policy_and_seed_is_an_object_with_the_documented_figures() -> None:
    told = outcome("--policy", "logpipeline", "--policy", "keda", "--seed", "1", "--seed", "2")
    runs = [(run["policy"], run["seed"]) for run in told["runs"]]
    assert runs == [("logpipeline", 1), ("logpipeline", 2), ("keda", 1), ("keda", 2)]
    documented = (ROOT / "docs" / "simulate.md").read_text()
    for run in told["runs"]:
        assert {*run} == {"policy", "seed", "stages", *FIGURES}
        assert 0 < run["efficiency"] <= 1
        assert run["stages"]["index"]["records"] > 0
    for name in FIGURES:
        assert f"| `{name}` |" in documented
    assert [policy["runs"] for policy in told["policies"]] == [2, 2]


def test_the_json_says_what_was_played() -> None:
    traffic = outcome("--scale-peak-to", "20")["scenario"]["traffic"]
    assert traffic["peak_records_per_second"] == 20_000
    assert (traffic["from"], traffic["to"]) == ("1998-06-30T20:00:00Z", "1998-06-30T20:10:00Z")


def test_the_same_seed_gives_the_same_figures_and_another_one_others() -> None:
    shaky = ("--scale-peak-to", "8", "--skew", "1", "--replicas", "10", "--policy", "keda")
    first, again, other = (outcome(*shaky, "--seed", seed)["runs"][0] for seed in ("5", "5", "6"))
    assert first == again
    assert first["stages"] != other["stages"]


def test_the_table_has_a_row_for_each_policy_and_no_colours_in_a_file() -> None:
    result = traced("--policy", "all")
    assert result.exit_code == 0, result.stderr
    assert [name for name in POLICIES if re.search(rf"^{name} ", result.stdout, re.MULTILINE)] == [*POLICIES]
    assert "\x1b" not in result.stdout
    assert "Efficiency" in result.stdout


def test_the_report_is_written(tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    result = traced("--html", str(report))
    assert result.exit_code == 0, result.stderr
    assert f"Report: {report}" in result.stderr
    assert report.read_text().startswith("<!doctype html>")


def test_a_scenario_is_played_with_its_own_seeds(tmp_path: Path) -> None:
    (tmp_path / "short.yaml").write_text(SHORT)
    result = simulate(str(tmp_path / "short.yaml"), "--jobs", "1", "--json")
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    assert [run["seed"] for run in told["runs"]] == [4, 5]
    assert told["scenario"] == {
        "name": "short",
        "title": "Ten replicas' worth, from nothing",
        "duration": "3m",
    }


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ([], "nothing is said of the pipeline"),
        (["gone.yaml"], "gone.yaml cannot be read: No such file or directory"),
        ([SALE, "--policy", "magic"], "there is no policy 'magic': choose from logpipeline, "),
        (["--pipeline", PIPELINE], "give --trace FILE"),
        (["--pipeline", PIPELINE, "--trace", PIPELINE], "line 1: has no column `time`"),
        (["--pipeline", WORLD_CUP, "--trace", WORLD_CUP], "documents of kind LogPipeline"),
        ([SALE, "--kafka", "kafka:9092"], "--kafka needs --topic"),
        ([SALE, "--protocol", "Lazy"], "'Eager', 'Cooperative' or 'Consumer'"),
        ([SALE, "--true-capacity", "nan"], "capacity"),
    ],
)
def test_what_cannot_be_used_is_a_sentence_and_no_traceback(given: list[str], sentence: str) -> None:
    result = simulate(*given)
    assert result.exit_code == UNUSABLE_INPUT
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr
    assert not result.stdout


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--from", "noon", "'noon' is no time: write it as 1998-06-24T12:00:00Z"),
        ("--since", "yesterday", "'yesterday' is not a duration: write it as 90s"),
        ("--seed", "-1", "greater than or equal to 0"),
    ],
)
def test_an_option_that_cannot_be_read_says_how_it_is_written(option: str, value: str, sentence: str) -> None:
    result = simulate(SALE, option, value)
    assert result.exit_code == UNUSABLE_INPUT
    assert sentence in " ".join(re.sub(r"[│╭╮╰╯─]", " ", result.stderr).split())


def test_a_report_that_cannot_be_written_is_said_before_anything_is_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("logpipeline.simulate.session.play_with_a_bar", lambda *_: pytest.fail("played"))
    result = traced("--html", str(tmp_path / "nowhere" / "report.html"))
    assert result.exit_code == NO_REPORT
    assert "report.html cannot be written: No such file or directory" in result.stderr


def test_a_cluster_that_does_not_tell_its_past_has_an_exit_code_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise PastError("kafka:9092 does not answer: is it running?")

    monkeypatch.setattr("logpipeline.simulate.backtest.PastReader.partitions", refuse)
    result = simulate("--kafka", "127.0.0.1:1", "--topic", "access-log", "--pipeline", PIPELINE)
    assert (result.exit_code, result.stderr) == (NO_KAFKA, "kafka:9092 does not answer: is it running?\n")


def test_gaps_of_a_trace_are_said_beside_the_json(tmp_path: Path) -> None:
    trace = tmp_path / "gap.csv"
    trace.write_text(GAP)
    result = simulate("--trace", str(trace), "--pipeline", PIPELINE, "--json")
    assert "gap.csv has gaps, crossed in a straight line: 2026-01-01T00:02:00Z to" in result.stderr
    gap = {"from": "2026-01-01T00:02:00Z", "to": "2026-01-01T00:03:00Z"}
    assert json.loads(result.stdout)["scenario"]["traffic"]["gaps"] == [gap]


def test_help_names_every_policy_and_shows_examples() -> None:
    assert arguments.POLICIES.split(", ") == [*POLICIES]
    help_text = RUNNER.invoke(app, ["simulate", "--help"], env={"COLUMNS": "200"}).stdout
    assert "examples/scenarios/sale.yaml" in help_text
    assert "Exit codes" in help_text


def test_the_operator_loads_nothing_of_the_simulator() -> None:
    """The simulator costs memory that a pod would have to ask for."""
    told = "import sys, logpipeline.cli; print([m for m in sys.modules if m.startswith('logpipeline.sim.')])"
    loaded = subprocess.run([sys.executable, "-c", told], check=True, capture_output=True, text=True)
    assert loaded.stdout.strip() == "[]"

"""What the bench of hundreds of pipelines makes of what it sees."""

import json
import os
import socket
from contextlib import closing
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from bench.harness import Figure, slower_than
from bench.scale import __main__ as command
from bench.scale.faults import Look, figures_of
from bench.scale.fleet import is_ready
from bench.scale.limits import AT_500
from bench.scale.part import Outcome
from bench.scale.usage import Mark, connections
from logpipeline import metrics
from logpipeline.telemetry import Telemetry


def looks(*megabytes: float, stalls: int = 0) -> list[Look]:
    return [Look(each, stalls, 0.0) for each in megabytes]


def test_memory_that_only_fills_up_at_first_is_flat() -> None:
    figures = figures_of(looks(100, 150, 180, 199, *[200] * 20))
    assert all(figure.kept for figure in figures)


def test_memory_that_goes_on_growing_misses() -> None:
    growth = next(figure for figure in figures_of(looks(*range(100, 200))) if figure.unit == "%")
    assert not growth.kept


def test_a_single_stall_misses() -> None:
    assert not all(figure.kept for figure in figures_of([*looks(200, stalls=1), *looks(200, stalls=2)]))
    assert all(figure.kept for figure in figures_of(looks(200, 200, stalls=1))), "that of the start"


def test_stalls_are_read_off_the_page_of_metrics() -> None:
    telemetry = Telemetry("test")
    for seconds in (0.0, 0.05, 0.1, 0.101, 3.0):
        telemetry.stalled(seconds)
    assert slower_than(generate_latest(telemetry.registry).decode(), metrics.STALL, 0.1) == 2


def test_connections_to_one_port_are_counted_and_no_others() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server, closing(socket.socket()) as client:
        port = server.getsockname()[1]
        assert connections([os.getpid()], port) == 0, "one that listens is not connected"
        client.connect(("127.0.0.1", port))
        assert connections([os.getpid()], port) == 1


def test_cores_are_processor_time_by_time() -> None:
    assert Mark(20.0, 5.0).cores_since(Mark(10.0, 4.0)) == 0.1


def test_twice_the_pipelines_may_take_twice_as_much_but_no_more_connections() -> None:
    twice = AT_500.times(2)
    assert (twice.megabytes, twice.cores, twice.api_server_cores) == (500, 0.22, 0.08)
    assert twice.connections == AT_500.connections


@pytest.mark.parametrize(("status", "ready"), [("True", True), ("False", False), ("Unknown", False)])
def test_ready_is_what_the_condition_says(status: str, ready: bool) -> None:  # noqa: FBT001
    conditions = [{"type": "Stalled", "status": "True"}, {"type": "Ready", "status": status}]
    assert is_ready({"status": {"conditions": conditions}}) is ready
    assert not is_ready({})


def test_a_part_that_is_run_again_replaces_its_own_result_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "RESULT", tmp_path / "scale.json")
    monkeypatch.setattr(command, "RESULTS", tmp_path)
    for name, value in ((command.Name.FAULTS, 1), (command.Name.STEADY, 2), (command.Name.FAULTS, 3)):
        command.remember(name, Outcome([Figure("it", value, "s")], {}), {"cores": 2})
    known = json.loads((tmp_path / "scale.json").read_text())
    assert {name: part["figures"][0]["value"] for name, part in known.items()} == {"steady": 2, "faults": 3}
    assert list(known) == ["steady", "faults"], "in the order of the parts"


@pytest.mark.parametrize(("value", "code"), [(1.0, 0), (3.0, 1)])
def test_a_missed_limit_fails_the_command(
    value: float, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = Outcome([Figure("it", value, "s", 2.0)], {})
    monkeypatch.setattr(command, "RESULT", tmp_path / "scale.json")
    monkeypatch.setattr(command, "PARTS", {command.Name.STEADY: lambda _: outcome})
    assert command.measure([command.Name.STEADY], 1.0, keep=False) == code
    assert not (tmp_path / "scale.json").exists(), "a quick run keeps no result"

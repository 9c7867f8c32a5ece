"""The order and the errors of a start, with components that are small shell programs."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.cache import Cache
from sandbox.component import Component
from sandbox.errors import ComponentFailedError
from sandbox.layout import Layout, State
from sandbox.lifecycle import Starter, stop_all
from sandbox.locks import exclusive
from sandbox.process import Process, log_tail
from sandbox.progress import Silent
from sandbox.status import ComponentStatus, Condition
from sandbox.versions import Versions

SAYS_READY = "echo ready; exec sleep 60"


@pytest.fixture
def layout(tmp_path: Path) -> Iterator[Layout]:
    state = State(number=10, ports={}, brokers=1)
    layout = Layout(tmp_path, state, Cache(tmp_path / "cache", Versions.pinned()))
    yield layout
    stop_all(layout)


def component(name: str, program: str = SAYS_READY, needs: frozenset[str] = frozenset()) -> Component:
    return Component(
        name=name,
        group="test",
        port=None,
        command=lambda _: ["sh", "-c", program],
        ready=lambda layout: "ready" in log_tail(layout.log_file(name)),
        needs=needs,
    )


def start(layout: Layout, *components: Component) -> None:
    with exclusive(layout.lock_file) as lock:
        Starter(layout, lock, Silent()).start_all(components)


def process(layout: Layout, name: str) -> Process:
    found = Process.recorded_in(layout.pid_file(name))
    assert found is not None
    return found


def test_a_component_starts_when_what_it_needs_is_ready(layout: Layout) -> None:
    log = layout.log_file("first")
    sees = f"grep -q ready {log} && {SAYS_READY}; echo first was not ready; exit 1"

    start(layout, component("second", sees, needs=frozenset({"first"})), component("first"))

    assert process(layout, "second").alive


def test_a_component_that_dies_is_named_with_the_end_of_its_log(layout: Layout) -> None:
    with pytest.raises(ComponentFailedError, match=r"broken ended while[^$]*address already in use"):
        start(layout, component("sound"), component("broken", "echo address already in use; exit 1"))


def test_a_component_that_dies_right_after_it_was_ready_fails_the_start(layout: Layout) -> None:
    waits = f"while ! [ -e {layout.directory}/go ]; do sleep 0.01; done; {SAYS_READY}"
    dies = component("dies", f"echo ready; read -r line <{layout.directory}/end; exit 1")

    def frees_the_other(layout: Layout) -> bool:
        with (layout.directory / "end").open("w") as end:
            end.write("now\n")
        assert process(layout, "dies").wait_for_end(10)
        return True

    os.mkfifo(layout.directory / "end")
    slow = Component(
        "slow", "test", None, lambda _: ["sh", "-c", waits], frees_the_other, needs=frozenset({"dies"})
    )

    with pytest.raises(ComponentFailedError, match="dies ended soon after its start"):
        start(layout, dies, slow)


def test_a_second_start_leaves_what_runs_alone_and_restarts_what_died(layout: Layout) -> None:
    steady, fragile = component("steady"), component("fragile")
    start(layout, steady, fragile)
    before = process(layout, "steady"), process(layout, "fragile")
    before[1].send(signal.SIGKILL)
    assert before[1].wait_for_end(10)
    assert ComponentStatus.of(fragile, layout).condition is Condition.DIED
    assert "ready" in ComponentStatus.of(fragile, layout).log_tail

    start(layout, steady, fragile)

    assert process(layout, "steady") == before[0]
    assert process(layout, "fragile") != before[1]
    assert ComponentStatus.of(fragile, layout).condition is Condition.RUNNING


def test_a_frozen_component_is_woken(layout: Layout) -> None:
    frozen = component("frozen")
    start(layout, frozen)
    process(layout, "frozen").send(signal.SIGSTOP)
    assert process(layout, "frozen").wait_for(signal.SIGSTOP, 10)
    assert ComponentStatus.of(frozen, layout).condition is Condition.FROZEN

    start(layout, frozen)

    assert ComponentStatus.of(frozen, layout).condition is Condition.RUNNING


def test_after_a_stop_nothing_runs_and_nothing_is_remembered(layout: Layout) -> None:
    start(layout, component("etcd"), component("other"))
    processes = [process(layout, "etcd"), process(layout, "other")]

    stop_all(layout)
    stop_all(layout)

    assert not any(p.alive for p in processes)
    assert layout.recorded_components() == []

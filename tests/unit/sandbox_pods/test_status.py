from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.pods.manifest import Pod
from sandbox.pods.state import ContainerRecord, Reason, Running, Terminated, Waiting, ended_run
from sandbox.pods.status import build_status, differs_from, find_phase, recover_record
from tests.unit.sandbox_pods.manifests import container, pod

NOW = datetime(2026, 11, 11, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
CREATING = ContainerRecord(Waiting(Reason.CONTAINER_CREATING))
RUNNING = ContainerRecord(Running(NOW), started=True, ready=True)
DONE = ContainerRecord(ended_run(0, NOW, LATER))
FAILED = ContainerRecord(ended_run(3, NOW, LATER))
CRASH_LOOP = ContainerRecord(Waiting(Reason.CRASH_LOOP), last=ended_run(3, NOW, LATER), restart_count=2)


def conditions(status: dict[str, Any]) -> dict[str, str]:
    return {c["type"]: c["status"] for c in status["conditions"]}


def status_of(described: Pod, record: ContainerRecord, now: datetime = NOW) -> dict[str, Any]:
    return build_status(described, "127.9.0.1", {"main": record}, (), now)


@pytest.mark.parametrize(
    ("init", "main", "phase"),
    [
        (DONE, CREATING, "Pending"),
        (RUNNING, CREATING, "Pending"),
        (DONE, RUNNING, "Running"),
        (DONE, CRASH_LOOP, "Running"),
        (DONE, DONE, "Succeeded"),
        (DONE, FAILED, "Failed"),
        (FAILED, CREATING, "Failed"),
        (CRASH_LOOP, CREATING, "Pending"),
    ],
)
def test_the_phase_tells_how_far_a_pod_is(init: ContainerRecord, main: ContainerRecord, phase: str) -> None:
    described = pod(container(), initContainers=[container("init")])
    assert find_phase(described, {"init": init, "main": main}) == phase


def test_a_pod_is_ready_when_all_its_containers_are() -> None:
    described = pod(container("a"), container("b"))
    half = build_status(described, "127.9.0.1", {"a": RUNNING, "b": replace(RUNNING, ready=False)}, (), NOW)
    whole = build_status(described, "127.9.0.1", {"a": RUNNING, "b": RUNNING}, half["conditions"], LATER)
    assert conditions(half)["Ready"] == "False"
    assert "[b]" in half["conditions"][-1]["message"]
    assert conditions(whole) == {"Initialized": "True", "ContainersReady": "True", "Ready": "True"}


def test_a_condition_keeps_its_time_while_it_does_not_change() -> None:
    first = status_of(pod(), RUNNING)
    second = build_status(pod(), "127.9.0.1", {"main": RUNNING}, first["conditions"], LATER)
    third = build_status(pod(), "127.9.0.1", {"main": CRASH_LOOP}, second["conditions"], LATER)
    times = [s["conditions"][-1]["lastTransitionTime"] for s in (first, second, third)]
    assert times == ["2026-11-11T00:00:00Z", "2026-11-11T00:00:00Z", "2026-11-11T00:05:00Z"]


def test_exit_codes_and_signals_are_told() -> None:
    exited = status_of(pod(), FAILED)["containerStatuses"][0]["state"]["terminated"]
    killed = status_of(pod(), ContainerRecord(ended_run(-15, NOW, LATER)))["containerStatuses"][0]
    assert (exited["exitCode"], exited["reason"], "signal" in exited) == (3, "Error", False)
    assert killed["state"]["terminated"]["exitCode"] == 143
    assert killed["state"]["terminated"]["signal"] == 15


def test_a_crash_loop_shows_the_run_before() -> None:
    status = status_of(pod(), CRASH_LOOP)["containerStatuses"][0]
    assert status["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    assert status["lastState"]["terminated"]["exitCode"] == 3
    assert status["restartCount"] == 2


def test_a_completed_pod_is_not_ready_and_says_it_completed() -> None:
    status = status_of(pod(), DONE)
    assert status["conditions"][-1]["reason"] == "PodCompleted"
    assert conditions(status)["Ready"] == "False"


def recovered(described: Pod, before: ContainerRecord) -> ContainerRecord | None:
    statuses = status_of(described, before)["containerStatuses"]
    return recover_record(described, described.containers[0], statuses, LATER)


def test_a_pod_that_ran_under_a_killed_runner_is_restarted_by_the_next() -> None:
    record = recovered(pod(), RUNNING)
    assert record is not None
    assert record.restart_count == 1
    assert isinstance(record.state, Waiting)
    assert record.last is not None
    assert (record.last.exit_code, record.last.started_at) == (137, NOW)


def test_a_pod_that_never_restarts_has_failed_with_its_runner() -> None:
    record = recovered(pod(restartPolicy="Never"), RUNNING)
    assert record is not None
    assert isinstance(record.state, Terminated)
    assert record.state.exit_code == 137


def test_work_that_was_done_is_not_done_again_by_the_next_runner() -> None:
    record = recovered(pod(restartPolicy="OnFailure"), DONE)
    assert record == DONE


def test_a_crash_loop_goes_on_counting_under_the_next_runner() -> None:
    record = recovered(pod(), CRASH_LOOP)
    assert record is not None
    assert (record.restart_count, record.last) == (2, CRASH_LOOP.last)


def test_a_pod_being_deleted_is_not_restarted_by_the_next_runner() -> None:
    described = pod(metadata={"deletionTimestamp": "2026-11-11T00:00:00Z", "deletionGracePeriodSeconds": 5})
    record = recovered(described, RUNNING)
    assert record is not None
    assert isinstance(record.state, Terminated)


def test_a_pod_without_a_status_is_new() -> None:
    assert recover_record(pod(), pod().containers[0], (), NOW) is None


def test_a_node_that_was_away_finds_its_pods_called_unready() -> None:
    published = status_of(pod(), RUNNING)
    by_controller = [{**c, "status": "False"} if c["type"] == "Ready" else c for c in published["conditions"]]
    assert not differs_from(published, published)
    assert differs_from(published, {**published, "conditions": by_controller})

"""From records of containers to the status of a Pod, and back after a restart of the runner.

Pure: the moment is given. Conditions keep their `lastTransitionTime` while their status
stays, so a status that did not change compares equal and is not written again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from sandbox.pods.images import repository_name
from sandbox.pods.manifest import ContainerSpec, Pod
from sandbox.pods.objects import Json
from sandbox.pods.state import (
    ContainerRecord,
    ContainerState,
    Reason,
    Running,
    Terminated,
    Waiting,
    ended_run,
)

Records = Mapping[str, ContainerRecord]

HOST_ADDRESS = "127.0.0.1"
_KILLED = -9
_RUNNER_CONDITIONS = ("Initialized", "ContainersReady", "Ready")


def build_status(pod: Pod, address: str, records: Records, previous: Sequence[Json], now: datetime) -> Json:
    """The status to patch: phase, addresses, conditions and the status of every container.

    `previous` are the conditions published before; of them only the transition times are used.
    """
    phase = find_phase(pod, records)
    status: Json = {
        "phase": phase,
        "hostIP": HOST_ADDRESS,
        "hostIPs": [{"ip": HOST_ADDRESS}],
        "podIP": address,
        "podIPs": [{"ip": address}],
        "startTime": pod.status.get("startTime") or format_time(now),
        "conditions": _conditions(pod, phase, records, previous, now),
        "containerStatuses": [_container_status(c, pod, records[c.name]) for c in pod.containers],
    }
    if pod.generation is not None:
        status["observedGeneration"] = pod.generation
    if pod.init_containers:
        status["initContainerStatuses"] = [
            _container_status(c, pod, records[c.name]) for c in pod.init_containers
        ]
    return status


def find_phase(pod: Pod, records: Records) -> str:
    """Pending, Running, Succeeded or Failed."""
    init = [records[c.name] for c in pod.init_containers]
    main = [records[c.name] for c in pod.containers]
    if any(_failed_for_good(r) for r in init):
        return "Failed"
    if all(isinstance(r.state, Terminated) for r in main):
        return "Succeeded" if all(r.has_succeeded for r in main) else "Failed"
    if all(r.has_succeeded for r in init) and not any(_never_ran(r) for r in main):
        return "Running"
    return "Pending"


def recover_record(
    pod: Pod, container: ContainerSpec, statuses: Sequence[Json], now: datetime
) -> ContainerRecord | None:
    """What an earlier runner published of a container, carried on; None if it published nothing.

    A container that was running then was ended with that runner: it counts as killed, and if
    its restart policy allows, its next run is a restart.
    """
    published = next((s for s in statuses if s["name"] == container.name), None)
    if published is None:
        return None
    record = ContainerRecord(
        state=Waiting(Reason.CONTAINER_CREATING),
        last=_parse_terminated(published.get("lastState") or {}, now),
        restart_count=published.get("restartCount", 0),
    )
    ended = _parse_terminated(published.get("state") or {}, now)
    if ended is None:
        return record
    if pod.deletion_grace_seconds is None and container.restarts_after(ended.exit_code):
        return replace(record, last=ended, restart_count=record.restart_count + 1)
    return replace(record, state=ended)


def differs_from(published: Json, observed: Json) -> bool:
    """Whether somebody else changed what the runner answers for (a node that was away, a hand)."""
    return published["phase"] != observed.get("phase") or any(
        _condition_status(published, kind) != _condition_status(observed, kind) for kind in _RUNNER_CONDITIONS
    )


def format_time(moment: datetime) -> str:
    """A moment as the Kubernetes API writes it: UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _conditions(
    pod: Pod, phase: str, records: Records, previous: Sequence[Json], now: datetime
) -> list[Json]:
    waiting_init = [c.name for c in pod.init_containers if not records[c.name].has_succeeded]
    unready = [c.name for c in pod.containers if not records[c.name].ready]
    completed = phase == "Succeeded"
    return [
        _condition(
            "Initialized",
            "" if completed or not waiting_init else "ContainersNotInitialized",
            f"containers with incomplete status: [{' '.join(waiting_init)}]",
            previous,
            now,
        ),
        *(
            _condition(
                kind,
                "PodCompleted" if completed else "ContainersNotReady" if unready else "",
                "" if completed else f"containers with unready status: [{' '.join(unready)}]",
                previous,
                now,
            )
            for kind in ("ContainersReady", "Ready")
        ),
    ]


def _condition(kind: str, fault: str, message: str, previous: Sequence[Json], now: datetime) -> Json:
    """A condition that is True unless there is a fault (its reason)."""
    status = "False" if fault else "True"
    before = next((c for c in previous if c["type"] == kind and c["status"] == status), None)
    return {
        "type": kind,
        "status": status,
        "reason": fault or None,
        "message": message if fault and message else None,
        "lastTransitionTime": before["lastTransitionTime"] if before else format_time(now),
    }


def _condition_status(status: Json, kind: str) -> str | None:
    return next((c["status"] for c in status.get("conditions") or () if c["type"] == kind), None)


def _container_status(container: ContainerSpec, pod: Pod, record: ContainerRecord) -> Json:
    status: Json = {
        "name": container.name,
        "image": container.image,
        "imageID": f"sandbox://{repository_name(container.image)}",
        "ready": record.ready,
        "started": record.started,
        "restartCount": record.restart_count,
        "state": _state(record.state),
        "lastState": _state(record.last) if record.last else {},
    }
    if isinstance(record.state, Running | Terminated):
        status["containerID"] = f"sandbox://{pod.uid}/{container.name}/{record.restart_count}"
    return status


def _state(state: ContainerState) -> Json:
    match state:
        case Waiting(reason, message):
            return {"waiting": {"reason": reason.value, **({"message": message} if message else {})}}
        case Running(started_at):
            return {"running": {"startedAt": format_time(started_at)}}
        case Terminated():
            optional: Json = {"signal": state.signal, "message": state.message}
            return {
                "terminated": {
                    "exitCode": state.exit_code,
                    "reason": state.reason.value,
                    "startedAt": format_time(state.started_at),
                    "finishedAt": format_time(state.finished_at),
                    **{key: value for key, value in optional.items() if value},
                }
            }


def _parse_terminated(state: Json, now: datetime) -> Terminated | None:
    if running := state.get("running"):
        return ended_run(_KILLED, _parse_time(running, "startedAt", now), now, "the pod runner was restarted")
    if not (ended := state.get("terminated")):
        return None
    reason = ended.get("reason")
    return Terminated(
        exit_code=ended["exitCode"],
        started_at=_parse_time(ended, "startedAt", now),
        finished_at=_parse_time(ended, "finishedAt", now),
        reason=Reason(reason) if reason in set(Reason) else Reason.ERROR,
        signal=ended.get("signal"),
        message=ended.get("message", ""),
    )


def _parse_time(values: Json, key: str, default: datetime) -> datetime:
    text = values.get(key)
    return datetime.fromisoformat(text) if text else default


def _failed_for_good(record: ContainerRecord) -> bool:
    return isinstance(record.state, Terminated) and record.state.exit_code != 0


def _never_ran(record: ContainerRecord) -> bool:
    return isinstance(record.state, Waiting) and record.last is None

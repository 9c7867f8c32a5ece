"""Why replicas are missing, as Kubernetes tells it."""

from typing import Any

import pytest

from logpipeline.core.sales.causes import cause_of

Json = dict[str, Any]


def pod(*, ready: bool = False, **status: object) -> Json:
    conditions = [{"type": "Ready", "status": "True" if ready else "False"}]
    return {"metadata": {"name": "worker"}, "status": {"conditions": conditions, **status}}


def waiting(reason: str, message: str = "", **more: object) -> Json:
    state = {"waiting": {"reason": reason, **({"message": message} if message else {})}}
    return pod(phase="Pending", containerStatuses=[{"name": "worker", "state": state, **more}])


UNSCHEDULABLE = pod(
    phase="Pending",
    conditions=[
        {
            "type": "PodScheduled",
            "status": "False",
            "reason": "Unschedulable",
            "message": "0/3 nodes are available: 3 Insufficient cpu.",
        }
    ],
)
CRASHED = waiting(
    "CrashLoopBackOff", "back-off 5m0s", lastState={"terminated": {"reason": "OOMKilled", "exitCode": 137}}
)
FULL = {
    "status": {
        "conditions": [
            {
                "type": "ReplicaFailure",
                "status": "True",
                "reason": "FailedCreate",
                "message": 'pods "worker-x" is forbidden: exceeded quota: compute',
            }
        ]
    }
}


@pytest.mark.parametrize(
    ("pods", "owners", "told"),
    [
        (
            [pod(ready=True)] * 2,
            [FULL],
            'No more pods can be made: pods "worker-x" is forbidden: exceeded quota: compute.',
        ),
        (
            [UNSCHEDULABLE] * 4,
            [],
            "4 pods: Unschedulable (0/3 nodes are available: 3 Insufficient cpu).",
        ),
        (
            [waiting("ImagePullBackOff", 'Back-off pulling image "worker:2"')] * 4,
            [],
            '4 pods: ImagePullBackOff (Back-off pulling image "worker:2").',
        ),
        ([CRASHED] * 4, [], "4 pods: CrashLoopBackOff (OOMKilled, exit code 137)."),
        ([pod(ready=True), *[pod()] * 3], [], "3 pods started and not ready yet."),
        ([waiting("ContainerCreating")] * 4, [], "4 pods started and not ready yet."),
        ([pod(ready=True)], [], "3 pods not made yet."),
        ([pod(phase="Failed", reason="Evicted"), *[pod(ready=True)] * 3], [], "1 pod: Evicted."),
        (
            [pod(ready=True)] * 4,
            [],
            "All pods are ready, and their consumers have yet to be dealt partitions.",
        ),
    ],
    ids=["quota", "room", "image", "crash", "slow", "creating", "absent", "evicted", "deal"],
)
def test_a_cause_is_told_in_a_sentence(pods: list[Json], owners: list[Json], told: str) -> None:
    assert cause_of(4, pods, owners) == told


def test_what_hinders_many_comes_before_what_hinders_one_and_before_what_takes_its_time() -> None:
    told = cause_of(8, [pod(), CRASHED, *[UNSCHEDULABLE] * 3], [])
    assert told.index("3 pods: Unschedulable") < told.index("1 pod: CrashLoop") < told.index("not ready yet")


def test_a_pod_that_is_going_is_none() -> None:
    going = {**CRASHED, "metadata": {"deletionTimestamp": "2026-11-11T00:00:00Z"}}
    assert cause_of(1, [going, pod(ready=True)], []).startswith("All pods are ready")


def test_a_long_message_is_cut() -> None:
    assert len(cause_of(1, [waiting("ImagePullBackOff", "layer " * 1_000)], [])) < 300


@pytest.mark.parametrize(
    "odd",
    [{}, {"status": None}, {"status": {"conditions": "none", "containerStatuses": [3, {"state": []}]}}],
)
def test_what_is_written_oddly_is_no_reason_to_fail(odd: Json) -> None:
    assert cause_of(1, [odd], [odd]) == "1 pod started and not ready yet."

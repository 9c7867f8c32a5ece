import pytest

from sandbox.pods.backoff import LIMIT_SECONDS, RestartBackoff
from sandbox.pods.manifest import SERVICE_ACCOUNT_MOUNT, START_DELAY_ANNOTATION, ManifestError
from tests.unit.sandbox_pods.manifests import container, pod


@pytest.mark.parametrize(("text", "seconds"), [("5s", 5), ("1m30s", 90), ("250ms", 0.25), ("0.5s", 0.5)])
def test_a_pod_can_ask_for_its_own_start_delay(text: str, seconds: float) -> None:
    described = pod(metadata={"annotations": {START_DELAY_ANNOTATION: text}})
    assert described.start_delay(default=60) == seconds


def test_without_a_wish_the_runners_start_delay_counts() -> None:
    assert pod().start_delay(default=60) == 60


@pytest.mark.parametrize("text", ["", "5", "five", "5s!"])
def test_a_start_delay_that_is_none_is_named(text: str) -> None:
    with pytest.raises(ManifestError, match=START_DELAY_ANNOTATION):
        pod(metadata={"annotations": {START_DELAY_ANNOTATION: text}}).start_delay(default=0)


@pytest.mark.parametrize(
    ("policy", "after_success", "after_failure"),
    [("Always", True, True), ("OnFailure", False, True), ("Never", False, False)],
)
def test_the_restart_policy_decides(policy: str, *, after_success: bool, after_failure: bool) -> None:
    (main,) = pod(restartPolicy=policy).containers
    assert (main.restarts_after(0), main.restarts_after(1)) == (after_success, after_failure)


def test_an_init_container_that_succeeded_is_done_even_where_the_pod_always_restarts() -> None:
    (init,) = pod(restartPolicy="Always", initContainers=[container("init")]).init_containers
    assert (init.restarts_after(0), init.restarts_after(1)) == (False, True)


def test_a_pod_without_the_token_mount_has_no_rights() -> None:
    mounts = [{"name": "kube-api-access-x", "mountPath": SERVICE_ACCOUNT_MOUNT}]
    described = pod(container("with", volumeMounts=mounts), container("without"))
    assert [c.has_service_account for c in described.containers] == [True, False]


def test_a_deleted_pods_grace_period_is_that_of_the_deletion() -> None:
    ending = {"deletionTimestamp": "2026-11-11T00:00:00Z", "deletionGracePeriodSeconds": 7}
    assert pod().deletion_grace_seconds is None
    assert pod(metadata=ending).deletion_grace_seconds == 7


def test_restarts_come_slower_up_to_a_limit_and_quickly_again_after_health() -> None:
    backoff = RestartBackoff()
    delays = [backoff.delay_after(ran_seconds=0.1) for _ in range(8)]
    assert delays[:3] == [1, 2, 4]
    assert delays[-1] == LIMIT_SECONDS
    assert backoff.delay_after(ran_seconds=61) == 1

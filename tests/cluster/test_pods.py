"""Pods that are processes behave, for whoever talks to the API server, as pods in containers do."""

import json
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from sandbox.pods.orphans import marked_processes
from sandbox.sandbox import Sandbox
from tests.kubectl import Kubectl

pytestmark = pytest.mark.cluster

Json = dict[str, Any]
T = TypeVar("T")

DEADLINE_SECONDS = 60.0

WEB = """
import http.server, os, signal, sys
signal.signal(signal.SIGTERM, lambda *_: (print("asked to end", flush=True), sys.exit(0)))
print("serving", os.environ.get("WORD"), flush=True)
http.server.HTTPServer((os.environ["POD_IP"], 8080), http.server.SimpleHTTPRequestHandler).serve_forever()
"""
POD_IP = {"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}
READINESS = {"httpGet": {"port": "http", "path": "/"}, "periodSeconds": 60}


def python(script: str, **fields: object) -> Json:
    """A container that runs a small Python program."""
    return {"name": "main", "image": "example/sandbox-python:1", "args": ["-S", "-c", script], **fields}


def shell(script: str, **fields: object) -> Json:
    return {"name": "main", "image": "sandbox-python", "command": ["sh", "-c", script], **fields}


def web(**fields: object) -> Json:
    ports = [{"name": "http", "containerPort": 8080}]
    return python(WEB, ports=ports, **{"env": [POD_IP], "readinessProbe": READINESS, **fields})


def pod(container: Json, **spec: object) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "it"},
        "spec": {"nodeSelector": {"logpipeline.io/runner": "true"}, "containers": [container], **spec},
    }


def deployment(container: Json, replicas: int) -> Json:
    labels = {"app": "it"}
    template = {"metadata": {"labels": labels}, "spec": pod(container)["spec"]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "it"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template},
    }


def eventually(observe: Callable[[], T], is_so: Callable[[T], bool]) -> T:
    """Observe until it is so; fail with what was seen last."""
    end = time.monotonic() + DEADLINE_SECONDS
    while not is_so(seen := observe()):
        assert time.monotonic() < end, f"not within {DEADLINE_SECONDS:g} s; last seen: {seen}"
        time.sleep(0.05)
    return seen


class Namespace:
    """One test's namespace."""

    def __init__(self, kubectl: Kubectl, name: str, state: Path) -> None:
        self.kubectl = kubectl
        self.name = name
        self.state = state

    def run(self, *arguments: str, check: bool = True) -> str:
        done = self.kubectl(*arguments, namespace=self.name, check=check)
        return done.stdout + done.stderr

    def apply(self, manifest: Json) -> None:
        self.kubectl.apply(manifest, self.name)

    def container(self) -> Json:
        """The status of the test pod's container; empty before there is one."""
        status = self.kubectl.get("pod", "it", namespace=self.name).get("status", {})
        return dict(next(iter(status.get("containerStatuses") or ()), {}))

    def waits_because(self, reason: str) -> str:
        """Wait until the container waits for a reason; its message."""
        seen = eventually(self.container, lambda c: waiting(c).get("reason") == reason)
        return str(waiting(seen)["message"])

    def becomes(self, condition: str, kind: str = "pod/it") -> None:
        self.run("wait", f"--for={condition}", "--timeout=60s", kind)

    def processes(self) -> list[int]:
        """The processes of this namespace's pods."""
        return [pid for pid in marked_processes(self.state) if self.name in _directory(pid)]

    def log(self) -> str:
        return "".join(file.read_text() for file in self.state.glob(f"{self.name}_*/main.log"))


def waiting(container: Json) -> Json:
    return dict(container.get("state", {}).get("waiting") or {})


def _directory(pid: int) -> str:
    try:
        return str(Path(f"/proc/{pid}/cwd").readlink())
    except OSError:
        return ""


@pytest.fixture
def here(cluster: Sandbox, kubectl: Kubectl, namespace: str) -> Namespace:
    return Namespace(kubectl, namespace, cluster.layout.folder("pods"))


def test_twenty_consumers_start_and_eighteen_leave_when_told(here: Namespace) -> None:
    here.apply(deployment(web(), replicas=20))
    here.becomes("jsonpath={.status.readyReplicas}=20", "deployment/it")
    assert len(here.processes()) == 20
    here.run("scale", "deployment/it", "--replicas=2")
    eventually(here.processes, lambda found: len(found) == 2)
    eventually(lambda: here.run("get", "pods", "-o", "name").split(), lambda names: len(names) == 2)
    assert here.log().count("asked to end") == 18


def test_every_pod_has_an_address_of_its_own(here: Namespace) -> None:
    here.apply(deployment(web(), replicas=3))
    here.becomes("jsonpath={.status.readyReplicas}=3", "deployment/it")
    addresses = here.run("get", "pods", "-o", "jsonpath={.items[*].status.podIP}").split()
    assert len(set(addresses)) == 3
    assert all(address.startswith("127.") for address in addresses)


def test_a_program_that_crashes_is_restarted_ever_more_slowly(here: Namespace) -> None:
    here.apply(pod(python("raise SystemExit(3)")))
    eventually(here.container, lambda c: c.get("restartCount", 0) >= 2)
    assert "back-off 4s" in here.waits_because("CrashLoopBackOff")
    assert here.container()["lastState"]["terminated"]["exitCode"] == 3


def test_a_program_that_will_not_end_is_ended_after_its_grace_period(here: Namespace) -> None:
    here.apply(pod(shell("trap '' TERM; echo up; while :; do sleep 0.1; done")))
    eventually(here.log, lambda log: "up" in log)
    here.run("delete", "pod/it", "--grace-period=1", "--wait=true")
    assert here.processes() == []


def test_a_program_has_its_grace_period_to_finish_its_work(here: Namespace) -> None:
    here.apply(pod(shell("trap 'sleep 1; echo drained; exit 0' TERM; echo up; while :; do sleep 0.1; done")))
    eventually(here.log, lambda log: "up" in log)
    here.run("delete", "pod/it", "--wait=true")
    assert "drained" in here.log()


def test_a_forced_deletion_ends_the_process_too(here: Namespace) -> None:
    here.apply(pod(shell("trap '' TERM; echo up; while :; do sleep 0.1; done")))
    eventually(here.log, lambda log: "up" in log)
    here.run("delete", "pod/it", "--force", "--grace-period=0")
    eventually(here.processes, lambda found: found == [])


def test_a_program_that_hangs_is_restarted_by_its_liveness_probe(here: Namespace) -> None:
    liveness = {"exec": {"command": ["test", "!", "-e", "hung"]}, "periodSeconds": 1, "failureThreshold": 1}
    here.apply(pod(shell("touch hung; exec sleep 1000", livenessProbe=liveness)))
    restarted = eventually(here.container, lambda c: c.get("restartCount", 0) >= 1)
    ended = restarted["lastState"]["terminated"]
    assert (ended["exitCode"], ended["signal"]) == (143, 15)
    assert "liveness" in ended["message"]


def test_a_pod_waits_for_its_secret_and_starts_when_it_comes(here: Namespace) -> None:
    word = {"name": "WORD", "valueFrom": {"secretKeyRef": {"name": "late", "key": "word"}}}
    here.apply(pod(web(env=[POD_IP, word])))
    assert "Secret 'late' not found" in here.waits_because("CreateContainerConfigError")
    here.run("create", "secret", "generic", "late", "--from-literal=word=plugh")
    here.becomes("condition=Ready")
    assert "serving plugh" in here.run("logs", "it")


def test_files_of_a_config_map_are_where_the_pod_says(here: Namespace) -> None:
    here.run("create", "configmap", "settings", "--from-literal=settings.ini=rate=10")
    mounts = [{"name": "settings", "mountPath": "/etc/app"}]
    container = shell('cat /etc/app/settings.ini "$MOUNT_SETTINGS"/settings.ini', volumeMounts=mounts)
    volumes = [{"name": "settings", "configMap": {"name": "settings"}}]
    here.apply(pod(container, volumes=volumes, restartPolicy="Never"))
    here.becomes("jsonpath={.status.phase}=Succeeded")
    assert here.log() == "rate=10rate=10"


def test_init_containers_come_first_and_one_that_fails_stops_the_pod(here: Namespace) -> None:
    init = [{**shell("echo first"), "name": "one"}, {**shell("exit 4"), "name": "two"}]
    here.apply(pod(shell("echo never"), initContainers=init, restartPolicy="Never"))
    here.becomes("jsonpath={.status.phase}=Failed")
    assert here.log() == ""
    assert here.run("logs", "it", "-c", "one") == "first\n"


def test_an_unknown_image_names_the_table_to_change(here: Namespace) -> None:
    here.apply(pod(web(image="nginx:1.22")))
    assert "sandbox/pods/images.py" in here.waits_because("ImagePullBackOff")


def test_a_process_may_do_what_rbac_gives_its_service_account_and_no_more(
    here: Namespace, cluster: Sandbox
) -> None:
    here.run("create", "serviceaccount", "reader")
    here.run("create", "role", "reader", "--verb=get", "--resource=configmaps")
    here.run("create", "rolebinding", "reader", "--role=reader", f"--serviceaccount={here.name}:reader")
    kubectl = cluster.binary("kubectl")
    script = f"{kubectl} get configmap/kube-root-ca.crt -o name; {kubectl} get secrets; {kubectl} auth whoami"
    here.apply(pod(shell(script), serviceAccountName="reader", restartPolicy="Never"))
    here.becomes("jsonpath={.status.phase}=Succeeded")
    said = here.log()
    assert "configmap/kube-root-ca.crt" in said
    assert "secrets is forbidden" in said
    assert f"system:serviceaccount:{here.name}:reader" in said


def test_a_pod_that_wants_no_token_has_none(here: Namespace) -> None:
    container = shell('echo "config=$KUBECONFIG"')
    here.apply(pod(container, automountServiceAccountToken=False, restartPolicy="Never"))
    here.becomes("jsonpath={.status.phase}=Succeeded")
    assert here.log() == "config=\n"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_runner_that_ends_leaves_no_orphans_and_its_pods_come_back(
    here: Namespace, cluster: Sandbox, number: signal.Signals
) -> None:
    slow = {**shell("trap 'sleep 1; exit 0' TERM; while :; do sleep 0.1; done"), "name": "slow"}
    here.apply(pod(web(), containers=[web(), slow]))
    here.becomes("condition=Ready")
    address = here.run("get", "pod/it", "-o", "jsonpath={.status.podIP}")
    cluster.stop("podrunner", number)
    try:
        eventually(here.processes, lambda found: found == [])
    finally:
        cluster.start("podrunner")
    eventually(here.container, lambda c: c["restartCount"] == 1 and c["ready"])
    assert here.run("get", "pod/it", "-o", "jsonpath={.status.podIP}") == address


def test_a_node_that_was_called_lost_and_its_pods_are_well_again(here: Namespace) -> None:
    """What the node lifecycle controller writes after an absence, without waiting for one."""
    here.apply(pod(web()))
    here.becomes("condition=Ready")
    lost = json.dumps({"status": {"conditions": [{"type": "Ready", "status": "False"}]}})
    here.run("patch", "pod/it", "--subresource=status", "-p", lost)
    here.run("patch", "node/runner", "--subresource=status", "-p", lost)
    here.becomes("condition=Ready")
    here.becomes("condition=Ready", "node/runner")

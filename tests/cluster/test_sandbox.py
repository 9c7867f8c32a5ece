"""The sandbox itself: beginning, faults and end, on real processes."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from sandbox.components.podrunner import OWNER_VARIABLE
from sandbox.errors import ComponentFailedError
from sandbox.process import Process, with_environment
from sandbox.sandbox import Sandbox
from sandbox.status import Condition
from tests.kubectl import Kubectl

pytestmark = pytest.mark.cluster

REPOSITORY = Path(__file__).parents[2]
STARTED_BY = "SANDBOX_STARTED_BY_TEST"
DEADLINE_SECONDS = 120.0
ANSWER_SECONDS = 5.0


@pytest.fixture
def mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A value that every process started by this test has in its environment."""
    monkeypatch.setenv(STARTED_BY, str(tmp_path))
    return str(tmp_path)


@pytest.fixture
def new_sandbox(tmp_path: Path, mark: str) -> Iterator[Callable[..., Sandbox]]:
    """Makes sandboxes, and ends them after the test."""
    made: list[Sandbox] = []

    def make(name: str, *components: str, brokers: int = 1) -> Sandbox:
        made.append(Sandbox(tmp_path / name, components, brokers=brokers))
        return made[-1]

    yield make
    for sandbox in made:
        sandbox.down(wipe=True)
    assert started(mark) == []


def started(mark: str) -> list[Process]:
    own = os.getpid()
    return [p for p in with_environment(STARTED_BY, mark) if p.alive and p.pid != own]


def create_topic(bootstrap: str, topic: NewTopic) -> None:
    """Create it, by a new client each time: one was seen to wait for a controller that had died for ever."""
    give_up = monotonic() + DEADLINE_SECONDS
    while True:
        client = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
        try:
            client.create_topics([topic], request_timeout=ANSWER_SECONDS)[topic.topic].result(
                DEADLINE_SECONDS
            )
        except KafkaException as failure:
            known = (
                failure.args[0].code() == KafkaError.TOPIC_ALREADY_EXISTS
            )  # the client before asked for it
            if not known and monotonic() < give_up:
                continue
            if not known:
                raise
        return


def process(sandbox: Sandbox, component: str) -> Process:
    found = Process.recorded_in(sandbox.layout.pid_file(component))
    assert found is not None
    return found


def conditions(sandbox: Sandbox) -> dict[str, Condition]:
    return {component.name: component.condition for component in sandbox.status()}


def administrator(sandbox: Sandbox) -> Kubectl:
    return Kubectl(sandbox.binary("kubectl"), sandbox.kubeconfig)


def end_offset(bootstrap: str, topic: str) -> int:
    """The log end offset of the topic's only partition."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "test"})
    try:
        return int(consumer.get_watermark_offsets(TopicPartition(topic, 0), DEADLINE_SECONDS)[1])
    finally:
        consumer.close()


def test_two_sandboxes_side_by_side_do_not_see_one_another(new_sandbox: Callable[..., Sandbox]) -> None:
    one = new_sandbox("one", "kube-apiserver", "redis")
    two = new_sandbox("two", "kube-apiserver", "redis")

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(Sandbox.up, [one, two]))

    assert set(one.layout.state.ports.values()).isdisjoint(two.layout.state.ports.values())
    assert one.layout.pod_network != two.layout.pod_network
    administrator(one)("create", "configmap", "only-here")
    assert administrator(two)("get", "configmap", "only-here", check=False).returncode != 0

    one.down()

    assert set(conditions(one).values()) == {Condition.STOPPED}
    assert set(conditions(two).values()) == {Condition.RUNNING}


def test_what_was_written_is_still_there_after_down_and_up(new_sandbox: Callable[..., Sandbox]) -> None:
    sandbox = new_sandbox("one", "kube-apiserver")
    sandbox.up()
    administrator(sandbox)("create", "configmap", "kept")
    sandbox.down()

    sandbox.up()

    assert administrator(sandbox)("get", "configmap", "kept").returncode == 0


def test_a_second_up_changes_nothing(new_sandbox: Callable[..., Sandbox]) -> None:
    sandbox = new_sandbox("one", "redis", "alertmanager", "prometheus")
    sandbox.up()
    before = sandbox.status()

    sandbox.up()

    assert sandbox.status() == before
    assert {component.condition for component in before} == {Condition.RUNNING}


@pytest.mark.parametrize(
    ("moment", "how"),
    [
        ("etcd", signal.SIGKILL),
        ("kafka-0", signal.SIGKILL),
        ("kube-apiserver", signal.SIGINT),
        ("redis", signal.SIGTERM),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_an_interrupted_up_is_ended_by_down_and_mended_by_up(
    new_sandbox: Callable[..., Sandbox], mark: str, moment: str, how: signal.Signals
) -> None:
    sandbox = new_sandbox("one", "kube-apiserver", "kafka", "redis")
    directory = Path(mark) / "one"
    command = [
        sys.executable,
        "-m",
        "sandbox",
        "up",
        f"--dir={directory}",
        "--only=kube-apiserver,kafka,redis",
    ]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=REPOSITORY, text=True
    ) as up:
        assert up.stderr is not None
        next(line for line in up.stderr if f"{moment} " in line)
        up.send_signal(how)

    sandbox.down()
    assert started(mark) == []

    sandbox.up()
    assert set(conditions(sandbox).values()) == {Condition.RUNNING}


def test_a_component_that_dies_is_named_with_its_log_and_up_starts_it_again(
    new_sandbox: Callable[..., Sandbox],
) -> None:
    sandbox = new_sandbox("one", "redis", "alertmanager")
    sandbox.up()
    address = sandbox.redis_url

    sandbox.stop("redis", signal.SIGKILL)

    died = next(component for component in sandbox.status() if component.name == "redis")
    assert died.condition is Condition.DIED
    assert "Ready to accept connections" in died.log_tail
    assert conditions(sandbox)["alertmanager"] is Condition.RUNNING
    sandbox.up()
    assert conditions(sandbox)["redis"] is Condition.RUNNING
    assert sandbox.redis_url == address


def test_a_component_that_cannot_start_is_named_with_the_reason(new_sandbox: Callable[..., Sandbox]) -> None:
    sandbox = new_sandbox("one", "redis")
    sandbox.up()
    sandbox.down()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", sandbox.layout.port("redis")))
        other.listen()

        with pytest.raises(ComponentFailedError, match=r"redis ended[^$]*Address already in use"):
            sandbox.up()


def test_kafka_comes_back_from_a_kill_on_the_same_port_with_its_records(
    new_sandbox: Callable[..., Sandbox],
) -> None:
    sandbox = new_sandbox("one", "kafka")
    sandbox.up()
    client = AdminClient({"bootstrap.servers": sandbox.kafka_bootstrap})
    client.create_topics([NewTopic("access-log", 1)])["access-log"].result(DEADLINE_SECONDS)
    producer = Producer({"bootstrap.servers": sandbox.kafka_bootstrap})
    producer.produce("access-log", b"record")
    assert producer.flush(DEADLINE_SECONDS) == 0

    sandbox.stop("kafka", signal.SIGKILL)
    assert conditions(sandbox)["kafka-0"] is Condition.DIED
    sandbox.start("kafka")

    assert end_offset(sandbox.kafka_bootstrap, "access-log") == 1


def test_of_three_brokers_one_may_die(new_sandbox: Callable[..., Sandbox]) -> None:
    sandbox = new_sandbox("one", "kafka", brokers=3)
    sandbox.up()

    sandbox.stop("kafka-0", signal.SIGKILL)

    create_topic(sandbox.kafka_bootstrap, NewTopic("access-log", 1, replication_factor=2))
    assert conditions(sandbox) == {
        "kafka-0": Condition.DIED,
        "kafka-1": Condition.RUNNING,
        "kafka-2": Condition.RUNNING,
    }
    sandbox.stop("kafka", signal.SIGKILL)  # without a majority they would end only at the deadline


def test_a_frozen_redis_is_ended_by_down(new_sandbox: Callable[..., Sandbox], mark: str) -> None:
    sandbox = new_sandbox("one", "redis")
    sandbox.up()
    sandbox.stop("redis", signal.SIGSTOP)
    assert conditions(sandbox)["redis"] is Condition.FROZEN

    sandbox.down()

    assert started(mark) == []


def test_the_audit_log_says_who_wrote(new_sandbox: Callable[..., Sandbox]) -> None:
    sandbox = new_sandbox("one", "kube-apiserver")
    sandbox.up()
    administrator(sandbox)("create", "configmap", "written")
    administrator(sandbox)("get", "configmap", "written")

    entries = [json.loads(line) for line in sandbox.audit_log.read_text().splitlines()]

    of_ours = [entry for entry in entries if entry["objectRef"].get("name") == "written"]
    assert [(entry["verb"], entry["user"]["username"]) for entry in of_ours] == [("create", "sandbox-admin")]


def test_down_ends_the_processes_of_pods_whose_runner_was_killed(
    new_sandbox: Callable[..., Sandbox], mark: str
) -> None:
    sandbox = new_sandbox("one", "podrunner", "kube-scheduler", "kube-controller-manager")
    sandbox.up()
    container = {"name": "main", "image": "sandbox-python", "args": ["-c", "import time; time.sleep(600)"]}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "sleeper"},
        "spec": {"containers": [container]},
    }
    kubectl = administrator(sandbox)
    kubectl.apply(pod, "default")
    kubectl("wait", "--for=condition=Ready", "--timeout=30s", "pod/sleeper")
    directory = str(Path(mark) / "one")
    assert with_environment(OWNER_VARIABLE, directory) != []

    sandbox.stop("podrunner", signal.SIGKILL)
    sandbox.down()

    assert not any(left.alive for left in with_environment(OWNER_VARIABLE, directory))

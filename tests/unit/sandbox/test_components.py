"""How the components are configured."""

import json
from pathlib import Path

import pytest

from sandbox.cache import Cache
from sandbox.component import Component
from sandbox.components import catalogue, port_names
from sandbox.layout import Layout, State
from sandbox.versions import Versions

BROKERS = 3


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    programs = tmp_path / "path"
    programs.mkdir()
    for name in ("java", "redis-server", "prometheus", "prometheus-alertmanager"):
        (programs / name).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(programs))
    ports = {name: 20_000 + index for index, name in enumerate(port_names(BROKERS))}
    state = State(number=17, ports=ports, brokers=BROKERS, start_delay_seconds=2.5)
    return Layout(tmp_path / "sandbox", state, Cache(tmp_path / "cache", Versions.pinned()))


def component(name: str) -> Component:
    return next(component for component in catalogue(BROKERS) if component.name == name)


@pytest.mark.parametrize("name", [component.name for component in catalogue(BROKERS)])
def test_each_component_listens_on_ports_of_this_sandbox_alone(layout: Layout, name: str) -> None:
    component(name).prepare(layout)
    command = component(name).command(layout)

    port = component(name).port
    written = " ".join(command) + "".join(f.read_text() for f in layout.data(name).iterdir() if f.is_file())
    assert port is None or str(layout.port(port)) in written


def test_all_brokers_of_a_sandbox_vote_and_are_of_one_cluster(layout: Layout) -> None:
    identities = set()
    for node in range(BROKERS):
        broker = component(f"kafka-{node}")
        broker.prepare(layout)
        settings = (layout.data(broker.name) / "server.properties").read_text()
        assert f"node.id={node}\n" in settings
        assert "auto.create.topics.enable=false" in settings
        voters = ",".join(
            f"{voter}@{layout.address(f'kafka-{voter}-controller')}" for voter in range(BROKERS)
        )
        assert f"controller.quorum.voters={voters}\n" in settings
        assert broker.initialise is not None
        identities |= {part for part in broker.initialise(layout) if part.startswith("--cluster-id=")}

    assert len(identities) == 1


def test_an_interrupted_formatting_is_cleared_away_and_a_finished_one_is_not(layout: Layout) -> None:
    broker = component("kafka-0")
    half = layout.folder("data", "kafka-0", "log") / "meta.properties"

    half.touch()
    broker.prepare(layout)
    assert not half.exists()

    layout.folder("data", "kafka-0", "log")
    half.touch()
    layout.initialised("kafka-0").touch()
    broker.prepare(layout)
    assert half.exists()


def test_the_audit_log_records_writes_and_what_pods_read_but_no_heartbeats(layout: Layout) -> None:
    component("kube-apiserver").prepare(layout)
    policy = json.loads((layout.data("kube-apiserver") / "audit-policy.json").read_text())

    assert policy["rules"] == [
        {"level": "None", "namespaces": ["kube-node-lease"]},
        {"level": "Metadata", "verbs": ["create", "update", "patch", "delete", "deletecollection"]},
        {"level": "None", "userGroups": ["system:serviceaccounts:kube-system"]},
        {"level": "Metadata", "userGroups": ["system:serviceaccounts"]},
        {"level": "None"},
    ]


def test_no_controller_puts_loopback_addresses_into_endpoint_slices(layout: Layout) -> None:
    command = component("kube-controller-manager").command(layout)

    enabled = next(part for part in command if part.startswith("--controllers="))
    assert "-endpointslice-controller" in enabled.split(",")


def test_kwok_leaves_the_node_of_the_pod_runner_alone(layout: Layout) -> None:
    command = component("kwok").command(layout)

    assert "--manage-all-nodes=false" in command
    assert "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake" in command


def test_pods_are_told_where_kafka_and_redis_are(layout: Layout) -> None:
    runner = component("podrunner")
    runner.prepare(layout)
    command = runner.command(layout)

    file = next(part.partition("=")[2] for part in command if part.startswith("--cluster-env="))
    variables = dict(line.split("=", 1) for line in Path(file).read_text().splitlines())
    assert variables["KAFKA_BOOTSTRAP"] == layout.kafka_bootstrap
    assert variables["REDIS_URL"] == layout.redis_url
    assert "--pod-cidr=127.17.0.0/16" in command
    assert "--start-delay=2.5" in command

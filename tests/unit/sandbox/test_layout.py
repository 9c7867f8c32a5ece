from pathlib import Path

import pytest

from sandbox.cache import Cache
from sandbox.errors import SandboxError
from sandbox.layout import Layout, State
from sandbox.versions import Versions

STATE = State(
    number=17,
    ports={
        "kafka-0": 20_001,
        "kafka-1": 20_002,
        "redis": 20_003,
        "prometheus": 20_004,
        "alertmanager": 20_005,
    },
    brokers=2,
    start_delay_seconds=1.5,
    components=("kafka-0", "kafka-1", "redis"),
)


def layout(directory: Path) -> Layout:
    return Layout(directory, STATE, Cache(directory / "cache", Versions.pinned()))


def test_ports_are_remembered_from_one_command_to_the_next(tmp_path: Path) -> None:
    STATE.save(tmp_path / "sandbox.json")

    assert State.load(tmp_path / "sandbox.json") == STATE
    assert State.load(tmp_path / "absent.json") is None


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"components": [], "unknown": 1}'])
def test_a_state_that_cannot_be_read_is_an_error_that_says_what_to_do(tmp_path: Path, content: str) -> None:
    (tmp_path / "sandbox.json").write_text(content)

    with pytest.raises(SandboxError, match="down --wipe"):
        State.load(tmp_path / "sandbox.json")


def test_clients_are_given_all_brokers(tmp_path: Path) -> None:
    assert layout(tmp_path).kafka_bootstrap == "127.0.0.1:20001,127.0.0.1:20002"


def test_pods_have_a_network_of_this_sandbox_alone(tmp_path: Path) -> None:
    assert layout(tmp_path).pod_network == "127.17.0.0/16"


def test_the_sandbox_comes_first_in_the_path_of_a_shell(tmp_path: Path) -> None:
    environment = layout(tmp_path).shell_environment()

    assert environment["PATH"].startswith(f"{tmp_path}/bin:")
    assert environment["KUBECONFIG"] == f"{tmp_path}/admin.kubeconfig"
    assert environment["REDIS_URL"] == "redis://127.0.0.1:20003/0"

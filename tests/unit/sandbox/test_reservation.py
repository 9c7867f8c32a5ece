import shutil
import socket
from pathlib import Path

import pytest

from sandbox.components import port_names
from sandbox.errors import SandboxError
from sandbox.reservation import FIRST_PORT, NUMBERS, PORTS_EACH, choose_ports, release, reserve

EPHEMERAL = 32_768  # where Linux begins to take ports for outgoing connections


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    folder = tmp_path / "registry"
    folder.mkdir()
    return folder


def directory(tmp_path: Path, name: str) -> Path:
    path = tmp_path / name
    path.mkdir(exist_ok=True)
    return path


def test_two_sandboxes_have_two_numbers_and_each_keeps_its_own(tmp_path: Path, registry: Path) -> None:
    one, two = directory(tmp_path, "one"), directory(tmp_path, "two")

    numbers = [reserve(one, registry), reserve(two, registry), reserve(one, registry)]

    assert numbers == [10, 11, 10]


def test_the_number_of_a_deleted_sandbox_is_given_again(tmp_path: Path, registry: Path) -> None:
    one, two = directory(tmp_path, "one"), directory(tmp_path, "two")
    reserve(one, registry)
    shutil.rmtree(one)

    assert reserve(two, registry) == 10


def test_a_number_given_back_is_free(tmp_path: Path, registry: Path) -> None:
    one, two = directory(tmp_path, "one"), directory(tmp_path, "two")
    reserve(one, registry)
    release(one, registry)

    assert reserve(two, registry) == 10


def test_a_sandbox_gets_its_old_number_back_when_the_registry_was_lost(
    tmp_path: Path, registry: Path
) -> None:
    assert reserve(directory(tmp_path, "one"), registry, preferred=42) == 42
    assert reserve(directory(tmp_path, "two"), registry, preferred=42) == 10, "another sandbox has it by now"


def test_when_all_numbers_are_taken_the_error_says_what_to_do(tmp_path: Path, registry: Path) -> None:
    for number in NUMBERS:
        (registry / str(number)).symlink_to(tmp_path)

    with pytest.raises(SandboxError, match="down --wipe"):
        reserve(directory(tmp_path, "one-more"), registry)


def test_a_port_that_somebody_listens_on_is_left_out() -> None:
    free = choose_ports(250, ["redis"])["redis"]
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", free))
        listener.listen()

        assert choose_ports(250, ["redis"])["redis"] > free


def test_the_largest_sandbox_fits_in_its_block_below_the_ports_of_outgoing_connections() -> None:
    assert len(port_names(brokers=9)) <= PORTS_EACH
    assert FIRST_PORT + len(NUMBERS) * PORTS_EACH < EPHEMERAL


def test_too_few_free_ports_is_said_by_name() -> None:
    with pytest.raises(SandboxError, match="one-too-many"):
        choose_ports(250, [*(f"port-{n}" for n in range(PORTS_EACH)), "one-too-many"])

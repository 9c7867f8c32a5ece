import os
from pathlib import Path

import pytest

from sandbox import tools
from sandbox.errors import SandboxError
from sandbox.progress import Silent


@pytest.fixture
def empty_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(tools, "SEARCH_PATH", str(tmp_path))
    return tmp_path


@pytest.mark.usefixtures("empty_path")
def test_a_missing_program_is_named_with_the_one_line_that_installs_it() -> None:
    with pytest.raises(
        SandboxError, match=r"redis-server, mvn\. Install with: sudo apt-get .* redis-server maven$"
    ):
        tools.install_missing(["redis-server", "mvn", "redis-server"], Silent())


def test_root_installs_what_is_missing_without_starting_its_service(
    empty_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apt = empty_path / "apt-get"
    apt.write_text(f'#!/bin/sh\necho "runlevel $RUNLEVEL: $*" >>{empty_path}/calls\n')
    apt.chmod(0o755)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(tools, "_end_services", list)

    tools.install_missing(["redis-server"], Silent())

    update, install = (empty_path / "calls").read_text().splitlines()
    assert update == "runlevel 1: -q update"
    assert install == "runlevel 1: -q install --yes --no-install-recommends redis-server"


def test_an_installation_waits_for_another_that_is_under_way(
    empty_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apt, locked = empty_path / "apt-get", empty_path / "locked"
    refusal = "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 7 (apt-get)"
    apt.write_text(
        f'#!/bin/sh\necho "$*" >>{empty_path}/calls\n'
        f'if [ -e {locked} ]; then /bin/rm {locked}; echo "{refusal}" >&2; exit 100; fi\n'
    )
    apt.chmod(0o755)
    locked.touch()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(tools, "_end_services", list)
    monkeypatch.setattr(tools, "_ASK_AGAIN_SECONDS", 0.01)

    tools.install_missing(["redis-server"], Silent())

    calls = [call.split()[1] for call in (empty_path / "calls").read_text().splitlines()]
    assert calls == ["update", "update", "install"]


def test_debians_old_go_is_refused_before_it_fails_in_the_middle() -> None:
    with pytest.raises(SandboxError, match=r"Go 1\.24 or newer is needed .* 1\.19\.8 is installed"):
        tools.check_go("go version go1.19.8 linux/amd64")

    tools.check_go("go version go1.24 linux/amd64")
    tools.check_go("go version go1.26.1 linux/amd64")


def test_a_java_too_old_for_kafka_is_refused() -> None:
    with pytest.raises(SandboxError, match="Java 17 or newer"):
        tools.check_java('openjdk version "11.0.22" 2024-01-16')

    tools.check_java('openjdk version "17.0.15" 2025-04-15')
    tools.check_java('openjdk version "21" 2023-09-19')

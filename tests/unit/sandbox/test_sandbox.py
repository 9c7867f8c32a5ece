"""What a sandbox does with its directory before and after anything runs."""

from pathlib import Path

import pytest

from sandbox import reservation, tools
from sandbox.cache import Cache
from sandbox.errors import ComponentFailedError, SandboxError
from sandbox.layout import State
from sandbox.sandbox import Sandbox
from sandbox.versions import Versions


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cache:
    """A cache beside a redis-server that fails at once, and a registry of sandboxes for this test alone."""
    server = tmp_path / "path" / "redis-server"
    server.parent.mkdir()
    server.write_text("#!/bin/sh\necho no memory left\nexit 1\n")
    server.chmod(0o755)
    registry = tmp_path / "registry"
    registry.mkdir()
    monkeypatch.setattr(tools, "SEARCH_PATH", "")
    monkeypatch.setenv("PATH", str(server.parent), prepend=":")
    monkeypatch.setattr(reservation, "registry", lambda: registry)
    return Cache(tmp_path / "cache", Versions.pinned())


def redis_in(directory: Path, cache: Cache) -> Sandbox:
    return Sandbox(directory, ["redis"], cache=cache)


def test_a_folder_with_other_things_in_it_is_not_made_a_sandbox(tmp_path: Path, cache: Cache) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "letters").write_text("dear")

    with pytest.raises(SandboxError, match="is not empty and not a sandbox"):
        redis_in(home, cache).up()
    redis_in(home, cache).down(wipe=True)

    assert (home / "letters").read_text() == "dear"


def test_a_failed_start_can_be_wiped(tmp_path: Path, cache: Cache) -> None:
    sandbox = redis_in(tmp_path / "sandbox", cache)
    with pytest.raises(ComponentFailedError, match="no memory left"):
        sandbox.up()

    sandbox.down(wipe=True)

    assert not (tmp_path / "sandbox").exists()
    assert list((tmp_path / "registry").iterdir()) == []


def test_a_sandbox_whose_state_was_spoilt_can_be_wiped(tmp_path: Path, cache: Cache) -> None:
    sandbox = redis_in(tmp_path / "sandbox", cache)
    with pytest.raises(ComponentFailedError):
        sandbox.up()
    (tmp_path / "sandbox" / "sandbox.json").write_text("spoilt")
    with pytest.raises(SandboxError, match="down --wipe"):
        sandbox.up()

    sandbox.down(wipe=True)

    assert not (tmp_path / "sandbox").exists()


def test_the_number_of_brokers_cannot_change_under_kafkas_data(tmp_path: Path, cache: Cache) -> None:
    with pytest.raises(ComponentFailedError):
        redis_in(tmp_path / "sandbox", cache).up()

    with pytest.raises(SandboxError, match="made with 1 Kafka brokers, not 3"):
        Sandbox(tmp_path / "sandbox", ["redis"], brokers=3, cache=cache).up()


def test_settings_that_are_not_given_again_stay_as_they_were(tmp_path: Path, cache: Cache) -> None:
    directory = tmp_path / "sandbox"
    with pytest.raises(ComponentFailedError):
        Sandbox(directory, ["redis"], brokers=3, start_delay_seconds=2.0, cache=cache).up()
    with pytest.raises(ComponentFailedError):
        redis_in(directory, cache).up()

    state = State.load(directory / "sandbox.json")
    assert state is not None
    assert (state.brokers, state.start_delay_seconds) == (3, 2.0)

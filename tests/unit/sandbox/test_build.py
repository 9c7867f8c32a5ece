"""Builds with a compiler of our own: a shell script named go, first in PATH."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sandbox import build
from sandbox.cache import Cache
from sandbox.errors import SandboxError
from sandbox.progress import Silent, Step
from sandbox.recipes import linker_flags
from sandbox.versions import Versions

ANSWERS_VERSION = '#!/bin/sh\n[ "$1" = version ] && { echo "go version go1.24.1 linux/amd64"; exit; }\n'
TARGET = 'for last; do [ "$before" = -o ] && target=$last; before=$last; done\n'

REPOSITORY = Path(__file__).parents[3]
BUILD_ETCD = """
from sandbox.build import ensure
from sandbox.cache import Cache
from sandbox.progress import Silent
ensure(Cache.from_environment(), ["etcd"], Silent())
"""


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache", Versions.pinned())


@pytest.fixture
def compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "path"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder / "go"


def script(file: Path, body: str) -> None:
    file.write_text(ANSWERS_VERSION + TARGET + body)
    file.chmod(0o755)


class Notes:
    def __init__(self) -> None:
        self.steps: list[tuple[str, Step]] = []

    def report(self, name: str, step: Step, note: str = "") -> None:  # noqa: ARG002
        if (name, step) not in self.steps:
            self.steps.append((name, step))


def test_a_program_is_built_once(cache: Cache, compiler: Path, tmp_path: Path) -> None:
    script(compiler, f'echo built >>{tmp_path}/builds; echo program >"$target"')

    build.ensure(cache, ["etcd"], Silent())
    build.ensure(cache, ["etcd"], Silent())

    assert cache.binary("etcd").read_text() == "program\n"
    assert (tmp_path / "builds").read_text() == "built\n"


def test_two_builds_side_by_side_wait_for_one_another(cache: Cache, compiler: Path, tmp_path: Path) -> None:
    script(compiler, f'echo built >>{tmp_path}/builds; echo program >"$target"')

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: build.ensure(cache, ["etcd", "kubectl"], Silent()), range(2)))

    assert (tmp_path / "builds").read_text() == "built\nbuilt\n", "each of the two programs was built once"


def test_a_failed_build_shows_what_the_compiler_said_and_leaves_nothing_half(
    cache: Cache, compiler: Path
) -> None:
    script(compiler, 'echo half >"$target"; echo "undefined: foo" >&2; exit 2')

    with pytest.raises(SandboxError, match=r"etcd could not be built[^$]*undefined: foo"):
        build.ensure(cache, ["etcd"], Silent())

    assert not cache.binary("etcd").exists()
    assert [path.name for path in cache.root.iterdir()] == ["lock"]


def test_a_killed_build_leaves_nothing_half_and_the_next_one_tidies_up(
    cache: Cache, compiler: Path, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "compiling")
    script(
        compiler, f'echo half >"$target"; exec >/dev/null 2>&1; echo $$ >{tmp_path}/compiling; exec sleep 60'
    )
    interrupted = [sys.executable, "-c", BUILD_ETCD]
    environment = {**os.environ, "SANDBOX_CACHE": str(cache.root), "SANDBOX_BIN": ""}
    with subprocess.Popen(interrupted, env=environment, cwd=REPOSITORY) as builder:
        compiler_pid = int((tmp_path / "compiling").read_text())
        builder.kill()
    os.kill(compiler_pid, signal.SIGKILL)
    assert not cache.binary("etcd").exists()

    script(compiler, 'echo program >"$target"')
    build.ensure(cache, ["etcd"], Silent())

    assert cache.binary("etcd").read_text() == "program\n"
    assert not list(cache.root.glob("stage-*"))


def test_a_provided_program_is_not_built(tmp_path: Path) -> None:
    (tmp_path / "etcd").touch(mode=0o755)
    cache = Cache(tmp_path / "cache", Versions.pinned(), provided=tmp_path)

    build.ensure(cache, ["etcd"], Silent())

    assert not cache.root.exists()


def test_progress_tells_downloading_from_building(cache: Cache, compiler: Path) -> None:
    script(compiler, 'echo "go: downloading example.org/module v1.0.0" >&2; echo program >"$target"')
    notes = Notes()

    build.ensure(cache, ["etcd"], notes)

    steps = [Step.WAITING, Step.BUILDING, Step.DOWNLOADING, Step.READY]
    assert notes.steps == [("etcd", step) for step in steps]


def test_the_kubernetes_version_is_stamped_so_that_helm_charts_can_ask_for_it() -> None:
    flags = linker_flags(Versions(kubernetes="v1.34.4", etcd="v3.6.4", kafka="4.1.0", log4j="2.25.1"))

    assert "-X k8s.io/component-base/version.gitVersion=v1.34.4" in flags
    assert "-X k8s.io/client-go/pkg/version.gitMinor=34" in flags

"""Programs of the system that the sandbox runs, and how they come to be there."""

import os
import re
import shutil
import subprocess
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir
from time import monotonic, sleep

from sandbox.errors import SandboxError
from sandbox.locks import exclusive
from sandbox.progress import Progress, Step

SEARCH_PATH = os.pathsep.join(("/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/go/bin"))
"""Where Debian keeps servers, which is not in every user's PATH; looked through after PATH."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A program: its names, Debian's package of it, the system service that comes with that."""

    names: tuple[str, ...]
    package: str
    service: str | None = None


TOOLS = {
    "go": Tool(("go",), "golang"),
    "java": Tool(("java",), "default-jre-headless"),
    "mvn": Tool(("mvn",), "maven"),
    "redis-server": Tool(("redis-server",), "redis-server", "redis-server"),
    "prometheus": Tool(("prometheus",), "prometheus", "prometheus"),
    "prometheus-alertmanager": Tool(
        ("prometheus-alertmanager", "alertmanager"), "prometheus-alertmanager", "prometheus-alertmanager"
    ),
    "nginx": Tool(("nginx",), "nginx", "nginx"),
    "chromium": Tool(("chromium", "chromium-browser", "google-chrome"), "chromium"),
}

BUILDERS = ("go", "java", "mvn")
RUN_AS_THEY_ARE = tuple(name for name in TOOLS if name not in BUILDERS)
"""What Debian has whole, and the demo or the tests run."""

_LOCK = "logpipeline-sandbox-apt"
_LOCKED = "Could not get lock"
"""What apt-get says while somebody else installs something, whom our own lock does not hold up."""
_OTHERS_WITHIN_SECONDS = 300.0
_ASK_AGAIN_SECONDS = 2.0

OLDEST_GO = (1, 24)
OLDEST_JAVA = (17,)


def find(name: str) -> Path:
    """The program of this name in `TOOLS`."""
    found = _look_for(name)
    if found is None:
        raise SandboxError(f"{name} is not installed. Install it with: {_install_line([name])}")
    return found


def install_missing(names: Iterable[str], progress: Progress) -> None:
    """Install those of these that are not there, where we may."""
    if missing := _missing(names):
        _install(missing, progress)


def _missing(names: Iterable[str]) -> list[str]:
    return [name for name in dict.fromkeys(names) if _look_for(name) is None]


def check_versions(names: Collection[str]) -> None:
    """Refuse a compiler or a runtime that is too old."""
    if "go" in names:
        check_go(_output(find("go"), "version"))
    if "java" in names:
        check_java(_output(find("java"), "-version"))


def check_go(version_line: str) -> None:
    """Refuse a Go that cannot build Kubernetes, given what `go version` printed."""
    _refuse_older(
        version_line,
        r"go(\d+(?:\.\d+)*)",
        OLDEST_GO,
        "Go {wanted} or newer is needed to build Kubernetes, and {found} is installed. Install a newer one "
        "(see https://go.dev/doc/install) and put it first in PATH, or set SANDBOX_BIN to a folder that has "
        "etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kubectl, kwok and helm.",
    )


def check_java(version_line: str) -> None:
    """Refuse a Java that cannot run Kafka 4, given what `java -version` printed."""
    _refuse_older(
        version_line,
        r'version "(\d+(?:\.\d+)*)',
        OLDEST_JAVA,
        "Java {wanted} or newer is needed for Kafka, and {found} comes first in PATH. "
        "Put a newer one first in PATH.",
    )


def _refuse_older(line: str, pattern: str, oldest: tuple[int, ...], sentence: str) -> None:
    match = re.search(pattern, line)
    if match and tuple(int(part) for part in match[1].split(".")) < oldest:
        raise SandboxError(sentence.format(wanted=".".join(map(str, oldest)), found=match[1]))


def _look_for(name: str) -> Path | None:
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), SEARCH_PATH))
    for candidate in TOOLS[name].names:
        found = shutil.which(candidate, path=path)
        if found:
            return Path(found)
    return None


def _install_line(names: Iterable[str]) -> str:
    packages = " ".join(TOOLS[name].package for name in names)
    return f"sudo apt-get update && sudo apt-get install --yes --no-install-recommends {packages}"


def _install(names: list[str], progress: Progress) -> None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise SandboxError(f"Not installed: {', '.join(names)}. Install with: {_install_line(names)}")
    packages = " ".join(TOOLS[name].package for name in names)

    def somebody_else_installs() -> None:
        progress.report("apt-get", Step.WAITING, "another installation is under way")

    with exclusive(Path(gettempdir()) / _LOCK, somebody_else_installs):
        if still_missing := _missing(names):
            progress.report("apt-get", Step.INSTALLING, packages)
            _apt("update")
            wanted = (TOOLS[name].package for name in still_missing)
            _apt("install", "--yes", "--no-install-recommends", *wanted)
            _end_services(name for name in still_missing if TOOLS[name].service)
    progress.report("apt-get", Step.READY, packages)


def _apt(*arguments: str) -> None:
    # In runlevel 1 Debian's packages do not start their services, which would take the usual ports.
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    give_up = monotonic() + _OTHERS_WITHIN_SECONDS
    while True:
        done = subprocess.run(
            ["apt-get", "-q", *arguments], check=False, capture_output=True, text=True, env=environment
        )
        if done.returncode == 0:
            return
        told = done.stdout + done.stderr
        if _LOCKED not in told or monotonic() > give_up:
            end = "\n".join(told.splitlines()[-15:])
            raise SandboxError(f"apt-get {' '.join(arguments)} failed:\n{end}")
        sleep(_ASK_AGAIN_SECONDS)


def _end_services(names: Iterable[str]) -> None:
    """Where systemd runs, end and disable the services that the packages just installed brought with them."""
    if not Path("/run/systemd/system").exists():
        return
    for name in names:
        with suppress(FileNotFoundError):
            subprocess.run(
                ["systemctl", "disable", "--now", f"{TOOLS[name].service}.service"],
                check=False,
                capture_output=True,
            )


def _output(program: Path, argument: str) -> str:
    done = subprocess.run([program, argument], check=False, capture_output=True, text=True)
    return done.stdout + done.stderr

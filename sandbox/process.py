"""Processes that outlive the command that started them, and are known again without doubt."""

import os
import select
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

# The shell starts the program and writes down who it is. It runs in its own session and holds the caller's
# lock as its stdin until both are done: killing the caller at any point leaves no process unrecorded.
_START_AND_RECORD = """
"$@" </dev/null &
read -r stat <"/proc/$!/stat" && echo "$stat" >"$0"
"""

_GONE = frozenset("ZX")
_STOPPED = frozenset("Tt")


@dataclass(frozen=True, slots=True)
class Process:
    """One process: the kernel gives a number again, but not with the same start time (ticks since boot)."""

    pid: int
    started: int

    @classmethod
    def from_stat(cls, stat: str) -> Self:
        """From a line of `/proc/PID/stat`, whose second field may hold spaces and brackets."""
        pid = stat.split(maxsplit=1)[0]
        return cls(int(pid), int(_fields_after_name(stat)[19]))

    @classmethod
    def recorded_in(cls, pid_file: Path) -> Self | None:
        """The process that a pid file names; None where there is no file or the writer was cut off."""
        with suppress(FileNotFoundError, ValueError, IndexError):
            return cls.from_stat(pid_file.read_text())
        return None

    @property
    def alive(self) -> bool:
        """Whether it still runs (or is frozen); a zombie does not."""
        return self._state() not in _GONE

    @property
    def frozen(self) -> bool:
        """Whether it was stopped with SIGSTOP."""
        return self._state() in _STOPPED

    def _state(self) -> str:
        try:
            stat = Path(f"/proc/{self.pid}/stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return "X"
        return _fields_after_name(stat)[0] if Process.from_stat(stat) == self else "X"

    @contextmanager
    def _handle(self) -> Iterator[int | None]:
        """A descriptor of exactly this process, or None when it is gone."""
        try:
            descriptor = os.pidfd_open(self.pid)
        except ProcessLookupError:
            yield None
            return
        try:
            yield descriptor if self.alive else None
        finally:
            os.close(descriptor)

    def send(self, number: signal.Signals) -> None:
        """Send a signal, to this process or to nobody."""
        with self._handle() as handle, suppress(ProcessLookupError):
            if handle is not None:
                signal.pidfd_send_signal(handle, number)

    def wait_for_end(self, timeout_seconds: float) -> bool:
        """Wait until it ends; False when the time is over first."""
        with self._handle() as handle:
            if handle is None:
                return True
            poll = select.poll()
            poll.register(handle, select.POLLIN)
            return bool(poll.poll(timeout_seconds * 1000))

    def wait_for(self, number: signal.Signals, timeout_seconds: float) -> bool:
        """Wait until SIGKILL or SIGSTOP, sent before, shows; at once for a signal with no sure effect."""
        if number is signal.SIGKILL:
            return self.wait_for_end(timeout_seconds)
        deadline = time.monotonic() + timeout_seconds
        while number is signal.SIGSTOP and not self.frozen:
            if self.wait_for_end(0.01) or time.monotonic() > deadline:
                return False
        return True

    def end(self, grace_seconds: float) -> None:
        """SIGTERM, then SIGKILL when the grace is over; a frozen process is woken to hear it."""
        self.send(signal.SIGTERM)
        self.send(signal.SIGCONT)
        if not self.wait_for_end(grace_seconds):
            self.send(signal.SIGKILL)
            self.wait_for_end(grace_seconds)


def launch(
    command: Sequence[str],
    *,
    pid_file: Path,
    log_file: Path,
    lock: int,
    environment: Mapping[str, str],
    folder: Path,
) -> None:
    """Start a program in its own session, its output appended to the log, its identity in the pid file.

    `lock` is the descriptor of the directory's lock (see `locks.exclusive`).
    """
    pid_file.unlink(missing_ok=True)
    with log_file.open("ab") as log:
        subprocess.run(
            ["/bin/sh", "-c", _START_AND_RECORD, str(pid_file), *command],
            check=True,
            stdin=lock,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=dict(environment),
            cwd=folder,
        )


def with_environment(variable: str, value: str) -> list[Process]:
    """The processes that were started with this variable set to this value, whoever their parent is."""
    wanted = os.fsencode(f"{variable}={value}")
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError, IndexError):
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                found.append(Process.from_stat((folder / "stat").read_text()))
    return found


def log_tail(log_file: Path, lines: int = 15) -> str:
    """The last lines of a log; empty where there is none."""
    with suppress(FileNotFoundError), log_file.open("rb") as log:
        log.seek(max(0, log.seek(0, os.SEEK_END) - 64 * 1024))
        return "\n".join(log.read().decode(errors="replace").splitlines()[-lines:])
    return ""


def _fields_after_name(stat: str) -> list[str]:
    return stat.rpartition(")")[2].split()

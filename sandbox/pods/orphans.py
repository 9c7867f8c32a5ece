"""Processes that a killed runner left behind, found by the mark in their environment.

A child dies with its runner (`process`), its own children do not. The mark names the state
folder, is inherited and needs no records that could be lost or name a reused pid.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from sandbox.pods.process import MARK


def end_orphans(state: Path) -> int:
    """End every process of an earlier runner with this state folder; how many there were."""
    found = list(marked_processes(state))
    for pid in found:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return len(found)


def marked_processes(state: Path) -> Iterator[int]:
    """The pids of all processes started, however indirectly, for pods with this state folder."""
    mark = os.fsencode(f"{MARK}={state}")
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal() or int(entry.name) == os.getpid():
            continue
        with suppress(OSError):
            if mark in (entry / "environ").read_bytes().split(b"\0"):
                yield int(entry.name)

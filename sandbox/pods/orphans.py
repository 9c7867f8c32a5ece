"""Processes that a killed runner left behind, found by the mark in their environment.

A child dies with its runner (`process`), its own children do not. The mark names the state
folder, is inherited and needs no records that could be lost or name a reused pid.
"""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

from sandbox.pods.process import MARK
from sandbox.process import Process, with_environment


def end_orphans(state: Path) -> int:
    """End every process of an earlier runner with this state folder; how many there were."""
    found = _marked(state)
    for process in found:
        process.send(signal.SIGKILL)
    return len(found)


def marked_processes(state: Path) -> Iterator[int]:
    """The pids of all processes started, however indirectly, for pods with this state folder."""
    return (process.pid for process in _marked(state))


def _marked(state: Path) -> list[Process]:
    return [process for process in with_environment(MARK, str(state)) if process.pid != os.getpid()]

"""What a process uses, as the kernel counts it."""

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Self

_SCHEDULED = 2
"""The kernel's clock of a process is named by its id and this: linux/posix-timers.h."""
ESTABLISHED = "01"


@dataclass(frozen=True, slots=True)
class Mark:
    """How much processor time some processes had used at a moment."""

    at: float
    cpu_seconds: float

    @classmethod
    def of(cls, *pids: int) -> Self:
        """Now. What their children used counts from when these have ended."""
        return cls(monotonic(), sum(cpu_seconds(pid) + _of_ended_children(pid) for pid in pids))

    def cores_since(self, earlier: Self) -> float:
        """Cores used on average between the two."""
        return (self.cpu_seconds - earlier.cpu_seconds) / (self.at - earlier.at)


def cpu_seconds(pid: int) -> float:
    """Processor time of a process and of all its threads, in user and in kernel mode."""
    return time.clock_gettime(~pid << 3 | _SCHEDULED)


def _of_ended_children(pid: int) -> float:
    # After the name in brackets, which may hold spaces, come fields 3 and on: proc(5).
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[13:15])) / os.sysconf("SC_CLK_TCK")


def waited_seconds(pid: int) -> float:
    """For how long the main thread of a process was ready to run, and others had the processors."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9


def connections(pids: Iterable[int], port: int) -> int:
    """Established TCP connections of some processes to a port."""
    inodes = set[str]().union(*map(_sockets, pids))
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    rows = [line.split() for line in lines]
    return sum(
        row[3] == ESTABLISHED and int(row[2].rpartition(":")[2], 16) == port and row[9] in inodes
        for row in rows
    )


def _sockets(pid: int) -> set[str]:
    found: set[str] = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(descriptor.readlink())
        except FileNotFoundError:
            continue
        if target.startswith("socket:["):
            found.add(target[8:-1])
    return found

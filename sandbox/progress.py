"""What a build or a start is doing now: a live table on a terminal, plain lines elsewhere."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text


class Step(StrEnum):
    """Where one item of the work is."""

    WAITING = "waiting"
    INSTALLING = "installing"
    DOWNLOADING = "downloading"
    BUILDING = "building"
    STARTING = "starting"
    READY = "ready"
    FAILED = "failed"


_COLOURS = {Step.WAITING: "dim", Step.READY: "green", Step.FAILED: "red"}
_RESTING = frozenset(_COLOURS)


class Progress(Protocol):
    """Somebody who is told; called from several threads."""

    def report(self, name: str, step: Step, note: str = "") -> None:
        """Say where the item of this name is, and a few words on it."""


class Silent:
    """Nobody is told: for tests."""

    def report(self, name: str, step: Step, note: str = "") -> None:
        """Do nothing."""


class Lines:
    """One line for each change, for logs and pipes."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._last: dict[str, Step] = {}
        self._lock = threading.Lock()

    def report(self, name: str, step: Step, note: str = "") -> None:
        """Print a line unless the item was already there; one that waits for its turn is no news."""
        with self._lock:
            if self._last.get(name) is step:
                return
            self._last[name] = step
            if step is Step.WAITING and not note:
                return
            line = f"{time.monotonic() - self._began:6.1f}s  {name:<24} {step}  {note}"
            sys.stderr.write(line.rstrip() + "\n")
            sys.stderr.flush()


@dataclass(slots=True)
class _Row:
    step: Step
    note: str
    began: float
    ended: float | None = None

    def elapsed_seconds(self) -> float:
        return (self.ended or time.monotonic()) - self.began


class Board:
    """A table with one line for each item, drawn again four times a second."""

    def __init__(self) -> None:
        self._rows: dict[str, _Row] = {}
        self._spinner = Spinner("dots")
        self._lock = threading.Lock()

    def report(self, name: str, step: Step, note: str = "") -> None:
        """Change the item's line; the clock runs from when it stopped waiting."""
        now = time.monotonic()
        with self._lock:
            row = self._rows.setdefault(name, _Row(step, note, now))
            if row.step is Step.WAITING and step is not Step.WAITING:
                row.began = now
            row.step, row.note = step, note
            row.ended = now if step in _RESTING else None

    def __rich__(self) -> Table:
        """Draw it."""
        table = Table.grid(padding=(0, 2))
        with self._lock:
            for name, row in self._rows.items():
                style = _COLOURS.get(row.step, "yellow")
                mark = Text("·") if row.step in _RESTING else self._spinner
                elapsed = "" if row.step is Step.WAITING else f"{row.elapsed_seconds():.1f}s"
                table.add_row(mark, name, Text(row.step, style=style), elapsed, Text(row.note, style="dim"))
        return table


@contextmanager
def display() -> Iterator[Progress]:
    """A board where a person looks on, lines otherwise; on stderr, so that stdout stays for results."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield Lines()
        return
    board = Board()
    with Live(board, console=console, refresh_per_second=4):
        yield board

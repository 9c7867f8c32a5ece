"""What every part of the bench is given, and what it gives."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import sleep

from rich.console import Console
from rich.progress import track

from bench.harness import Figure
from sandbox.process import Process
from sandbox.sandbox import Sandbox

CONSOLE = Console(stderr=True)
BROKER = "kafka-0"
API_SERVER = "kube-apiserver"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The figures of one part, and what a reader needs to judge them."""

    figures: Sequence[Figure]
    details: Mapping[str, object]


Part = Callable[[float], Outcome]
"""Measures. Takes the share of its time that it may use: 1 for all of it."""


def wait(seconds: float, why: str) -> None:
    """Let time go by, and show it."""
    steps = max(1, round(seconds))
    for _ in track(range(steps), description=why, console=CONSOLE, transient=True):
        sleep(seconds / steps)


def pid_of(sandbox: Sandbox, component: str) -> int:
    """The process of a component. Raises RuntimeError where there is none."""
    process = Process.recorded_in(sandbox.layout.pid_file(component))
    if process is None:
        raise RuntimeError(f"{component} does not run")
    return process.pid

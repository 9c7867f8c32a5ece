"""What a policy is: it looks at the stages of a pipeline now and then, and says how many replicas.

A policy sees what its model could see, readings and the workload, and nothing of the truth behind them.
Only one that is meant to know the future is given the scenario when it is made.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from logpipeline.core.model import Applied, Workload
from logpipeline.core.readings import Reading


@dataclass(frozen=True, slots=True)
class Seen:
    """What can be seen of one stage at one moment."""

    reading: Reading
    """What its source tells."""
    workload: Workload
    """What it asks for and what is ready."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How many replicas a policy wants for one stage, and why."""

    replicas: int
    line: str = ""
    """The reason in one line, as people would read it."""
    rules: tuple[Applied, ...] = ()
    """What shaped it, where the policy tells."""


class Policy(Protocol):
    """An autoscaler, on a virtual clock."""

    name: str
    """As on the command line: `logpipeline`, `hpa`, `keda` and so on."""
    every_seconds: float
    """How often it looks."""

    def wish(self, now: float, seen: Mapping[str, Seen]) -> Mapping[str, Wish]:
        """What it wants at `now`, Unix seconds, by the name of the stage; one that is left out is held."""

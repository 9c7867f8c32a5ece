"""Whether the operator does its work: fit for a liveness and a readiness probe."""

from collections.abc import Mapping
from typing import Protocol

from logpipeline.sources.base import Connection
from logpipeline.sources.naming import name_of
from logpipeline.world.view import World

PATIENCE_PASSES = 6
"""How many passes in a row may be lost. One that waits for a dead server takes its whole deadline."""


class Sampling(Protocol):
    """Something that measures connections."""

    def freshness(self) -> Mapping[Connection, float]:
        """Seconds since the last pass over each connection ended."""


class Health:
    """Live while samples are fresh and watches speak; ready once all there is has been seen."""

    def __init__(self, world: World, sampling: Sampling, pass_seconds: float) -> None:
        """`pass_seconds` go by from one pass over a connection to the next, at worst."""
        self._world = world
        self._sampling = sampling
        self._stale_seconds = PATIENCE_PASSES * pass_seconds

    def unwell(self) -> str | None:
        """Why the operator should be started again; None while all is well."""
        for connection, age in self._sampling.freshness().items():
            if age > self._stale_seconds:
                return f"{name_of(connection)} was last measured {age:.0f} s ago"
        return self._world.silent

    def unready(self) -> str | None:
        """Why nothing is governed yet; None once it is."""
        return self._world.unready

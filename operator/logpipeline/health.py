"""Whether the operator does its work: fit for a liveness and a readiness probe."""

from collections.abc import Mapping
from dataclasses import dataclass
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


class Campaigning(Protocol):
    """Someone who wants to lead, and so asks the API server all the time."""

    refusal: str | None
    """Why it never can, in a sentence."""

    @property
    def silent_seconds(self) -> float:
        """For how long the API server has not answered it; 0 while it does."""


@dataclass(frozen=True, slots=True)
class Health:
    """Live while samples are fresh and the API server and its watches speak; ready once all has been seen."""

    world: World
    sampling: Sampling
    leader: Campaigning
    pass_seconds: float
    """How much time goes by from one pass over a connection to the next, at worst."""
    silence_seconds: float
    """How long the API server may give no sound."""

    def unwell(self) -> str | None:
        """Why the operator should be started again; None while all is well."""
        for connection, age in self.sampling.freshness().items():
            if age > PATIENCE_PASSES * self.pass_seconds:
                return f"{name_of(connection)} was last measured {age:.0f} s ago"
        silent = self.leader.silent_seconds
        if silent > self.silence_seconds:
            return f"the API server neither answers nor refuses anything since {silent:.0f} s"
        return self.world.silent

    def unready(self) -> str | None:
        """Why nothing is governed yet; None once it is."""
        return self.world.unready or self.leader.refusal

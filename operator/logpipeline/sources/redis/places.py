"""Which server is to be asked for which keys."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from logpipeline.core.readings import Doubt, Missing
from logpipeline.sources.redis.nodes import Address
from logpipeline.sources.redis.questions import Question


@dataclass(frozen=True, slots=True)
class Places:
    """Whom to ask for what."""

    at: Mapping[Address, Collection[Question]]
    nowhere: Mapping[Question, Missing] = field(default_factory=dict)
    """What nobody can be asked for, and why."""
    doubts: tuple[Doubt, ...] = ()
    """Why these servers may be the wrong ones."""


class Directory(Protocol):
    """Somebody who knows which server has which keys."""

    def name(self, address: Address) -> str:
        """How a server is called in front of people."""

    async def find(self, questions: Collection[Question]) -> Places | Missing:
        """Whom to ask, or why that cannot be found out. Raises nothing, and takes its share of a pass."""

    def distrust(self) -> None:
        """What was told may be wrong by now: find out anew before the next pass."""

    async def close(self) -> None:
        """Give connections back."""


class SingleServer:
    """A `Directory` of one server that has all keys."""

    def __init__(self, address: Address) -> None:
        self._address = address

    def name(self, address: Address) -> str:
        """As it was given."""
        return str(address)

    async def find(self, questions: Collection[Question]) -> Places | Missing:
        """That one."""
        return Places({self._address: questions})

    def distrust(self) -> None:
        """There is nothing to find out."""

    async def close(self) -> None:
        """There is nothing to give back."""

"""Which node of a Redis Cluster has which keys.

The client library's own cluster client gives up a whole pipeline when one node cannot be reached, and asks
the nodes it starts from one after the other: with a frozen one among them nothing would be measured at all.
"""

import asyncio
from bisect import bisect_right
from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple

from redis.asyncio import Redis
from redis.crc import key_slot

from logpipeline.core.readings import Missing
from logpipeline.sources.base import Clock, RedisNodes
from logpipeline.sources.redis import errors
from logpipeline.sources.redis.nodes import Address, Clients, address_of
from logpipeline.sources.redis.places import Places
from logpipeline.sources.redis.poll import poll
from logpipeline.sources.redis.questions import Question, StreamKey

REFRESH_SECONDS: Final = 60.0
"""How long it is believed without asking again which node has which slots."""


class SlotRange(NamedTuple):
    """Slots that one node serves."""

    first: int
    last: int
    primary: Address


class Slots:
    """All slots of a cluster and their primaries."""

    def __init__(self, ranges: Sequence[SlotRange]) -> None:
        self._ranges = sorted(ranges)
        self._firsts = [one.first for one in self._ranges]

    @classmethod
    def parse(cls, reply: Sequence[Sequence[Any]], asked: Address) -> "Slots":
        """Read the reply to `CLUSTER SLOTS`. A node that does not know its own name is the one asked."""
        return cls(
            [
                SlotRange(first, last, Address((host or b"").decode() or asked.host, port))
                for first, last, (host, port, *_), *_ in reply
            ]
        )

    @property
    def primaries(self) -> frozenset[Address]:
        """All nodes that serve slots."""
        return frozenset(one.primary for one in self._ranges)

    def primary_of(self, slot: int) -> Address | None:
        """The node that serves a slot; None where there is none."""
        index = bisect_right(self._firsts, slot) - 1
        found = self._ranges[index] if index >= 0 else None
        return found.primary if found is not None and slot <= found.last else None


class ClusterDirectory:
    """A `Directory` that remembers the slots for a minute, and asks again when something was not as told."""

    def __init__(self, nodes: RedisNodes, clients: Clients, *, seconds: float, clock: Clock) -> None:
        self._given = tuple(address_of(one) for one in nodes.addresses)
        self._where = f"the cluster {','.join(nodes.addresses)}"
        self._clients = clients
        self._seconds = seconds
        self._clock = clock
        self._slots: Slots | None = None
        self._good_until = 0.0

    def name(self, address: Address) -> str:
        """As a node."""
        return f"node {address} of {self._where}"

    async def find(self, questions: Collection[Question]) -> Places | Missing:
        """The primaries that serve the keys' slots."""
        loop = asyncio.get_running_loop()
        if self._slots is None or loop.time() > self._good_until:
            told = await self._told()
            if isinstance(told, Slots):
                self._slots, self._good_until = told, loop.time() + REFRESH_SECONDS
            elif self._slots is None:
                return errors.no_cluster(self._clock(), self._where, told)
        return self._places(questions, self._slots)

    def distrust(self) -> None:
        """Ask for the slots before the next pass."""
        self._good_until = 0.0

    async def close(self) -> None:
        """The connections are the nodes' own."""

    def _places(self, questions: Collection[Question], slots: Slots) -> Places:
        at: dict[Address, list[Question]] = {}
        nowhere: dict[Question, Missing] = {}
        for question in questions:
            those = slots_of(question)
            primary = slots.primary_of(those[0])
            if len(those) > 1:
                nowhere[question] = errors.scattered(self._clock(), self._where, question.key)
            elif primary is None:
                self.distrust()
                nowhere[question] = errors.uncovered(self._clock(), self._where, question.key, those[0])
            else:
                at.setdefault(primary, []).append(question)
        return Places(at, nowhere)

    async def _told(self) -> Slots | list[Exception]:
        """What the first node says that answers; why none did."""
        known = self._slots.primaries if self._slots is not None else frozenset()
        answers = await poll(
            self._clients,
            {*known, *self._given},
            _ask,
            enough=lambda so_far: any(isinstance(answer, Slots) for answer in so_far),
            seconds=self._seconds,
        )
        failures = [answer for answer in answers if isinstance(answer, Exception)]
        return next((answer for answer in answers if isinstance(answer, Slots)), failures)


async def _ask(address: Address, node: Redis) -> Slots:
    return Slots.parse(await node.cluster("SLOTS"), address)


def slots_of(question: Question) -> list[int]:
    """The slots of all keys of a question: one of them, where a cluster can answer it at one moment."""
    keys = [question.key] if isinstance(question, StreamKey) else [key for key in question if key is not None]
    return sorted({key_slot(key.encode()) for key in keys})

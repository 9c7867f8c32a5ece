"""The primary that Redis Sentinels name: asked for in every pass, so that a failover is followed at once."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from redis.asyncio import Redis

from logpipeline.core.readings import Missing
from logpipeline.sources.base import Clock, RedisSentinels
from logpipeline.sources.redis import doubts, errors
from logpipeline.sources.redis.nodes import Address, Clients, address_of
from logpipeline.sources.redis.places import Places
from logpipeline.sources.redis.poll import poll
from logpipeline.sources.redis.questions import Question

Answer = Address | Exception | None
"""The primary that a sentinel names; None where it knows none by that name."""


@dataclass(frozen=True, slots=True)
class Poll:
    """What those sentinels said that have answered, of so many that were asked."""

    asked: int
    answers: Sequence[Answer]

    @property
    def named(self) -> Counter[Address]:
        """The primaries that were named, and by how many."""
        return Counter(answer for answer in self.answers if isinstance(answer, Address))

    @property
    def settled(self) -> Address | None:
        """The primary that most of them name."""
        return next((one for one, votes in self.named.items() if 2 * votes > self.asked), None)

    @property
    def primary(self) -> Address | None:
        """The primary that most of them name, or else all those that name any."""
        return self.settled or (next(iter(self.named)) if len(self.named) == 1 else None)


class SentinelDirectory:
    """A `Directory` that asks all sentinels, each on a connection of its own.

    The client library takes the word of the first that answers: one that is cut off from the others goes on
    naming the former primary. Here most of those in the spec must name the same one.
    """

    def __init__(self, sentinels: RedisSentinels, clients: Clients, *, seconds: float, clock: Clock) -> None:
        self._master = sentinels.master
        self._where = f"the sentinels {','.join(sentinels.addresses)}"
        self._addresses = tuple(address_of(one) for one in sentinels.addresses)
        self._clients = clients
        self._seconds = seconds
        self._clock = clock

    def name(self, address: Address) -> str:
        """With the name that the sentinels know it by."""
        return f"{address} (primary '{self._master}')"

    async def find(self, questions: Collection[Question]) -> Places | Missing:
        """The primary that most of them name."""
        heard = await self._poll()
        if heard.primary is None:
            failures = [answer for answer in heard.answers if isinstance(answer, Exception)]
            votes = {str(address): count for address, count in heard.named.items()}
            return errors.no_primary(self._clock(), self._where, self._master, votes, failures)
        if heard.settled is not None:
            return Places({heard.settled: questions})
        name, few = self.name(heard.primary), heard.named.total()
        return Places(
            {heard.primary: questions},
            doubts=(doubts.few_sentinels(self._where, name, few, heard.asked),),
        )

    def distrust(self) -> None:
        """They are asked in every pass anyway."""

    async def close(self) -> None:
        """Give the connections to the sentinels back."""
        await self._clients.close()

    async def _poll(self) -> Poll:
        asked = len(self._addresses)
        answers = await poll(
            self._clients,
            self._addresses,
            self._ask,
            enough=lambda so_far: Poll(asked, so_far).settled is not None,
            seconds=self._seconds,
        )
        return Poll(asked, answers)

    async def _ask(self, _: Address, sentinel: Redis) -> Address | None:
        told = await sentinel.sentinel_get_master_addr_by_name(self._master, return_responses=True)
        if not isinstance(told, tuple):
            return None
        host, port = told
        return Address(host.decode() if isinstance(host, bytes) else host, port)

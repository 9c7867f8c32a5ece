import asyncio
from typing import Any, cast

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from logpipeline.sources.redis.nodes import Address, Clients
from logpipeline.sources.redis.poll import poll

A, B, C = (Address(f"redis-{number}", 6379) for number in range(3))


class Client:
    """Stands for a client; it only knows whether it was closed."""

    closed = False

    async def aclose(self) -> None:
        self.closed = True


class Servers:
    """Servers that answer, refuse, or are silent."""

    def __init__(self, *silent: Address, refusing: Address | None = None) -> None:
        self.made: dict[Address, Client] = {}
        self.clients = Clients(self._make)
        self._silent = silent
        self._refusing = refusing

    def _make(self, address: Address) -> Redis:
        self.made[address] = Client()
        return cast("Redis", self.made[address])

    async def ask(self, address: Address, _: Any) -> str:  # noqa: ANN401
        if address in self._silent:
            await asyncio.Event().wait()
        if address == self._refusing:
            raise RedisConnectionError("refused")
        return address.host

    async def poll(self, enough: int, seconds: float) -> list[str | Exception]:
        return await poll(
            self.clients, (A, B, C), self.ask, enough=lambda so_far: len(so_far) >= enough, seconds=seconds
        )


async def test_nobody_is_waited_for_when_enough_is_known() -> None:
    servers = Servers(C)
    async with asyncio.timeout(10):
        answers = await servers.poll(enough=2, seconds=3_600)
    assert sorted(map(str, answers[:2])) == ["redis-0", "redis-1"]
    assert isinstance(answers[2], TimeoutError)
    assert servers.made[C].closed, "nobody knows what is still to come on this connection"
    assert not servers.made[A].closed


async def test_the_silent_are_given_up_when_the_time_is_over() -> None:
    servers = Servers(A, C)
    answers = await servers.poll(enough=3, seconds=0.05)
    assert [answer for answer in answers if isinstance(answer, str)] == ["redis-1"]
    assert sum(isinstance(answer, TimeoutError) for answer in answers) == 2


async def test_one_that_refuses_says_so_and_is_connected_to_anew() -> None:
    servers = Servers(refusing=B)
    answers = await servers.poll(enough=3, seconds=10)
    assert sum(isinstance(answer, RedisConnectionError) for answer in answers) == 1
    assert servers.made[B].closed

"""The servers that one Redis connection leads to, and one client for each of them."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from logpipeline.sources.base import RedisConnection, RedisNodes, RedisSentinels
from logpipeline.sources.credentials import Credentials
from logpipeline.sources.naming import REDIS_PORT, UNREADABLE, name_of
from logpipeline.sources.redis.client import options_of, sentinel_options_of

DISCONNECT_SECONDS: Final = 0.5
"""How long saying goodbye may take to a server that did not answer."""


class Address(NamedTuple):
    """Where a server listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


MakeClient = Callable[[Address], Redis]


class Clients:
    """A client with one connection for each server, made when it is first wanted, and anew after a fault."""

    def __init__(self, make: MakeClient) -> None:
        self._make = make
        self._clients: dict[Address, Redis] = {}

    def of(self, address: Address) -> Redis:
        """The client of a server; it connects with its first command."""
        if address not in self._clients:
            self._clients[address] = self._make(address)
        return self._clients[address]

    async def drop(self, address: Address) -> None:
        """Give up the connection to a server: what may be in it unread is not known."""
        client = self._clients.pop(address, None)
        if client is not None:
            with suppress(RedisError, OSError, TimeoutError):
                async with asyncio.timeout(DISCONNECT_SECONDS):
                    await client.aclose()

    async def keep(self, wanted: frozenset[Address]) -> None:
        """Give up the connections to all other servers."""
        await asyncio.gather(*(self.drop(address) for address in self._clients.keys() - wanted))

    async def close(self) -> None:
        """Give up all connections."""
        await self.keep(frozenset())


def address_of(text: str) -> Address:
    """Read `host:port`."""
    host, _, port = text.rpartition(":")
    return Address(host.strip("[]"), int(port))


def server_of(connection: RedisConnection, address: str) -> Address:
    """The server that a URL names. Raises ValueError where it cannot be read, or sets options of its own."""
    url = urlsplit(address)
    if name_of(connection) == UNREADABLE or url.query or url.hostname is None:
        raise ValueError("a misread address, or options in it that would undo what is set here")
    return Address(url.hostname, url.port or REDIS_PORT)


def data_clients(connection: RedisConnection, credentials: Credentials, seconds: float) -> Clients:
    """Clients of the servers that hold the records; each command may take so long.

    Raises ValueError, CredentialsError for one.
    """
    settings = _settings(seconds)
    match connection.servers:
        case RedisSentinels(database=database, tls=tls):
            options = settings | options_of(credentials, encrypted=tls) | {"db": database, "ssl": tls}
        case RedisNodes(tls=tls):
            options = settings | options_of(credentials, encrypted=tls) | {"ssl": tls}
        case server:
            url = server.address
            options = settings | options_of(credentials, encrypted=url.startswith("rediss:"))
            return Clients(lambda _: Redis.from_url(url, **options))
    return Clients(lambda address: Redis(host=address.host, port=address.port, **options))


def sentinel_clients(sentinels: RedisSentinels, credentials: Credentials, seconds: float) -> Clients:
    """Clients of the sentinels themselves. Raises CredentialsError."""
    options = sentinel_options_of(credentials, encrypted=sentinels.tls) | {"ssl": sentinels.tls}
    options |= _settings(seconds)
    return Clients(lambda address: Redis(host=address.host, port=address.port, **options))


def _settings(seconds: float) -> dict[str, Any]:
    """The client library's own retries can hang for a minute: there are none."""
    return {
        "max_connections": 1,
        "retry": Retry(NoBackoff(), 0),
        "socket_timeout": seconds,
        "socket_connect_timeout": seconds,
        "client_name": "logpipeline",
    }

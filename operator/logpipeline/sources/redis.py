"""What waits in Redis streams: two round trips to a server for all the queries that concern it."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from logpipeline.api.conditions import Reason
from logpipeline.core.model import Missing, Reading
from logpipeline.sources import redis_errors
from logpipeline.sources.base import Clock, RedisConnection, RedisQuery, RedisServer
from logpipeline.sources.naming import UNREADABLE, name_of
from logpipeline.sources.redis_streams import (
    Standing,
    StreamGroup,
    UnsupportedServerError,
    parse,
    reading_of,
    standing_of,
)

DISCONNECT_SECONDS = 0.5
"""How long saying goodbye may take to a server that did not answer."""


class _Key(NamedTuple):
    """One consumer group of one stream."""

    stream: str
    group: str


class _Inspection(NamedTuple):
    """What a server said of some streams."""

    replies: Mapping[str, Any]
    """For each stream what it said, or the error in its place."""
    ahead_seconds: float
    """By how much our clock is ahead of the server's."""


class RedisReader:
    """A `SourceReader` for one server, on one connection that is made anew after anything went wrong.

    The client library's own retries can hang for a minute: there are none, and the whole pass has one
    deadline.
    """

    def __init__(self, connection: RedisConnection, *, deadline_seconds: float, clock: Clock) -> None:
        self._address = connection.servers.address if isinstance(connection.servers, RedisServer) else ""
        self._where = name_of(connection)
        self._seconds = deadline_seconds
        self._clock = clock
        self._client: Redis | None = None

    async def sample(self, queries: Collection[RedisQuery]) -> Mapping[RedisQuery, Reading]:
        """Measure all queries in one pass."""
        try:
            client = self._connected()
        except ValueError:
            # What the parser says may quote a piece of the password.
            message = f"{self._where} is no address: give redis://host:port/database, without options"
            return dict.fromkeys(queries, Missing(self._clock(), Reason.SOURCE_REFUSED, message))
        inspection: _Inspection | None = None
        try:
            async with asyncio.timeout(self._seconds):
                inspection = await self._inspect(client, {s for query in queries for s in query.streams})
                standings = await self._standings(client, queries, inspection)
        except (RedisError, OSError, TimeoutError) as error:
            await self._disconnect()
            failure = redis_errors.Failure(
                self._where, error, answered=inspection is not None, seconds=self._seconds
            )
            return dict.fromkeys(queries, redis_errors.explain_pass(self._clock(), failure))
        at = self._clock()
        return {
            query: reading_of(
                at, {s: standings[_Key(s, query.group)] for s in query.streams}, inspection.ahead_seconds
            )
            for query in queries
        }

    async def close(self) -> None:
        """Close the connection."""
        await self._disconnect()

    def _connected(self) -> Redis:
        """The client; its connection is made with the first command. Raises ValueError for an address."""
        if self._client is None:
            if self._where == UNREADABLE or urlsplit(self._address).query:
                raise ValueError("a misread address, or options in it that would undo what is set here")
            self._client = Redis.from_url(
                self._address,
                max_connections=1,
                retry=Retry(NoBackoff(), 0),
                socket_timeout=self._seconds,
                socket_connect_timeout=self._seconds,
                client_name="logpipeline",
            )
        return self._client

    async def _disconnect(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with suppress(RedisError, OSError, TimeoutError):
                async with asyncio.timeout(DISCONNECT_SECONDS):
                    await client.aclose()

    async def _inspect(self, client: Redis, streams: Collection[str]) -> _Inspection:
        """The first round trip: the server's clock, and each stream with its groups."""
        pipeline = client.pipeline(transaction=False)
        pipeline.time()
        for stream in streams:
            # FULL tells of a stream and its groups in one atomic reply; COUNT bounds what it lists of each.
            pipeline.execute_command("XINFO STREAM", stream, "FULL", "COUNT", 1, full=True)
        time, *replies = await pipeline.execute(raise_on_error=False)
        if isinstance(time, RedisError):
            raise time
        ahead_seconds = self._clock() - (time[0] + time[1] / 1e6)
        return _Inspection(dict(zip(streams, replies, strict=True)), ahead_seconds)

    async def _standings(
        self, client: Redis, queries: Collection[RedisQuery], inspection: _Inspection
    ) -> Mapping[_Key, Standing | Missing]:
        """What each group has done of each stream, with the second round trip where it is needed."""
        keys = {_Key(stream, query.group) for query in queries for stream in query.streams}
        found = {key: self._parsed(key, inspection.replies[key.stream]) for key in keys}
        known = {key: stream for key, stream in found.items() if isinstance(stream, StreamGroup)}
        ids = await _undelivered_ids(client, {key: stream for key, stream in known.items() if stream.look_up})
        return {
            key: stream if isinstance(stream, Missing) else standing_of(stream, ids.get(key, ()))
            for key, stream in found.items()
        }

    def _parsed(self, key: _Key, reply: Any) -> StreamGroup | Missing:  # noqa: ANN401
        at = self._clock()
        if isinstance(reply, RedisError):
            return redis_errors.explain_reply(at, self._where, f"stream '{key.stream}'", reply)
        try:
            return parse(reply, key.group) or redis_errors.no_group(at, self._where, key.stream, key.group)
        except UnsupportedServerError:
            return redis_errors.too_old(at, self._where)


async def _undelivered_ids(
    client: Redis, streams: Mapping[_Key, StreamGroup]
) -> Mapping[_Key, Sequence[bytes]]:
    """The first ids that each group was not given yet, as many as it takes."""
    if not streams:
        return {}
    pipeline = client.pipeline(transaction=False)
    for key, stream in streams.items():
        # Up to the last entry of the first round trip: what came since is not in its count.
        after, until = b"(" + stream.last_delivered_id, stream.last_generated_id
        pipeline.xrange(key.stream, min=after, max=until, count=stream.look_up)
    replies = await pipeline.execute()
    return {key: [entry for entry, _ in reply] for key, reply in zip(streams, replies, strict=True)}

"""A reader that keeps the promises of a `SourceReader`, whatever the one inside it does."""

import asyncio
from asyncio import Task
from collections.abc import Callable, Collection, Coroutine, Mapping
from dataclasses import replace
from traceback import format_exception
from typing import Any

import structlog

from logpipeline.api.conditions import Reason
from logpipeline.core.readings import Missing, Reading
from logpipeline.sources.base import Clock, Connection, Query, SourceReader
from logpipeline.sources.credentials import NO_CREDENTIALS, Credentials, Keys
from logpipeline.sources.naming import name_of

PATIENCE_SECONDS = 1.0
"""How long past its own deadline a reader is waited for, and how long for its closing."""

Reader = SourceReader[Any]
MakeReader = Callable[[Connection, Credentials], Reader]
"""Makes the reader of a connection; it connects with its first pass."""


class GuardedReader:
    """A `SourceReader` that replaces the one inside when it hangs, raises, or its credentials change."""

    def __init__(
        self,
        make_reader: MakeReader,
        connection: Connection,
        keys: Keys,
        *,
        deadline_seconds: float,
        clock: Clock,
    ) -> None:
        self._make_reader = make_reader
        self._connection = connection
        self._keys = keys
        self._credentials = NO_CREDENTIALS
        self._where = name_of(connection)
        self._seconds = deadline_seconds + PATIENCE_SECONDS
        self._clock = clock
        self._reader: Reader | None = None
        self._farewells: set[Task[None]] = set()
        self._log = structlog.get_logger().bind(connection=self._where)

    async def sample(self, queries: Collection[Query]) -> Mapping[Query, Reading]:
        """Measure all queries in one pass, in no more than a second past the deadline.

        The deadline begins when the credentials are known; the first time, that may take two seconds.
        """
        credentials = await self._keys.credentials_of(self._connection)
        if isinstance(credentials, Missing):
            self._replace()
            return dict.fromkeys(queries, credentials)
        if credentials != self._credentials:
            self._replace()
            self._credentials = credentials
        return await self._measured(queries)

    async def _measured(self, queries: Collection[Query]) -> Mapping[Query, Reading]:
        try:
            if self._reader is None:
                self._reader = self._make_reader(self._connection, self._credentials)
            readings = await self._in_time(self._reader.sample(queries))
        except TimeoutError:
            self._replace()
            message = f"measuring {self._where} took more than {self._seconds:g} s: it begins anew"
            return dict.fromkeys(queries, Missing(self._clock(), Reason.SOURCE_TOO_SLOW, message))
        except Exception as failure:  # noqa: BLE001 - one reader's fault must not end the sampling of all
            self._replace()
            self._log.error("measuring failed", exception=_told(failure, self._credentials))
            message = f"measuring {self._where} failed with {type(failure).__name__}: see the operator's log"
            return dict.fromkeys(queries, Missing(self._clock(), Reason.SOURCE_UNREACHABLE, message))
        forgotten = Missing(self._clock(), Reason.NOT_YET_MEASURED, f"{self._where} was not asked for this")
        if any(_is_refusal(reading) for reading in readings.values()):
            self._keys.doubt(self._connection)
        return {query: self._hidden(readings.get(query, forgotten)) for query in queries}

    def _hidden(self, reading: Reading) -> Reading:
        """The reading without what a server may have said of our credentials."""
        if self._credentials == NO_CREDENTIALS:
            return reading
        hide_in = self._credentials.hide_in
        if isinstance(reading, Missing):
            return replace(reading, message=hide_in(reading.message))
        if not reading.missing_because and not reading.doubts:
            return reading
        return replace(
            reading,
            missing_because=hide_in(reading.missing_because),
            doubts=tuple(replace(doubt, message=hide_in(doubt.message)) for doubt in reading.doubts),
        )

    async def close(self) -> None:
        """Give the connection back, and wait a bounded time for what was replaced."""
        self._replace()
        if self._farewells:
            await asyncio.wait(self._farewells)

    async def _in_time(
        self, sampling: Coroutine[Any, Any, Mapping[Query, Reading]]
    ) -> Mapping[Query, Reading]:
        # asyncio.timeout would wait for a reader that swallows its cancellation; asyncio.wait does not.
        task = asyncio.create_task(sampling)
        try:
            await asyncio.wait({task}, timeout=self._seconds)
            if task.done():
                return task.result()
            raise TimeoutError
        finally:
            if not task.done():
                self._see_off(_cancelled(task))

    def _replace(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            self._see_off(_closed(reader, self._credentials, self._log))

    def _see_off(self, farewell: Coroutine[Any, Any, None]) -> None:
        """Let it end beside what we do next."""
        task = asyncio.create_task(farewell)
        self._farewells.add(task)
        task.add_done_callback(self._farewells.discard)


def _is_refusal(reading: Reading) -> bool:
    return isinstance(reading, Missing) and reading.reason is Reason.SOURCE_REFUSED


async def _cancelled(task: Task[Any]) -> None:
    """Cancel, and wait a while; one that does not listen is left to itself."""
    task.add_done_callback(_hear)
    task.cancel()
    await asyncio.wait({task}, timeout=PATIENCE_SECONDS)


def _told(failure: BaseException, credentials: Credentials) -> str:
    """The failure as the log may have it."""
    return credentials.hide_in("".join(format_exception(failure)))


async def _closed(
    reader: Reader,
    credentials: Credentials,
    log: Any,  # noqa: ANN401 - structlog's bound logger
) -> None:
    """Close, and wait a while."""
    closing = asyncio.create_task(reader.close())
    done, _ = await asyncio.wait({closing}, timeout=PATIENCE_SECONDS)
    if not done:
        log.warning("closing the connection takes long: it is left to itself")
        await _cancelled(closing)
    elif (failure := closing.exception()) is not None:
        log.warning("closing the connection failed", exception=_told(failure, credentials))


def _hear(task: Task[Any]) -> None:
    """Take the outcome of a task nobody waits for, so that it is not called unheard."""
    if not task.cancelled():
        task.exception()

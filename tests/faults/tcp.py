"""A way to a server that can be cut, or go silent with all connections standing: half open."""

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Self

CHUNK_BYTES = 65_536
WITHIN_SECONDS = 10.0


class TcpProxy:
    """Passes bytes between clients and one server, from a thread of its own, until it is told otherwise."""

    def __init__(self, host: str, port: int) -> None:
        """The server's address."""
        self._server = host, port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._passing: asyncio.Event
        self._listener: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()
        self.port = 0
        """Where it listens on 127.0.0.1."""
        self.connections = 0
        """How many clients have connected so far."""

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._cut())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(WITHIN_SECONDS)
        self._loop.close()

    def cut(self) -> None:
        """Close every connection, and refuse new ones."""
        self._run(self._cut())

    def silence(self) -> None:
        """From now on nothing passes on any connection that stands; a new one stands, and is as silent."""
        self._run(self._hold(new=True))

    def silence_standing(self) -> None:
        """From now on nothing passes on any connection that stands; a new one works."""
        self._run(self._hold(new=False))

    def mend(self) -> None:
        """All is well again; what was sent into the silence arrives."""
        self._run(self._mend())

    def _run(self, what: Coroutine[Any, Any, None]) -> None:
        done = asyncio.run_coroutine_threadsafe(what, self._loop)
        done.result(WITHIN_SECONDS)

    async def _start(self) -> None:
        self._passing = asyncio.Event()
        self._passing.set()
        self._listener = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def _cut(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _hold(self, *, new: bool) -> None:
        self._passing.clear()
        if not new:
            self._passing = asyncio.Event()
            self._passing.set()

    async def _mend(self) -> None:
        if self._listener is None:
            await self._start()
        self._passing.set()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        self.connections += 1
        passing = self._passing
        ends = [writer]
        try:
            await passing.wait()
            server_reader, server_writer = await asyncio.open_connection(*self._server)
            ends.append(server_writer)
            async with asyncio.TaskGroup() as ways:
                ways.create_task(_pass(reader, server_writer, passing))
                ways.create_task(_pass(server_reader, writer, passing))
        except (OSError, ExceptionGroup, asyncio.CancelledError):
            pass  # a connection that ends, and that is all
        finally:
            for end in ends:
                end.transport.abort()
            self._open.discard(task)


async def _pass(source: asyncio.StreamReader, sink: asyncio.StreamWriter, passing: asyncio.Event) -> None:
    """One way of a connection, to its end."""
    while chunk := await source.read(CHUNK_BYTES):
        await passing.wait()
        sink.write(chunk)
        await sink.drain()
    await passing.wait()
    with suppress(OSError):
        sink.write_eof()

"""One sampling loop for each connection, all its queries in one pass, at a fixed cadence.

Connections never feel each other: each has its own task, and a reader that hangs or breaks its promise not to
raise is replaced.
"""

import asyncio
import random
from asyncio import Task
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Final

import structlog

from logpipeline.core.readings import Reading
from logpipeline.sources.base import Clock, Connection, Query
from logpipeline.sources.credentials import Keys
from logpipeline.sources.guarded import GuardedReader, MakeReader
from logpipeline.sources.naming import name_of
from logpipeline.store import Store

_AT_A_TIME: Final = 32
"""Readings that are stored before the others on the event loop have their turn: one takes about 0.1 ms."""

OnPass = Callable[[Connection, frozenset[Query], float], None]
"""Called after each pass with the queries that have a new reading, and how many seconds it took."""


class Collector:
    """Keeps the store fed with a reading of every query, and fresh ones."""

    def __init__(
        self,
        make_reader: MakeReader,
        keys: Keys,
        store: Store,
        *,
        interval: float,
        deadline_seconds: float,
        clock: Clock,
        on_pass: OnPass,
        spread: Callable[[], float] = random.random,
    ) -> None:
        """`interval` and `deadline_seconds` are those of one pass.

        `spread` gives numbers between 0 and 1: where in the first interval a connection's cadence begins.
        """
        self._make_reader = make_reader
        self._keys = keys
        self._store = store
        self._interval = interval
        self._deadline_seconds = deadline_seconds
        self._clock = clock
        self._on_pass = on_pass
        self._spread = spread
        self._samplers: dict[Connection, _Sampler] = {}
        self._tasks: dict[Connection, Task[None]] = {}
        self._ending: set[Task[None]] = set()

    def set_queries(self, queries: Iterable[Query]) -> None:
        """Measure exactly these from now on. What is new is measured at once, what is gone is forgotten."""
        wanted: dict[Connection, set[Query]] = {}
        for query in queries:
            wanted.setdefault(query.connection, set()).add(query)
        for connection in self._samplers.keys() - wanted.keys():
            self._end(connection)
        for connection, those in wanted.items():
            if connection not in self._samplers:
                self._begin(connection)
            self._store.drop(self._samplers[connection].set_queries(frozenset(those)))

    def freshness(self) -> Mapping[Connection, float]:
        """Seconds since the last pass of each connection ended; since it was begun if none has ended yet.

        A pass that ended with `Missing` counts: this tells whether we measure, not whether they answer.
        """
        return {connection: sampler.age for connection, sampler in self._samplers.items()}

    async def close(self) -> None:
        """Stop measuring and give all connections back."""
        for connection in tuple(self._samplers):
            self._end(connection)
        await asyncio.gather(*self._ending, return_exceptions=True)

    def _begin(self, connection: Connection) -> None:
        sampler = _Sampler(
            GuardedReader(
                self._make_reader,
                connection,
                self._keys,
                deadline_seconds=self._deadline_seconds,
                clock=self._clock,
            ),
            self._store,
            partial(self._passed, connection),
            self._interval,
            self._spread(),
        )
        task = asyncio.create_task(sampler.run(), name=f"sample {name_of(connection)}")
        task.add_done_callback(_report)
        self._samplers[connection] = sampler
        self._tasks[connection] = task

    def _passed(self, connection: Connection, queries: frozenset[Query], seconds: float) -> None:
        try:
            self._on_pass(connection, queries, seconds)
        except Exception as failure:  # noqa: BLE001 - measuring must go on
            where = name_of(connection)
            structlog.get_logger().error("a pass could not be told of", connection=where, exc_info=failure)

    def _end(self, connection: Connection) -> None:
        self._store.drop(self._samplers.pop(connection).set_queries(frozenset()))
        task = self._tasks.pop(connection)
        task.cancel()
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)


class _Sampler:
    """The loop of one connection."""

    def __init__(
        self,
        reader: GuardedReader,
        store: Store,
        on_pass: Callable[[frozenset[Query], float], None],
        interval: float,
        spread: float,
    ) -> None:
        self._reader = reader
        self._store = store
        self._on_pass = on_pass
        self._interval = interval
        self._spread = spread
        self._queries: frozenset[Query] = frozenset()
        self._news = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._passed_at = self._loop.time()
        self._took = 0.0

    @property
    def age(self) -> float:
        """Seconds since the last pass ended."""
        return self._loop.time() - self._passed_at

    def set_queries(self, queries: frozenset[Query]) -> frozenset[Query]:
        """Measure these from now on. Gives those that are not measured any more."""
        before, self._queries = self._queries, queries
        if queries - before:
            self._news.set()
        return before - queries

    async def run(self) -> None:
        """Measure at each beat, and soon when there is something new.

        Not at once: where hundreds of pipelines come one by one, a pass would follow upon the other.
        """
        beat = self._loop.time() + self._interval * (1 - self._spread / 2)
        try:
            while True:
                if await self._news_before(beat):
                    await asyncio.sleep(self._took)
                else:
                    beat = self._next_beat(beat)
                await self._pass(self._queries)
        finally:
            await self._reader.close()

    async def _news_before(self, beat: float) -> bool:
        """Wait for the next beat or for new queries; whether it was those."""
        try:
            async with asyncio.timeout_at(beat):
                await self._news.wait()
        except TimeoutError:
            return False
        return True

    async def _pass(self, queries: frozenset[Query]) -> None:
        self._news.clear()
        began = self._loop.time()
        readings = await self._reader.sample(queries)
        self._took = self._loop.time() - began
        for number, query in enumerate(queries, 1):
            if query in self._queries:
                self._keep(query, readings[query])
            if number % _AT_A_TIME == 0:
                await asyncio.sleep(0)
        self._passed_at = self._loop.time()
        self._on_pass(queries & self._queries, self._took)

    def _keep(self, query: Query, reading: Reading) -> None:
        """Store a reading; one that cannot be stored costs itself and nothing else."""
        try:
            self._store.append(query, reading)
        except Exception as failure:  # noqa: BLE001 - the others must go on being measured
            where = name_of(query.connection)
            structlog.get_logger().error("a reading could not be stored", connection=where, exc_info=failure)

    def _next_beat(self, beat: float) -> float:
        """Keep the cadence: beats that an overlong pass went past are left out, not made up for."""
        late = max(0.0, self._loop.time() - beat)
        return beat + self._interval * (1 + late // self._interval)


def _report(task: Task[None]) -> None:
    """A loop ends when it is cancelled and never else."""
    if not task.cancelled() and (failure := task.exception()) is not None:
        structlog.get_logger().error("sampling ended", task=task.get_name(), exc_info=failure)

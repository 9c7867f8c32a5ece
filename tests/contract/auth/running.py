"""One query measured as the running operator does, with a Secret that can be changed."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from logpipeline.collector import Collector
from logpipeline.core.readings import Reading
from logpipeline.core.window import Window
from logpipeline.keyring import Keyring
from logpipeline.kube import Json
from logpipeline.sources.base import Query, SecretRef
from logpipeline.store import Store
from tests.contract.auth.asking import DEADLINE_SECONDS, Asker
from tests.contract.reading import WITHIN_SECONDS
from tests.unit.sources.secret_objects import secret_object

SECRET = SecretRef("shop", "auth")
EVERY_SECONDS = 0.2


@dataclass
class Running:
    """A collector with one query, and an API server that has one Secret."""

    query: Query
    secret: Mapping[str, str]
    """What is in the Secret; it may be replaced at any time."""
    store: Store = field(default_factory=lambda: Store(window_seconds=900))
    _measured: asyncio.Event = field(default_factory=asyncio.Event)

    async def get(self, _: str) -> Json:
        return secret_object(self.secret)

    def hear(self, *_: object) -> None:
        self._measured.set()

    @property
    def window(self) -> Window:
        return self.store.window(self.query)

    async def newest(self, is_so: Callable[[Reading], bool]) -> Reading:
        """The first reading from now on for which `is_so`."""
        async with asyncio.timeout(WITHIN_SECONDS):
            while True:
                self._measured.clear()
                await self._measured.wait()
                if (reading := self.window.newest) is not None and is_so(reading):
                    return reading


@asynccontextmanager
async def running(asker: Asker, query: Query, secret: Mapping[str, str]) -> AsyncIterator[Running]:
    """Measure `query`, whose connection names SECRET, five times a second."""
    one = Running(query, secret)
    keys = Keyring(one, clock=time.time)
    collector = Collector(
        asker.make,
        keys,
        one.store,
        interval=EVERY_SECONDS,
        deadline_seconds=DEADLINE_SECONDS,
        clock=time.time,
        on_pass=one.hear,
    )
    collector.set_queries([query])
    try:
        yield one
    finally:
        await collector.close()
        await keys.close()

"""Ask a server as the operator does, with the entries of a Secret."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

from logpipeline.api.conditions import Reason
from logpipeline.core.readings import Missing, Reading
from logpipeline.sources.base import Connection, Query
from logpipeline.sources.credentials import Credentials
from logpipeline.sources.guarded import GuardedReader, Reader
from logpipeline.sources.usability import check
from tests.contract.governing import governed, source_reason
from tests.contract.reading import missed, until
from tests.unit.sources.keys import FakeKeys

DEADLINE_SECONDS = 2.0
GOODBYE_SECONDS = 0.05
"""For connections that were refused: the client library closes them without waiting, over TLS by and by."""


class Asker:
    """One kind of source, given by the class of its reader."""

    def __init__(self, reader: Callable[..., Reader]) -> None:
        self._reader = reader

    def make(self, connection: Connection, credentials: Credentials) -> Reader:
        return self._reader(connection, credentials, deadline_seconds=DEADLINE_SECONDS, clock=time.time)

    async def ask(self, query: Query, secret: Mapping[str, str], is_so: Callable[[Reading], bool]) -> Any:  # noqa: ANN401
        """The first reading for which `is_so`."""
        credentials = Credentials.of(secret)
        check(query.connection, credentials)
        keys = FakeKeys(credentials)
        reader = GuardedReader(
            self.make, query.connection, keys, deadline_seconds=DEADLINE_SECONDS, clock=time.time
        )

        async def measure() -> Reading:
            return (await reader.sample([query]))[query]

        try:
            reading = await until(measure, is_so)
            assert is_refusal(reading) == bool(keys.doubted)
            return reading
        finally:
            await reader.close()
            await asyncio.sleep(GOODBYE_SECONDS)

    async def refused(self, query: Query, secret: Mapping[str, str]) -> str:
        """What is said where these do not open the door; the count is held then."""
        missing = missed(await self.ask(query, secret, is_refusal))
        decision = governed([missing], replicas=8)
        assert source_reason(decision) is Reason.SOURCE_REFUSED
        assert [stage.replicas for stage in decision.stages.values()] == [8]
        message = missing.message
        for value in (secret.get(key) for key in ("password", "token", "tls.key")):
            assert value is None or value not in message
        return message


def is_refusal(reading: Reading) -> bool:
    return isinstance(reading, Missing) and reading.reason is Reason.SOURCE_REFUSED

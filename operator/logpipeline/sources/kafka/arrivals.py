"""What arrived in a Kafka source in the last weeks, read from the brokers a little at a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import NamedTuple

import numpy as np

from logpipeline.core.readings import PartitionId, Rates
from logpipeline.sources.base import Clock, KafkaConnection
from logpipeline.sources.credentials import Credentials
from logpipeline.sources.kafka.past import ANSWER_SECONDS
from logpipeline.sources.kafka.process import ClientDiedError, ClientFailedError, ClientProcess
from logpipeline.sources.kafka.wire import REFUSED_SECONDS, Asker, Steps

STEPS_AT_A_TIME = 288
PATIENCE_SECONDS = 120.0
"""For the answer to one question: brokers are asked at half their pace, and again where some are silent."""
REST_SECONDS = 1.0
"""Between two questions."""
TRIES = 3


class ArrivalsError(RuntimeError):
    """The past cannot be had. Says why in a sentence."""


class Part(NamedTuple):
    """A part of the past."""

    at: Rates
    """(K,) when each step begins, Unix seconds."""
    per_second: Rates
    """(K,) records/s; NaN where the brokers do not know any more."""


class KafkaArrivals:
    """Asks one cluster, in the process of the client library, over a connection of its own."""

    def __init__(
        self, connection: KafkaConnection, credentials: Credentials, process: ClientProcess, clock: Clock
    ) -> None:
        values, number = dict(credentials.values), process.new_number()
        self._asker = Asker(number, connection, values, ANSWER_SECONDS, REFUSED_SECONDS)
        self._process = process
        self._clock = clock

    async def back(self, partitions: tuple[PartitionId, ...], steps: Steps) -> AsyncIterator[Part]:
        """What arrived in `steps`, the newest part first, until nobody knows any more.

        Raises ArrivalsError.
        """
        try:
            left = steps.many
            while left > 0:
                count = min(STEPS_AT_A_TIME, left)
                left -= count
                begins = steps.begins + left * steps.seconds
                part = await self._part(partitions, Steps(begins, steps.seconds, count))
                yield part
                if not np.isfinite(part.per_second).any():
                    return
                await asyncio.sleep(REST_SECONDS)
        finally:
            await self._forget()

    async def _part(self, partitions: tuple[PartitionId, ...], steps: Steps) -> Part:
        why = ""
        for _ in range(TRIES):
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    client = await self._process.client()
                    arrived = await client.ask_past(self._asker, self._clock(), partitions, steps)
            except (ClientDiedError, ClientFailedError) as failure:
                why = str(failure)
                await asyncio.sleep(REST_SECONDS)
                continue
            except TimeoutError:
                raise ArrivalsError(f"no answer within {PATIENCE_SECONDS:g} s") from None
            if arrived.per_second is None:
                raise ArrivalsError(arrived.why)
            return Part(
                steps.begins + steps.seconds * np.arange(steps.many, dtype=np.float64), arrived.per_second
            )
        raise ArrivalsError(why)

    async def _forget(self) -> None:
        with suppress(ClientDiedError):
            (await self._process.client()).forget(self._asker)

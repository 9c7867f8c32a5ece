"""What waits in Kafka: one pass over a cluster for all the queries that concern it."""

import asyncio
from collections.abc import Collection, Mapping
from contextlib import suppress

from logpipeline.api.conditions import Reason
from logpipeline.core.readings import Missing, Reading
from logpipeline.sources.base import Clock, KafkaConnection, KafkaQuery
from logpipeline.sources.credentials import Credentials
from logpipeline.sources.kafka.process import Client, ClientDiedError, ClientProcess
from logpipeline.sources.kafka.wire import REFUSED_SECONDS, Asker, heard
from logpipeline.sources.naming import name_of

TRIES = 2
"""The faults that end the client are moments of change in a cluster: the second time it is through."""


class KafkaReader:
    """A `SourceReader` for one cluster, which the client library measures in a process of its own."""

    def __init__(
        self,
        connection: KafkaConnection,
        credentials: Credentials,
        process: ClientProcess,
        *,
        deadline_seconds: float,
        clock: Clock,
        refused_seconds: float = REFUSED_SECONDS,
    ) -> None:
        number = process.new_number()
        self._asker = Asker(number, connection, dict(credentials.values), deadline_seconds, refused_seconds)
        self._process = process
        self._clock = clock
        self._client: Client | None = None
        self._in_step = False
        self._queries: Collection[KafkaQuery] = ()
        self._order: tuple[KafkaQuery, ...] = ()
        self._heard: dict[KafkaQuery, Reading] = {}

    async def sample(self, queries: Collection[KafkaQuery]) -> Mapping[KafkaQuery, Reading]:
        """Measure all queries in one pass; in a second one where the client died in the first."""
        loop = asyncio.get_running_loop()
        until, why = loop.time() + self._asker.deadline_seconds, ""
        for _ in range(TRIES):
            left = until - loop.time()
            if left <= 0:
                break
            try:
                return await self._asked(queries, left)
            except ClientDiedError as death:
                why = str(death)
        where = name_of(self._asker.connection)
        message = f"the Kafka client failed while it measured {where}: {why}; it begins anew"
        return dict.fromkeys(queries, Missing(self._clock(), Reason.SOURCE_UNREACHABLE, message))

    async def close(self) -> None:
        """Let go of the cluster; a pass that is still under way ends by its deadline, unheard."""
        if self._client is not None:
            with suppress(ClientDiedError):
                self._client.forget(self._asker)

    async def _asked(self, queries: Collection[KafkaQuery], seconds: float) -> Mapping[KafkaQuery, Reading]:
        client = await self._process.client()
        anew = not self._in_step or client is not self._client
        changed = anew or queries != self._queries
        if changed:
            self._client, self._queries, self._order = client, queries, tuple(queries)
        self._in_step = False  # until the answer is heard the client may know of more than we do
        told = await client.ask(
            self._asker, self._clock(), seconds, self._order if changed else None, anew=anew
        )
        before = {} if anew else self._heard
        answers = zip(self._order, told, strict=True)
        self._heard = {query: heard(answer, before.get(query)) for query, answer in answers}
        self._in_step = True
        return self._heard

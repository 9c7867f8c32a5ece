"""What waits by PromQL: one pass over a Prometheus server for all the queries that concern it."""

import asyncio
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from time import monotonic
from typing import Any, Final, NamedTuple

from requests import RequestException

from logpipeline.api.conditions import Reason
from logpipeline.core.readings import Missing, Reading
from logpipeline.sources.base import Clock, PrometheusConnection, PrometheusQuery
from logpipeline.sources.credentials import Credentials, CredentialsError
from logpipeline.sources.naming import name_of
from logpipeline.sources.prometheus.client import PrometheusClient
from logpipeline.sources.prometheus.errors import NotAskedError, NotPrometheusError, no_address
from logpipeline.sources.prometheus.readings import Answers, questions_of

CONNECTIONS: Final = 4
"""So many questions are under way at once: one that is slow does not keep the others waiting."""
GRACE_SECONDS: Final = 0.3
"""How long past the deadline our threads may take to see that it has passed."""


class PrometheusReader:
    """A `SourceReader` for one server.

    The client library blocks: its calls are made in threads of our own, each within what is left of the
    pass's deadline. What took long in the last pass is asked last in the next: so a heavy query costs the one
    who gave it.
    """

    def __init__(
        self,
        connection: PrometheusConnection,
        credentials: Credentials,
        *,
        deadline_seconds: float,
        clock: Clock,
    ) -> None:
        self._address = connection.address
        self._credentials = credentials
        self._where = name_of(connection)
        self._seconds = deadline_seconds
        self._clock = clock
        self._threads = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="prometheus")
        self._client: PrometheusClient | None = None
        self._took: dict[str, float] = {}

    async def sample(self, queries: Collection[PrometheusQuery]) -> Mapping[PrometheusQuery, Reading]:
        """Measure all queries in one pass."""
        try:
            client = self._connected()
        except CredentialsError as unusable:
            message = f"the Secret for {self._where} cannot be used: {unusable}"
            return dict.fromkeys(queries, Missing(self._clock(), Reason.SECRET_INVALID, message))
        except ValueError:
            return dict.fromkeys(queries, no_address(self._clock(), self._where))
        outcomes = await self._ask_all(client, set(chain.from_iterable(map(questions_of, queries))))
        answers = Answers(self._clock(), self._where, self._seconds, outcomes)
        return {query: answers.reading(query) for query in queries}

    async def close(self) -> None:
        """Close the connections; what is still asked on them ends with that."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        if self._client is not None:
            self._client.close()

    def _connected(self) -> PrometheusClient:
        """The client; it connects with the first question.

        Raises CredentialsError, or ValueError for an address.
        """
        if self._client is None:
            self._client = PrometheusClient(self._address, self._credentials, CONNECTIONS)
        return self._client

    async def _ask_all(self, client: PrometheusClient, questions: Collection[str]) -> Mapping[str, Any]:
        """The result of each question, or an exception in its place."""
        give_up = monotonic() + self._seconds
        loop = asyncio.get_running_loop()
        asked = {
            question: loop.run_in_executor(self._threads, _ask, client, question, give_up)
            for question in sorted(questions, key=self._expected_seconds)
        }
        await asyncio.wait(asked.values(), timeout=self._seconds + GRACE_SECONDS)
        if not all(future.done() for future in asked.values()):
            client.abort()
        late = _Answered(NotAskedError(), self._seconds)
        answered = {
            question: future.result() if future.done() else late for question, future in asked.items()
        }
        self._took = {question: took for question, (_, took) in answered.items() if took is not None}
        return {question: outcome for question, (outcome, _) in answered.items()}

    def _expected_seconds(self, question: str) -> float:
        """What it took last time; one that is new comes after the quick ones and before the slow ones."""
        return self._took.get(question, self._seconds / 2)


class _Answered(NamedTuple):
    """What came of a question."""

    outcome: Any
    """Its result, or an exception."""
    took: float | None
    """Seconds; None where it was not asked."""


def _ask(client: PrometheusClient, question: str, give_up: float) -> _Answered:
    began = monotonic()
    if began >= give_up:
        return _Answered(NotAskedError(), None)
    try:
        outcome = client.ask(question, give_up - began)
    except (RequestException, NotPrometheusError) as failure:
        outcome = failure
    return _Answered(outcome, monotonic() - began)

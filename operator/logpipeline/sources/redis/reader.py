"""What waits in Redis streams and lists: one pass over all servers of a connection, for all queries."""

import asyncio
from collections.abc import Collection, Mapping
from typing import Final

from redis.exceptions import AskError, RedisError

from logpipeline.api.conditions import Reason
from logpipeline.core.readings import Doubt, Missing, Reading
from logpipeline.sources.base import Clock, RedisConnection, RedisQuery
from logpipeline.sources.credentials import Credentials, CredentialsError
from logpipeline.sources.naming import name_of
from logpipeline.sources.redis import errors
from logpipeline.sources.redis.directories import directory_of
from logpipeline.sources.redis.ledger import Ledger, Subject
from logpipeline.sources.redis.nodes import Address, Clients, data_clients
from logpipeline.sources.redis.places import Directory, Places
from logpipeline.sources.redis.questions import Question, questions_of
from logpipeline.sources.redis.standing import reading_of
from logpipeline.sources.redis.visit import Findings, Visit, follow, nothing_of, subjects_of

REDIRECTIONS: Final = 2
"""How often in one pass it is followed when a node of a cluster says that another one has a key."""


_ByNode = dict[tuple[Address, bool], Collection[Question]]
"""What to ask each node, and whether as the one that takes over."""


class RedisReader:
    """A `SourceReader` for one server, the primary behind sentinels, or a cluster.

    Servers are asked at once, each on one connection that is made anew after anything went wrong, and each
    until the deadline: one that is silent costs what it has, and nothing else.
    """

    def __init__(
        self,
        connection: RedisConnection,
        credentials: Credentials,
        *,
        deadline_seconds: float,
        clock: Clock,
    ) -> None:
        self._connection = connection
        self._credentials = credentials
        self._where = name_of(connection)
        self._seconds = deadline_seconds
        self._clock = clock
        self._ledger = Ledger()
        self._near: set[Address] = set()
        self._servers: tuple[Clients, Directory] | None = None

    async def sample(self, queries: Collection[RedisQuery]) -> Mapping[RedisQuery, Reading]:
        """Measure all queries in one pass."""
        try:
            clients, directory = self._servers = self._servers or self._connected()
        except CredentialsError as error:
            message = f"the Secret for {self._where} cannot be used: {error}"
            return dict.fromkeys(queries, Missing(self._clock(), Reason.SECRET_INVALID, message))
        except ValueError:
            # What the parser says may quote a piece of the password.
            message = f"{self._where} is no address: give redis://host:port/database, without options"
            return dict.fromkeys(queries, Missing(self._clock(), Reason.SOURCE_REFUSED, message))
        end = asyncio.get_running_loop().time() + self._seconds
        questions = questions_of(queries)
        self._ledger.begin([subject for question in questions for subject in subjects_of(question)])
        places = await directory.find(questions)
        if isinstance(places, Missing):
            return dict.fromkeys(queries, places)
        await clients.keep(frozenset(places.at))
        found = await self._visit_all(clients, directory, places, end)
        now = self._clock()
        return {query: _reading(now, query, found, places.doubts) for query in queries}

    async def close(self) -> None:
        """Close all connections."""
        servers, self._servers = self._servers, None
        if servers is not None:
            await asyncio.gather(*(one.close() for one in servers))

    def _connected(self) -> tuple[Clients, Directory]:
        clients = data_clients(self._connection, self._credentials, self._seconds)
        directory = directory_of(
            self._connection, self._credentials, clients, seconds=self._seconds, clock=self._clock
        )
        return clients, directory

    async def _visit_all(
        self, clients: Clients, directory: Directory, places: Places, end: float
    ) -> Findings:
        """Visit every server, and the nodes that they refer to."""
        found = Findings()
        for question, missing in places.nowhere.items():
            found.add(nothing_of([question], missing))
        todo: _ByNode = {(address, False): questions for address, questions in places.at.items()}
        for _ in range(1 + REDIRECTIONS):
            visits = (
                self._visit(clients, directory, address, questions, asking=asking, end=end)
                for (address, asking), questions in todo.items()
            )
            found.elsewhere = {}
            for one in await asyncio.gather(*visits):
                found.add(one)
            todo = _by_node(found.elsewhere)
        for question, error in found.elsewhere.items():
            name = f"'{question.key}'"
            missing = errors.explain_reply(self._clock(), self._where, name, error)
            found.add(nothing_of([question], missing))
        if found.unsettled:
            directory.distrust()
        return found

    async def _visit(
        self,
        clients: Clients,
        directory: Directory,
        address: Address,
        questions: Collection[Question],
        *,
        asking: bool,
        end: float,
    ) -> Findings:
        where = directory.name(address)
        visit = Visit(where, clients.of(address), self._ledger, asking=asking, clock=self._clock)
        try:
            async with asyncio.timeout_at(end):
                found = await visit.make(questions, memory_was_near=address in self._near)
        except (RedisError, OSError, TimeoutError) as error:
            await clients.drop(address)
            directory.distrust()
            failure = errors.Failure(where, error, answered=visit.answered, seconds=self._seconds)
            return nothing_of(questions, errors.explain_pass(self._clock(), failure))
        (self._near.add if visit.memory_is_near else self._near.discard)(address)
        return found


def _by_node(elsewhere: Mapping[Question, AskError]) -> _ByNode:
    return {
        node: [question for question, error in elsewhere.items() if follow(error) == node]
        for node in {follow(error) for error in elsewhere.values()}
    }


def _reading(now: float, query: RedisQuery, found: Findings, doubts: tuple[Doubt, ...]) -> Reading:
    subjects = [Subject(key, query.group) for key in query.streams] + [
        Subject(one.key, keys=one) for one in query.lists
    ]
    # A silent server is waited for until the deadline: those that answered did so long before.
    at = max((found.times[subject] for subject in subjects if subject in found.times), default=now)
    of_servers = [doubt for subject in subjects for doubt in found.doubts.get(subject, ())]
    standings = {subject.key: found.standings[subject] for subject in subjects}
    return reading_of(at, standings, (*of_servers, *doubts))

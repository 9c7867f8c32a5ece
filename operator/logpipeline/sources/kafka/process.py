"""The way to the process in which the Kafka client library works, and that process's life."""

import asyncio
import pickle
import sys
from asyncio import Future, IncompleteReadError, StreamReader, Task
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from itertools import count
from typing import Final

import structlog

from logpipeline.core.readings import PartitionId
from logpipeline.sources.base import KafkaQuery
from logpipeline.sources.kafka.wire import (
    LENGTH,
    Answer,
    Arrived,
    Asker,
    Farewell,
    PastQuestion,
    Question,
    Steps,
    Told,
    frame,
)

PROGRAM: Final = "logpipeline.sources.kafka.apart"
HANG_SECONDS: Final = 30.0
"""A client that owes answers and gave none for so long is ended: a slow pass takes seconds."""
FEWEST_GIVEN_UP: Final = 2
LARGE_BYTES: Final = 1 << 16
_BUFFER: Final = 1 << 20
"""Bytes of answers that are read ahead."""


class ClientDiedError(Exception):
    """The process of the client library ended before it answered."""


class ClientFailedError(Exception):
    """The process of the client library could not make an answer; it says where, for a log."""


class Client:
    """One such process, from its start to its end."""

    def __init__(self, process: Process, hang_seconds: float) -> None:
        self._process = process
        self._hang_seconds = hang_seconds
        self._numbers = count(1)
        self._waiting: dict[int, Future[Answer]] = {}
        self._listening = asyncio.create_task(self._listen(), name="kafka client")
        self._silent_since = asyncio.get_running_loop().time()
        """Since when it owes an answer and has given none."""
        self._given_up = 0
        """Questions since then for whose answers nobody waits any longer."""
        self.stopping = False

    @classmethod
    async def start(cls, hang_seconds: float) -> "Client":
        """A new one, which may be silent for so long. Raises ClientDiedError where it cannot be."""
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-P", "-m", PROGRAM, stdin=PIPE, stdout=PIPE, limit=_BUFFER
            )
        except OSError as error:
            raise ClientDiedError(f"its process cannot be started: {error}") from error
        return cls(process, hang_seconds)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def busy(self) -> bool:
        """It was asked something that it has not answered yet."""
        return bool(self._waiting)

    @property
    def ended(self) -> bool:
        """It answers nothing any more."""
        return self._listening.done()

    async def ask(
        self,
        asker: Asker,
        now: float,
        seconds: float,
        queries: tuple[KafkaQuery, ...] | None,
        *,
        anew: bool,
    ) -> list[Told]:
        """What a `Question` of these asks for.

        Raises ClientDiedError when it ends before that, and ClientFailedError when it finds no answer. Where
        nobody waits for the answer any longer, and nobody had one for long, it is ended.
        """
        loop = asyncio.get_running_loop()
        asked_at = loop.time()  # the monotonic clock of the machine
        question = Question(next(self._numbers), asker, now, asked_at, asked_at + seconds, queries, anew=anew)
        return (await self._answered(question)).readings

    async def ask_past(
        self, asker: Asker, now: float, partitions: tuple[PartitionId, ...], steps: Steps
    ) -> Arrived:
        """What a `PastQuestion` of these asks for. Raises the same."""
        asked_at = asyncio.get_running_loop().time()
        question = PastQuestion(next(self._numbers), asker, now, asked_at, partitions, steps)
        return (await self._answered(question)).arrived

    async def _answered(self, question: Question | PastQuestion) -> Answer:
        loop = asyncio.get_running_loop()
        if not self._waiting:
            self._silent_since = question.asked_at
        answer: Future[Answer] = loop.create_future()
        self._waiting[question.number] = answer
        try:
            self._say(question)
            return await answer
        except asyncio.CancelledError:
            self._given_up += 1
            silent = loop.time() - self._silent_since > self._hang_seconds
            if silent and self._given_up >= FEWEST_GIVEN_UP:  # we may just have been frozen ourselves
                structlog.get_logger().error("the Kafka client hangs: it begins anew", pid=self.pid)
                self._kill()
            raise
        finally:
            self._waiting.pop(question.number, None)

    def forget(self, asker: Asker) -> None:
        """Give his connection back."""
        if not self.ended:
            self._say(Farewell(asker.number))

    async def stop(self) -> None:
        """End it."""
        self.stopping = True
        self._kill()
        await asyncio.wait({self._listening})

    def _say(self, message: Question | PastQuestion | Farewell) -> None:
        if self.ended or self._process.stdin is None:
            raise ClientDiedError("its process has ended")
        self._process.stdin.write(frame(message))

    def _kill(self) -> None:
        with suppress(ProcessLookupError):
            self._process.kill()

    async def _listen(self) -> None:
        try:
            while (answer := await _next_answer(self._process.stdout)) is not None:
                self._silent_since, self._given_up = asyncio.get_running_loop().time(), 0
                waiting = self._waiting.get(answer.number)
                if waiting is None or waiting.done():
                    continue
                if answer.failure:
                    waiting.set_exception(ClientFailedError(answer.failure))
                else:
                    waiting.set_result(answer)
        except BaseException:
            self._kill()
            raise
        finally:
            code = await self._process.wait()
            if not self.stopping:
                structlog.get_logger().error("the Kafka client ended: it begins anew", exit_code=code)
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(ClientDiedError(f"its process ended with {code}"))


class ClientProcess:
    """The client that there is, and a new one when it has ended: one for all clusters.

    A process for each would cost 40 MB per set of credentials.
    """

    def __init__(self, hang_seconds: float = HANG_SECONDS) -> None:
        self._hang_seconds = hang_seconds
        self._starting: Task[Client] | None = None
        self._askers = count(1)

    def new_number(self) -> int:
        """A number for one who will ask."""
        return next(self._askers)

    async def client(self) -> Client:
        """The one that runs. Raises ClientDiedError where none can be started."""
        if self._starting is None or _is_over(self._starting):
            self._starting = asyncio.create_task(Client.start(self._hang_seconds))
        return await asyncio.shield(self._starting)

    async def close(self) -> None:
        """End it."""
        starting, self._starting = self._starting, None
        if starting is not None:
            with suppress(ClientDiedError):
                await (await starting).stop()


def _is_over(starting: Task[Client]) -> bool:
    if not starting.done():
        return False
    return starting.cancelled() or starting.exception() is not None or starting.result().ended


async def _next_answer(answers: StreamReader | None) -> Answer | None:
    """None at the end."""
    if answers is None:
        return None
    try:
        length = LENGTH.unpack(await answers.readexactly(LENGTH.size))
        body = await answers.readexactly(*length)
    except (IncompleteReadError, ConnectionError):
        return None
    if len(body) < LARGE_BYTES:
        answer: Answer = pickle.loads(body)  # noqa: S301 - of our own process
    else:  # in a thread, since it would hold up the event loop
        answer = await asyncio.to_thread(pickle.loads, body)
    return answer

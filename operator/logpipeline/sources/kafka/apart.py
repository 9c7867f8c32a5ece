"""The process in which the Kafka client library works: `python -m logpipeline.sources.kafka.apart`.

The library ends its whole process on some faults of a cluster (ADR 0012). Here it takes nothing with it that
cannot be had again: questions come in on standard input, readings go out on standard output, and the process
ends when its input does.
"""

import os
import pickle
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from time import monotonic
from traceback import format_exc
from typing import TYPE_CHECKING, BinaryIO

from confluent_kafka import KafkaException

from logpipeline.api.conditions import Reason
from logpipeline.core.readings import Missing, Reading
from logpipeline.sources.credentials import NO_CREDENTIALS, Credentials
from logpipeline.sources.kafka.cluster import Cluster
from logpipeline.sources.kafka.past import PastError, PastReader, Span
from logpipeline.sources.kafka.sampling import ClusterPass
from logpipeline.sources.kafka.wire import (
    LENGTH,
    Answer,
    Arrived,
    Asker,
    Farewell,
    PastQuestion,
    Question,
    frame,
    told,
)
from logpipeline.sources.naming import name_of

if TYPE_CHECKING:
    from logpipeline.sources.base import KafkaQuery


class TheirClock:
    """The clock of whoever asks, as it goes on from the moment of the question."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def set(self, now: float, at: float) -> None:
        """It was `now`, Unix seconds, when the machine's clock was at `at`."""
        self._ahead = now - at

    def __call__(self) -> float:
        """Unix seconds."""
        return monotonic() + self._ahead


class Desk:
    """Answers one asker: his cluster, measured in a thread of its own, and what he was told last."""

    def __init__(self) -> None:
        self.thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="kafka")
        self._clock = TheirClock()
        self._pass: ClusterPass | None = None
        self._queries: tuple[KafkaQuery, ...] = ()
        self._told: dict[KafkaQuery, Reading] = {}
        self._past: PastReader | None = None

    def answer(self, question: Question | PastQuestion) -> Answer:
        """A reading for every query, or what arrived in the past."""
        if isinstance(question, PastQuestion):
            return Answer(question.number, [], arrived=self._arrived(question))
        self._clock.set(question.now, question.asked_at)
        if question.queries is not None:
            self._queries = question.queries
        before = {} if question.anew else self._told
        self._told = dict(zip(self._queries, self._measured(question), strict=True))
        news = [told(reading, before.get(query)) for query, reading in self._told.items()]
        return Answer(question.number, news)

    def forget(self) -> None:
        """Let go of the cluster; a pass that is still under way ends by its deadline, unheard."""
        self.thread.submit(self._drop)
        self.thread.shutdown(wait=False)

    def _drop(self) -> None:
        self._pass = self._past = None

    def _arrived(self, question: PastQuestion) -> Arrived:
        self._clock.set(question.now, question.asked_at)
        span = Span(*question.steps)
        try:
            if self._past is None:
                connection, credentials = question.asker.connection, _credentials(question.asker)
                self._past = PastReader(connection, credentials, clock=self._clock)
            past = self._past.read(question.partitions, span)
        except PastError as error:
            return Arrived(why=str(error))
        except KafkaException as failure:
            return Arrived(why=failure.args[0].str())
        if not past.believable:
            return Arrived(why="the timestamps of its records do not agree with its log")
        return Arrived(past.counts.sum(axis=1) / question.steps.seconds)

    def _measured(self, question: Question) -> list[Reading]:
        asker = question.asker
        try:
            if self._pass is None:
                cluster = Cluster(
                    asker.connection,
                    _credentials(asker),
                    seconds=asker.deadline_seconds,
                    clock=self._clock,
                    refused_seconds=asker.refused_seconds,
                )
                self._pass = ClusterPass(cluster, self._clock)
            readings = self._pass.run(self._queries, max(0.0, question.until - monotonic()))
        except KafkaException as failure:
            message = (
                f"cannot use {name_of(asker.connection)} as bootstrap servers: {failure.args[0].str()}; "
                "give host:port, separated by commas"
            )
            return [Missing(self._clock(), Reason.SOURCE_REFUSED, message)] * len(self._queries)
        return [readings[query] for query in self._queries]


def _credentials(asker: Asker) -> Credentials:
    return Credentials.of(asker.credentials) if asker.credentials else NO_CREDENTIALS


class Office:
    """All desks of this process, and the way out for their answers."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._lock = Lock()
        self._desks: dict[int, Desk] = {}

    def hear(self, message: Question | PastQuestion | Farewell) -> None:
        """Begin to answer a question, or forget who says farewell."""
        if isinstance(message, Farewell):
            desk = self._desks.pop(message.asker, None)
            if desk is not None:
                desk.forget()
            return
        desk = self._desks.get(message.asker.number)
        if desk is None:
            desk = self._desks[message.asker.number] = Desk()
        desk.thread.submit(self._answer, desk, message)

    def _answer(self, desk: Desk, question: Question | PastQuestion) -> None:
        try:
            written = frame(desk.answer(question))
        except Exception:  # noqa: BLE001 - costs the one who asked, and nobody else
            written = frame(Answer(question.number, [], format_exc()))
        try:
            with self._lock:
                self._out.write(written)
                self._out.flush()
        except OSError:  # nobody hears us any more
            os._exit(1)


def main() -> None:
    """Answer until nobody can ask any more."""
    for number in (signal.SIGINT, signal.SIGTERM):  # meant for the operator, who ends us in his own order
        signal.signal(number, signal.SIG_IGN)
    office = Office(_take_standard_output())
    questions = sys.stdin.buffer
    while len(length := questions.read(LENGTH.size)) == LENGTH.size:
        office.hear(pickle.loads(questions.read(*LENGTH.unpack(length))))  # noqa: S301 - of our own operator
    os._exit(0)  # a pass may be under way, and nobody waits for it


def _take_standard_output() -> BinaryIO:
    """Standard output for answers alone: whatever else is printed goes to standard error."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


if __name__ == "__main__":
    main()

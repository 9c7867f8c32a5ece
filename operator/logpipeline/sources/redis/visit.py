"""One server, asked in one pass for all that concerns it: at most two round trips."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import AskError, ClusterDownError, MovedError, RedisError

from logpipeline.core.readings import Doubt, Missing
from logpipeline.sources.base import Clock
from logpipeline.sources.redis import doubts, errors, health
from logpipeline.sources.redis.ledger import Ledger, Subject
from logpipeline.sources.redis.lists import list_standing
from logpipeline.sources.redis.nodes import Address
from logpipeline.sources.redis.questions import (
    Question,
    Replies,
    StreamKey,
    UndeliveredRange,
    ask,
    undelivered_ids,
)
from logpipeline.sources.redis.standing import Standing
from logpipeline.sources.redis.streams import (
    StreamGroup,
    UnsupportedServerError,
    parse,
    stream_standing,
    undelivered_of,
)


@dataclass(slots=True)
class Findings:
    """What was found out of each subject."""

    standings: dict[Subject, Standing | Missing] = field(default_factory=dict)
    times: dict[Subject, float] = field(default_factory=dict)
    """When its server answered."""
    doubts: dict[Subject, tuple[Doubt, ...]] = field(default_factory=dict)
    """About the server that has the subject."""
    elsewhere: dict[Question, AskError] = field(default_factory=dict)
    """What another node of the cluster has, or is about to take over."""
    unsettled: bool = False
    """The cluster is not as it was told."""

    def add(self, other: "Findings") -> None:
        """Take over what was found elsewhere."""
        self.standings |= other.standings
        self.times |= other.times
        self.doubts |= other.doubts
        self.elsewhere |= other.elsewhere
        self.unsettled |= other.unsettled


def subjects_of(question: Question) -> tuple[Subject, ...]:
    """What a question is about: each group of a stream, or a list."""
    if isinstance(question, StreamKey):
        return tuple(Subject(question.key, group) for group in question.groups)
    return (Subject(question.key, keys=question),)


def nothing_of(questions: Collection[Question], missing: Missing) -> Findings:
    """The same reason for all of them."""
    return Findings(dict.fromkeys(_subjects(questions), missing))


class Visit:
    """A visit to one server, called `where`."""

    def __init__(self, where: str, client: Redis, ledger: Ledger, *, asking: bool, clock: Clock) -> None:
        self._where = where
        self._client = client
        self._ledger = ledger
        self._asking = asking
        self._clock = clock
        self._found = Findings()
        self.answered = False
        self.memory_is_near = False

    async def make(self, questions: Collection[Question], *, memory_was_near: bool) -> Findings:
        """Ask, and read the replies. Raises RedisError, OSError."""
        replies = await ask(self._client, questions, asking=self._asking, clock=self._clock)
        self.answered = True
        here = [question for question in questions if self._is_here(question, replies.said[question])]
        replica = health.not_the_primary(self._clock(), self._where, replies.replication)
        if replica is not None:
            self._found.unsettled = True
            self._found.add(nothing_of(here, replica))
            return self._found
        self._found.times = dict.fromkeys(_subjects(here), self._clock())
        self._found.doubts = dict.fromkeys(_subjects(here), tuple(self._of_server(replies, memory_was_near)))
        for question in here:
            if not isinstance(question, StreamKey):
                reply = replies.said[question]
                self._settle(
                    subject := Subject(question.key, keys=question),
                    list_standing(self._clock(), self._where, question, reply, self._ledger.before(subject)),
                )
        streams = {question: replies.said[question] for question in here if isinstance(question, StreamKey)}
        await self._see_streams(streams, replies.ahead_seconds)
        return self._found

    def _is_here(self, question: Question, reply: Any) -> bool:  # noqa: ANN401
        self._found.unsettled |= isinstance(reply, AskError | ClusterDownError)
        if isinstance(reply, AskError):
            self._found.elsewhere[question] = reply
        return not isinstance(reply, AskError)

    def _of_server(self, replies: Replies, memory_was_near: bool) -> Iterator[Doubt]:  # noqa: FBT001
        silent = health.not_told(self._where, replies.memory, replies.replication)
        if silent is not None:
            yield silent
        near = health.memory_near_its_limit(self._where, replies.memory, said_before=memory_was_near)
        self.memory_is_near = near is not None
        if near is not None:
            yield near

    async def _see_streams(self, replies: Mapping[StreamKey, Any], ahead_seconds: float) -> None:
        parsed = {
            Subject(stream.key, group): self._parsed(stream.key, group, reply)
            for stream, reply in replies.items()
            for group in stream.groups
        }
        known = {subject: one for subject, one in parsed.items() if isinstance(one, StreamGroup)}
        now = self._clock()
        asked = {subject: self._ledger.look_up(subject, stream, now) for subject, stream in known.items()}
        # Up to the last entry of the first round trip: what came since is not in its count.
        ranges = {
            subject: UndeliveredRange(
                subject.key, stream.last_delivered_id, stream.last_generated_id, asked[subject]
            )
            for subject, stream in known.items()
            if asked[subject]
        }
        told = await undelivered_ids(self._client, list(ranges.values()), asking=self._asking)
        ids = dict(zip(ranges, told, strict=True))
        for subject, one in parsed.items():
            found = ids.get(subject, ())
            if isinstance(one, Missing):
                self._settle(subject, one)
            elif isinstance(found, RedisError):
                what = f"the entries of stream '{subject.key}'"
                self._settle(subject, errors.explain_reply(now, self._where, what, found))
            else:
                self._settle_stream(subject, one, asked[subject], found, ahead_seconds)

    def _parsed(self, key: str, group: str, reply: Any) -> StreamGroup | Missing:  # noqa: ANN401
        at = self._clock()
        if isinstance(reply, RedisError):
            return errors.explain_reply(at, self._where, f"stream '{key}'", reply)
        try:
            return parse(reply, group) or errors.no_group(at, self._where, key, group)
        except UnsupportedServerError:
            return errors.too_old(at, self._where)

    def _settle_stream(
        self, subject: Subject, stream: StreamGroup, asked: int, ids: Collection[bytes], ahead_seconds: float
    ) -> None:
        entries, surplus = tuple(ids), self._ledger.surplus(subject)
        undelivered = undelivered_of(stream, asked, entries, surplus=surplus)
        self._ledger.compare(subject, stream, asked, undelivered, self._clock())
        standing = stream_standing(stream, undelivered, entries, surplus=surplus, ahead_seconds=ahead_seconds)
        self._settle(subject, standing, self._ledger.vanished(self._where, subject, stream))

    def _settle(self, subject: Subject, standing: Standing | Missing, *found: Doubt | None) -> None:
        self._found.standings[subject] = standing
        if isinstance(standing, Missing):
            return
        own = [doubt for doubt in found if doubt is not None]
        if standing.lost:
            own.append(doubts.lost(self._where, subject.key, subject.group, standing.lost))
        own += self._ledger.doubts(self._where, subject, standing, self._clock())
        self._found.doubts[subject] = (*own, *self._found.doubts[subject])


def follow(error: AskError) -> tuple[Address, bool]:
    """Which node to ask instead, and whether it must be told that it is being asked as the next one."""
    return Address(error.host, error.port), not isinstance(error, MovedError)


def _subjects(questions: Collection[Question]) -> Iterator[Subject]:
    return (subject for question in questions for subject in subjects_of(question))

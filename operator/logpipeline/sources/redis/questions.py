"""What is asked of a Redis server in one pass, and how its replies are told apart."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.exceptions import RedisError, ResponseError

from logpipeline.sources.base import Clock, ListKeys, RedisQuery


class StreamKey(NamedTuple):
    """A stream, with the groups that are of interest."""

    key: str
    groups: tuple[str, ...]


Question = StreamKey | ListKeys


class UndeliveredRange(NamedTuple):
    """The entries of a stream that a group was not given yet, from the first on."""

    key: str
    after: bytes
    until: bytes
    at_most: int


@dataclass(frozen=True, slots=True)
class Replies:
    """What a server said in the first round trip."""

    ahead_seconds: float
    """By how much our clock is ahead of the server's."""
    memory: Mapping[str, Any] | ResponseError
    """`INFO memory`."""
    replication: Mapping[str, Any] | ResponseError
    """`INFO replication`."""
    said: Mapping[Question, Any]
    """For a stream its description; for a list the replies for its keys in their order, of which all but the
    first may be errors; or an error."""


def questions_of(queries: Collection[RedisQuery]) -> frozenset[Question]:
    """Each stream and each list once, however many queries concern it."""
    groups: dict[str, set[str]] = {}
    for query in queries:
        for stream in query.streams:
            groups.setdefault(stream, set()).add(query.group)
    streams = (StreamKey(key, tuple(sorted(names))) for key, names in groups.items())
    return frozenset((*streams, *(keys for query in queries for keys in query.lists)))


async def ask(client: Redis, questions: Collection[Question], *, asking: bool, clock: Clock) -> Replies:
    """Put all questions in one round trip. Raises RedisError, OSError.

    `asking` is for the node of a cluster that is about to take over the keys.
    """
    pipeline = client.pipeline(transaction=False)
    pipeline.time()
    pipeline.info("memory")
    pipeline.info("replication")
    counts = [_put(pipeline, question, asking=asking) for question in questions]
    replies = iter(await pipeline.execute(raise_on_error=False))
    time, memory, replication = islice(replies, 3)
    if isinstance(time, RedisError):
        raise time
    return Replies(
        ahead_seconds=clock() - (time[0] + time[1] / 1e6),
        memory=memory,
        replication=replication,
        said={
            question: _read(question, replies, count, asking=asking)
            for question, count in zip(questions, counts, strict=True)
        },
    )


async def undelivered_ids(
    client: Redis, ranges: Sequence[UndeliveredRange], *, asking: bool
) -> list[Sequence[bytes] | RedisError]:
    """For each range the ids of its entries, or why they are not told. Raises RedisError, OSError."""
    if not ranges:
        return []
    pipeline = client.pipeline(transaction=False)
    for one in ranges:
        if asking:
            pipeline.execute_command("ASKING")
        pipeline.xrange(one.key, min=b"(" + one.after, max=one.until, count=one.at_most)
    replies = await pipeline.execute(raise_on_error=False)
    own = replies[1::2] if asking else replies
    return [reply if isinstance(reply, RedisError) else [entry for entry, _ in reply] for reply in own]


def _put(pipeline: Pipeline, question: Question, *, asking: bool) -> int:
    """Add the commands of a question. Gives how many replies they will have."""
    commands: list[tuple[str | int, ...]]
    if isinstance(question, StreamKey):
        # FULL tells of a stream and its groups in one atomic reply; COUNT bounds what it lists of each.
        commands = [("XINFO STREAM", question.key, "FULL", "COUNT", 1)]
    else:
        lengths = [("LLEN", key) for key in (question.key, question.processing) if key is not None]
        commands = [*lengths, *([("GET", question.arrival)] if question.arrival is not None else [])]
    before = len(pipeline)
    together = _together(question) and not asking
    if together:
        # All keys at one moment: else a record on its way between them counts twice, or not at all.
        pipeline.execute_command("MULTI")
    for command in commands:
        if asking:
            pipeline.execute_command("ASKING")
        pipeline.execute_command(*command, **({"full": True} if "FULL" in command else {}))
    if together:
        pipeline.execute_command("EXEC")
    return len(pipeline) - before


def _read(question: Question, replies: Iterator[Any], count: int, *, asking: bool) -> Any:  # noqa: ANN401
    own = list(islice(replies, count))
    if asking:
        own = own[1::2]
    if isinstance(question, StreamKey):
        return own[0]
    values = own[-1] if _together(question) and not asking else own
    if isinstance(values, RedisError):
        # What was refused when it was queued says more than that nothing was done then.
        return next((reply for reply in own if isinstance(reply, RedisError)), values)
    return values[0] if isinstance(values[0], RedisError) else values


def _together(question: Question) -> bool:
    return isinstance(question, ListKeys) and not (question.processing is question.arrival is None)

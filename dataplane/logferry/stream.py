"""A Redis stream as one consumer of a group sees it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeVar, cast
from urllib.parse import urlsplit

import msgspec
import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry

from logferry.errors import UsageError

RECORD_FIELD: Final = b"record"
"""The field of a stream entry that holds the record; other fields are none of our business."""

_BEGINNING: Final = "0"
_NEW: Final = ">"
_GROUP_LOST: Final = ("NOGROUP", "UNBLOCKED")
"""What Redis answers when the group is not there, and when the stream was deleted while we waited for it."""

_SOCKET_TIMEOUT_SECONDS: Final = 10.0


T = TypeVar("T")

log = structlog.get_logger()


class Entry(NamedTuple):
    """One stream entry: its id and the record's bytes."""

    id: bytes
    record: bytes


def connect(url: str) -> redis.Redis:
    """A client that leaves retrying to us: its own retries are silent and can hang for a minute.

    Raises UsageError for a URL that is none; connects only when used.
    """
    try:
        return redis.Redis.from_url(
            url,
            socket_timeout=_SOCKET_TIMEOUT_SECONDS,
            socket_connect_timeout=_SOCKET_TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
    except ValueError as error:
        raise UsageError(f"--redis is not a Redis URL such as redis://redis:6379/0: {error}") from error


def place_of(url: str) -> str:
    """The server a URL leads to, for messages: without the password that may be in it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


class StreamConsumer:
    """Reads entries, acknowledges them, claims those that others left. Every call may raise redis errors."""

    def __init__(self, client: redis.Redis, stream: str, group: str, consumer: str) -> None:
        self._client = client
        self._stream = stream
        self._group = group
        self._consumer = consumer

    def create_group(self) -> None:
        """Make the group (and the stream) unless it is there; it starts with the oldest entry."""
        try:
            self._client.xgroup_create(self._stream, self._group, id=_BEGINNING, mkstream=True)
        except redis.ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    def read_new(self, count: int, block_seconds: float) -> list[Entry]:
        """Entries nobody has had, waiting for the first."""
        return self._in_group(lambda: self._read(_NEW, count, block_seconds))

    def read_own(self, after: bytes, count: int) -> list[Entry]:
        """Entries given to this consumer's name in an earlier life and not acknowledged."""
        return self._in_group(lambda: self._read(after.decode(), count, None))

    def claim(self, idle_seconds: float, start: bytes, count: int) -> tuple[bytes, list[Entry]]:
        """Take over entries unacknowledged for so long; also says where to go on (`0-0`: done)."""
        answer = self._in_group(
            lambda: self._client.xautoclaim(
                self._stream,
                self._group,
                self._consumer,
                min_idle_time=round(idle_seconds * 1000),
                start_id=start.decode(),
                count=count,
            )
        )
        return answer[0], self._entries(answer[1])

    def renew(self, ids: Sequence[bytes]) -> None:
        """Set the idle time of own entries back, so that nobody claims what is merely slow."""
        self._in_group(
            lambda: self._client.xclaim(self._stream, self._group, self._consumer, 0, list(ids), justid=True)
        )

    def acknowledge(self, ids: Sequence[bytes], *, delete: bool) -> None:
        """Tell the group, and delete in the same transaction: a crash in between would leak the entries."""
        pipeline = self._client.pipeline(transaction=delete)
        pipeline.xack(self._stream, self._group, *ids)
        if delete:
            pipeline.xdel(self._stream, *ids)
        pipeline.execute()

    def leave(self) -> None:
        """Remove this consumer, unless entries are pending: Redis would forget that they were delivered."""
        pending = self._client.xpending_range(
            self._stream, self._group, min="-", max="+", count=1, consumername=self._consumer
        )
        if not pending:
            self._client.xgroup_delconsumer(self._stream, self._group, self._consumer)

    def _in_group(self, command: Callable[[], T]) -> T:
        """Run a command; if the group is gone with its server or stream, make it anew and run it again."""
        try:
            return command()
        except redis.ResponseError as error:
            if not str(error).startswith(_GROUP_LOST):
                raise
            log.warning(
                "the consumer group was lost and is made anew", stream=self._stream, group=self._group
            )
            self.create_group()
            return command()

    def _read(self, position: str, count: int, block_seconds: float | None) -> list[Entry]:
        block = None if block_seconds is None else max(1, round(block_seconds * 1000))
        answer = self._client.xreadgroup(
            self._group, self._consumer, {self._stream: position}, count=count, block=block
        )
        return self._entries(cast("list[Any]", answer)[0][1]) if answer else []

    def _entries(self, raw: Sequence[tuple[bytes, Mapping[bytes, bytes]]]) -> list[Entry]:
        # A pending entry that was trimmed comes back without fields: only its acknowledgement is left to do.
        trimmed = [entry_id for entry_id, fields in raw if not fields]
        if trimmed:
            log.warning(
                "records lost: the stream was trimmed before they were acknowledged", records=len(trimmed)
            )
            self.acknowledge(trimmed, delete=False)
        return [Entry(entry_id, record_of(fields)) for entry_id, fields in raw if fields]


def record_of(fields: Mapping[bytes, bytes]) -> bytes:
    """The record of an entry; an entry of somebody else's making becomes a JSON object of its fields."""
    record = fields.get(RECORD_FIELD)
    if record is not None:
        return record
    return msgspec.json.encode({_text(name): _text(value) for name, value in fields.items()})


def _text(raw: bytes) -> str:
    return raw.decode(errors="backslashreplace")

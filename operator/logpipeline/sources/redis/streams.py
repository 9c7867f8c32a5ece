"""What a Redis server says about a stream and one consumer group, and what waits by that. No I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from logpipeline.sources.redis.standing import Standing

COUNTED_AT_MOST: Final = 10_000
"""Undelivered entries that are counted one by one where the server cannot tell their number."""
FIRST_STREAMS_MS: Final = 1_539_734_400_000
"""17 October 2018, when Redis 5 brought streams: an entry id below it is not a time."""


class UnsupportedServerError(Exception):
    """The server does not say how many entries were ever added: it is older than Redis 7.0."""


class EntryId(NamedTuple):
    """Entries of a stream are in the order of these."""

    milliseconds: int
    """Since 1970, unless a producer made it up."""
    sequence: int

    @classmethod
    def parse(cls, text: bytes) -> "EntryId":
        """Read `milliseconds-sequence`."""
        milliseconds, _, sequence = text.partition(b"-")
        return cls(int(milliseconds), int(sequence))


@dataclass(frozen=True, slots=True)
class StreamGroup:
    """One consumer group of one stream, as read in one atomic command."""

    entries_added: int
    """Entries ever added."""
    length: int
    first_id: bytes
    """Of the oldest entry; `0-0` when there is none."""
    last_generated_id: bytes
    last_delivered_id: bytes
    entries_read: int | None
    """Entries ever delivered, as the server counts; None where it has lost count."""
    lag: int | None
    """Entries not yet delivered. None where the server cannot tell: after XDEL, or a group begun halfway.

    It can also be wrong: after entries were trimmed that the group was not given yet it stays too large by
    these (in Redis 7 for good), and XGROUP SETID sets it to anything."""
    pending: int
    """Entries delivered and not yet acknowledged."""
    oldest_pending_id: bytes | None

    @property
    def overtaken(self) -> bool:
        """All that the group was given is gone: what is left it was not given."""
        return not self.length or EntryId.parse(self.last_delivered_id) < EntryId.parse(self.first_id)

    @property
    def undelivered_by_ids(self) -> int | None:
        """Entries not yet delivered, where the ids alone tell: all that are left, or none."""
        if EntryId.parse(self.last_delivered_id) >= EntryId.parse(self.last_generated_id):
            return 0
        return self.length if self.overtaken else None

    @property
    def undelivered_by_lag(self) -> int | None:
        """Entries not yet delivered as the server has it, where that can be true."""
        return self.lag if self.lag is not None and 0 < self.lag <= self.length else None

    @property
    def lost(self) -> int:
        """Entries deleted since the group last read, and before it could; with what `lag` is wrong by."""
        if self.entries_read is None or not self.overtaken:
            return 0
        return max(0, self.entries_added - self.entries_read - self.length)

    @property
    def vanished(self) -> int:
        """At least so many entries were deleted that were delivered and not acknowledged."""
        if self.oldest_pending_id is None:
            return 0
        first_is_gone = not self.length or EntryId.parse(self.oldest_pending_id) < EntryId.parse(
            self.first_id
        )
        return max(int(first_is_gone), self.pending - self.length)


class Undelivered(NamedTuple):
    """How many entries a group was not given yet."""

    entries: int
    estimated: bool
    """An upper bound."""
    counted: bool
    """One by one."""


def parse(reply: Mapping[str, Any], group: str) -> StreamGroup | None:
    """Read the reply to `XINFO STREAM key FULL COUNT 1`. None: the stream has no such group.

    Raises `UnsupportedServerError`.
    """
    if not {"entries-added", "recorded-first-entry-id"} <= reply.keys():
        raise UnsupportedServerError
    found = next((one for one in reply["groups"] if one["name"] == group.encode()), None)
    if found is None:
        return None
    pending: Sequence[Sequence[Any]] = found["pending"]
    return StreamGroup(
        entries_added=reply["entries-added"],
        length=reply["length"],
        first_id=reply["recorded-first-entry-id"],
        last_generated_id=reply["last-generated-id"],
        last_delivered_id=found["last-delivered-id"],
        entries_read=found["entries-read"],
        lag=found["lag"],
        pending=found["pel-count"],
        oldest_pending_id=pending[0][0] if pending else None,
    )


def undelivered_of(stream: StreamGroup, asked: int, ids: Sequence[bytes], *, surplus: int) -> Undelivered:
    """Count what was not given yet, by the first ids of it: up to `asked` were asked for.

    `surplus` is by how much the server's lag was too large when it was last compared; 0 where it was right.
    """
    if stream.undelivered_by_ids is not None:
        return Undelivered(stream.undelivered_by_ids, estimated=False, counted=False)
    if asked > len(ids):
        return Undelivered(len(ids), estimated=False, counted=True)
    lag = stream.undelivered_by_lag
    if lag is None or surplus < 0 or asked > lag:
        return Undelivered(stream.length, estimated=True, counted=False)
    return Undelivered(lag, estimated=surplus > 0, counted=False)


def stream_standing(
    stream: StreamGroup, undelivered: Undelivered, ids: Sequence[bytes], *, surplus: int, ahead_seconds: float
) -> Standing:
    """What waits: not given yet, or given and not acknowledged.

    What is not in the stream any more does not wait, though it stays on the list of what is pending: where
    entries vanished this is an upper bound. Our clock is `ahead_seconds` ahead of the server's.
    """
    pending = () if stream.oldest_pending_id is None else (stream.oldest_pending_id,)
    times = [EntryId.parse(entry).milliseconds for entry in (*pending, *ids[:1])]
    oldest = min((time for time in times if time >= FIRST_STREAMS_MS), default=None)
    waiting = min(undelivered.entries + stream.pending, stream.length)
    return Standing(
        # XSETID can make the server's own count smaller than what is there.
        produced=max(stream.entries_added, waiting),
        waiting=waiting,
        counter=stream.entries_added,
        estimated=undelivered.estimated or stream.vanished > 0,
        oldest_at=None if oldest is None or not waiting else oldest / 1_000 + ahead_seconds,
        lost=max(0, stream.lost - max(0, surplus)),
    )

"""What a Redis server says about a stream and one consumer group, and what waits by that. No I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from logpipeline.core.model import Missing, PartitionId, Reading, Sample, Sharing

COUNTED_AT_MOST = 10_000
"""Undelivered entries that are counted one by one where the server cannot tell their number."""
FIRST_STREAMS_MS = 1_539_734_400_000
"""17 October 2018, when Redis 5 brought streams: an entry id below it is not a time."""


class UnsupportedServerError(Exception):
    """The server does not say how many entries were ever added: it is older than Redis 7.0."""


@dataclass(frozen=True, slots=True)
class StreamGroup:
    """One consumer group of one stream, as read in one atomic command."""

    entries_added: int
    """Entries ever added."""
    length: int
    last_generated_id: bytes
    last_delivered_id: bytes
    lag: int | None
    """Entries not yet delivered. None where the server cannot tell: after XDEL, or a group begun halfway."""
    pending: int
    """Entries delivered and not yet acknowledged."""
    oldest_pending_id: bytes | None

    @property
    def undelivered(self) -> int | None:
        """Entries not yet delivered, as far as the server can tell.

        Trimming takes the oldest entries first and does not lower the server's lag: where undelivered ones
        were trimmed, all that are left are undelivered.
        """
        return None if self.lag is None else min(self.lag, self.length)

    @property
    def look_up(self) -> int:
        """How many undelivered entries must be read to know how many there are and how old the first is."""
        if self.undelivered is None:
            return min(self.length + 1, COUNTED_AT_MOST + 1)
        return min(self.undelivered, 1)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a stream is written, and what waits in it for one group."""

    produced: int
    waiting: int
    estimated: bool
    """`waiting` is an upper bound."""
    oldest_at: float | None
    """When the oldest of what waits was added, Unix seconds by the server's clock; None when nothing waits,
    or where producers make up ids that are no times."""


def parse(reply: Mapping[str, Any], group: str) -> StreamGroup | None:
    """Read the reply to `XINFO STREAM key FULL COUNT 1`. None: the stream has no such group.

    Raises `UnsupportedServerError`.
    """
    if "entries-added" not in reply:
        raise UnsupportedServerError
    found = next((one for one in reply["groups"] if one["name"] == group.encode()), None)
    if found is None:
        return None
    pending: Sequence[Sequence[Any]] = found["pending"]
    return StreamGroup(
        entries_added=reply["entries-added"],
        length=reply["length"],
        last_generated_id=reply["last-generated-id"],
        last_delivered_id=found["last-delivered-id"],
        lag=found["lag"],
        pending=found["pel-count"],
        oldest_pending_id=pending[0][0] if pending else None,
    )


def standing_of(stream: StreamGroup, undelivered_ids: Sequence[bytes]) -> Standing:
    """Count what waits, given the first undelivered ids: `stream.look_up` of them, if there are so many."""
    undelivered, estimated = stream.undelivered, False
    if undelivered is None:
        estimated = len(undelivered_ids) > COUNTED_AT_MOST
        undelivered = stream.length if estimated else len(undelivered_ids)
    pending = () if stream.oldest_pending_id is None else (stream.oldest_pending_id,)
    times = [_milliseconds_of(entry) for entry in (*pending, *undelivered_ids[:1])]
    oldest = min((time for time in times if time >= FIRST_STREAMS_MS), default=None)
    return Standing(
        produced=stream.entries_added,
        waiting=undelivered + stream.pending,
        estimated=estimated,
        oldest_at=None if oldest is None else oldest / 1_000,
    )


def reading_of(at: float, standings: Mapping[str, Standing | Missing], ahead_seconds: float) -> Reading:
    """Put the streams of one query together: a sample, a partial one, or why there is none.

    `ahead_seconds` is by how much our clock is ahead of the server's.
    """
    known = {name: one for name, one in sorted(standings.items()) if not isinstance(one, Missing)}
    missing = {name: one for name, one in sorted(standings.items()) if isinstance(one, Missing)}
    if missing and not known:
        return next(iter(missing.values()))
    produced = np.array([one.produced for one in known.values()], dtype=np.int64)
    oldest = [one.oldest_at for one in known.values() if one.oldest_at is not None]
    return Sample(
        at=at,
        sharing=Sharing.SHARED,
        partitions=tuple(PartitionId(name, 0) for name in known),
        produced=produced,
        consumed=produced - np.array([one.waiting for one in known.values()], dtype=np.int64),
        missing=tuple(PartitionId(name, 0) for name in missing),
        missing_because="; ".join(one.message for one in missing.values()),
        estimated=any(one.estimated for one in known.values()),
        oldest_at=min(oldest) + ahead_seconds if oldest else None,
    )


def _milliseconds_of(entry_id: bytes) -> int:
    """The first part of an id: milliseconds since 1970, unless a producer made it up."""
    return int(entry_id.partition(b"-")[0])

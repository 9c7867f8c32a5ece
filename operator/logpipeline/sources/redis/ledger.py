"""What earlier passes over a Redis server have shown, where one pass alone cannot tell. No I/O."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, NamedTuple

from logpipeline.core.readings import Doubt
from logpipeline.sources.base import ListKeys
from logpipeline.sources.redis import doubts
from logpipeline.sources.redis.standing import Standing
from logpipeline.sources.redis.streams import COUNTED_AT_MOST, StreamGroup, Undelivered

COMPARED_EVERY_SECONDS: Final = 60.0
"""How often a group's lag is compared with what is there."""
COMPARED_AT_MOST: Final = 10_000
"""Entries read in one pass for such comparisons, over all streams."""
REWOUND_SECONDS: Final = 300.0
"""How long it is said that a counter fell: over so long arrival is averaged."""


class Subject(NamedTuple):
    """A group of a stream, or a list together with the keys beside it.

    Two users may name one list with different counters: what one of them gives is nothing to the other.
    """

    key: str
    group: str = ""
    """Empty for a list."""
    keys: ListKeys | None = None
    """None for a stream."""


@dataclass(slots=True)
class _Entry:
    """What is remembered of one subject. Times are Unix seconds."""

    standing: Standing | None = None
    rewound: Doubt | None = None
    rewound_at: float = 0.0
    compared_at: float = float("-inf")
    surplus: int = 0
    oldest_pending_id: bytes | None = None


class Ledger:
    """Remembers each subject from pass to pass, also while it cannot be measured."""

    def __init__(self) -> None:
        self._entries: dict[Subject, _Entry] = {}
        self._budget = COMPARED_AT_MOST

    def begin(self, subjects: Collection[Subject]) -> None:
        """Begin a pass over these, and forget all others."""
        self._entries = {subject: self._entries.get(subject, _Entry()) for subject in subjects}
        self._budget = COMPARED_AT_MOST

    def before(self, subject: Subject) -> Standing | None:
        """How it stood when its counter was last known."""
        return self._entries[subject].standing

    def surplus(self, subject: Subject) -> int:
        """By how much the server's lag of a group is known to be too large."""
        return self._entries[subject].surplus

    def look_up(self, subject: Subject, stream: StreamGroup, now: float) -> int:
        """How many undelivered entries must be read to know how many there are and how old the first is."""
        entry = self._entries[subject]
        if stream.undelivered_by_ids is not None:
            return min(stream.undelivered_by_ids, 1)
        lag = stream.undelivered_by_lag
        if lag is None or entry.surplus:
            return min(stream.length, COUNTED_AT_MOST) + 1
        if now - entry.compared_at < COMPARED_EVERY_SECONDS or lag >= self._budget:
            return 1
        self._budget -= lag + 1
        return lag + 1

    def compare(
        self, subject: Subject, stream: StreamGroup, asked: int, undelivered: Undelivered, now: float
    ) -> None:
        """Learn from a count whether the server's lag is right."""
        entry = self._entries[subject]
        if stream.lag is None or stream.undelivered_by_ids == stream.length > 0:
            return
        if undelivered.counted or stream.undelivered_by_ids == 0:
            entry.surplus, entry.compared_at = stream.lag - undelivered.entries, now
        elif asked > 1 and not entry.surplus:
            entry.surplus, entry.compared_at = -1, now

    def doubts(self, where: str, subject: Subject, standing: Standing, now: float) -> tuple[Doubt, ...]:
        """Remember how it stands; what is to be said of how it came to that."""
        entry = self._entries[subject]
        if standing.counter is not None:
            before, entry.standing = entry.standing, standing
            if before is not None and before.counter is not None and standing.counter < before.counter:
                entry.rewound = doubts.rewound(where, subject.key, before.counter, standing.counter)
                entry.rewound_at = now
                entry.surplus, entry.compared_at = 0, float("-inf")
        if entry.rewound is not None and 0 <= now - entry.rewound_at < REWOUND_SECONDS:
            return (entry.rewound,)
        entry.rewound = None
        return ()

    def vanished(self, where: str, subject: Subject, stream: StreamGroup) -> Doubt | None:
        """That entries were deleted before they were acknowledged, and that nobody tidies them up.

        Consumers that delete what they have done before they acknowledge it move on from pass to pass.
        """
        entry = self._entries[subject]
        before, entry.oldest_pending_id = entry.oldest_pending_id, stream.oldest_pending_id
        if not stream.vanished or before != stream.oldest_pending_id:
            return None
        return doubts.vanished(where, subject.key, subject.group, stream.vanished)

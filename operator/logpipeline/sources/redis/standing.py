"""How one stream or list stands, and a query's reading put together of several. No I/O."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from logpipeline.core.readings import Doubt, Missing, PartitionId, Reading, Sample, Sharing


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a stream or a list is written, and what waits in it for one group."""

    produced: int
    """Records ever written; not below `waiting`."""
    waiting: int
    counter: int | None = 0
    """What the server has counted of `produced`; 0 where the counter is not there, None where it cannot be
    read."""
    counted: bool = True
    """`produced` is a counter. False: only `waiting` means anything."""
    estimated: bool = False
    """`waiting` is an upper bound."""
    oldest_at: float | None = None
    """When the oldest of what waits was added, Unix seconds by our clock; None when nothing waits, or where
    that is not known."""
    lost: int = 0
    """Records that were deleted before the group was given them, and that it has yet to jump over."""
    doubts: tuple[Doubt, ...] = ()

    @property
    def consumed(self) -> int:
        """Records ever consumed."""
        return self.produced - self.waiting


def reading_of(
    at: float, standings: Mapping[str, Standing | Missing], doubts: Iterable[Doubt] = ()
) -> Reading:
    """Put the streams or lists of one query together: a sample, a partial one, or why there is none.

    `doubts` are about the servers. Without a counter in one list there are no rates for any.
    """
    known = {name: one for name, one in sorted(standings.items()) if not isinstance(one, Missing)}
    missing = {name: one for name, one in sorted(standings.items()) if isinstance(one, Missing)}
    if missing and not known:
        return next(iter(missing.values()))
    counted = all(one.counted for one in known.values())
    produced = [one.produced if counted else one.waiting for one in known.values()]
    oldest = [one.oldest_at for one in known.values() if one.oldest_at is not None]
    own = (doubt for one in known.values() for doubt in one.doubts)
    return Sample(
        at=at,
        sharing=Sharing.SHARED,
        partitions=tuple(PartitionId(name, 0) for name in known),
        produced=np.array(produced, dtype=np.int64),
        consumed=np.array(produced, dtype=np.int64)
        - np.array([one.waiting for one in known.values()], dtype=np.int64),
        missing=tuple(PartitionId(name, 0) for name in missing),
        missing_because="; ".join(one.message for one in missing.values()),
        estimated=any(one.estimated for one in known.values()),
        oldest_at=min(oldest, default=None),
        counted=counted,
        lost=np.array([one.lost for one in known.values()], dtype=np.int64),
        doubts=tuple(dict.fromkeys((*own, *doubts))),
    )

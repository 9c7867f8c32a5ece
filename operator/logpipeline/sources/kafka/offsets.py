"""Arithmetic on offsets: what was consumed where, and the sample that comes of it. No I/O."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from logpipeline.api.conditions import Reason
from logpipeline.api.sources import OffsetReset
from logpipeline.core.readings import Group, Missing, PartitionId, Reading, Sample, Sharing

Offset = int | Missing
Partitions = tuple[PartitionId, ...]
Layout = Mapping[str, Partitions | Missing]
"""The partitions of each topic, or why they are not known."""

WHOLE_TOPIC = -1
"""Stands for the partitions of a topic of which not even the number is known."""


@dataclass(frozen=True, slots=True)
class Offsets:
    """Offsets read in one pass: the committed ones first, the log end offsets last."""

    at: float
    """When the log end offsets were read."""
    committed: Mapping[PartitionId, Offset]
    """By partition; none where the group has committed nothing."""
    starts: Mapping[PartitionId, Offset]
    """Log start offsets, read lately; none where they were not asked for."""
    ends: Mapping[PartitionId, Offset]
    """Log end offsets."""


class Standing(NamedTuple):
    """How far a partition is written, and how far the group is done with it."""

    produced: int
    consumed: int
    lost: int = 0
    """Records below the log start that the group has not consumed: they are gone."""


def reading_of(layout: Layout, offsets: Offsets, reset: OffsetReset, group: Group | None) -> Reading:
    """Put the partitions of one query together: a sample, a partial one, or why there is none."""
    known: dict[PartitionId, Standing] = {}
    missing: dict[PartitionId, Missing] = {}
    for topic, partitions in sorted(layout.items()):
        if isinstance(partitions, Missing):
            missing[PartitionId(topic, WHOLE_TOPIC)] = partitions
            continue
        for partition in partitions:
            standing = standing_of(partition, offsets, reset)
            if isinstance(standing, Missing):
                missing[partition] = standing
            else:
                known[partition] = standing
    if missing and not known:
        return next(iter(missing.values()))
    counts = np.array(list(known.values()), dtype=np.int64).reshape(-1, 3)
    return Sample(
        at=offsets.at,
        sharing=Sharing.PARTITIONED,
        partitions=tuple(known),
        produced=counts[:, 0].copy(),
        consumed=counts[:, 1].copy(),
        missing=tuple(missing),
        missing_because=_because(tuple(missing.values())),
        group=group,
        lost=counts[:, 2].copy(),
        kept=np.array([kept_of(offsets.starts.get(p), s.consumed) for p, s in known.items()]),
    )


def standing_of(partition: PartitionId, offsets: Offsets, reset: OffsetReset) -> Standing | Missing:
    """Where the group is in one partition.

    Nothing committed: where its consumers would start, so all that is there waits under `earliest` and
    nothing under `latest`. Committed below the log start: the gap is lost and nobody can consume it, so it
    does not wait.
    """
    committed, end = offsets.committed.get(partition), offsets.ends[partition]
    start = offsets.starts.get(partition)
    if isinstance(end, Missing):
        return end
    if isinstance(committed, Missing):
        return committed
    if committed is None and reset is OffsetReset.LATEST:
        return Standing(end, end)
    if committed is None:
        return _from_start(partition, start, end, offsets.at)
    if committed > end:
        return _past_the_end(partition, committed, end, offsets.at)
    # A start that was read before the topic was recreated can lie past the end: it says nothing then.
    lost = max(0, start - committed) if isinstance(start, int) and start <= end else 0
    return Standing(end, committed + lost, lost)


def kept_of(start: Offset | None, consumed: int) -> float:
    """Records from the log start to the group's position; infinite where nothing was deleted."""
    return float(max(0, consumed - start)) if isinstance(start, int) and start > 0 else math.inf


def _from_start(partition: PartitionId, start: Offset | None, end: int, at: float) -> Standing | Missing:
    if start is None:
        message = f"the log start of {partition.topic}/{partition.partition} was not read"
        return Missing(at, Reason.SOURCE_INCONSISTENT, message)
    return start if isinstance(start, Missing) else Standing(end, min(start, end))


def _past_the_end(partition: PartitionId, committed: int, end: int, at: float) -> Missing:
    return Missing(
        at,
        Reason.SOURCE_INCONSISTENT,
        f"committed {committed} of {partition.topic}/{partition.partition} is past the end {end}: "
        "was the topic recreated? Then reset the group's offsets",
    )


def _because(reasons: Sequence[Missing]) -> str:
    if not reasons:
        return ""
    others = len(reasons) - 1
    return reasons[0].message + (f" (and {others} more)" if others else "")

"""Markers of transactions: what they leave at the end of a partition, which no consumer ever commits.

It looks like a record that waits, for ever. What tells it from one is that consumers were at work all the
time and left it. While they sleep nothing can be told anew: what is known stays known as long as the group's
positions do, and a record that comes makes it two.
"""

from dataclasses import dataclass
from itertools import compress

import numpy as np

from logpipeline.core.model import Measures
from logpipeline.core.readings import PartitionId, Sharing
from logpipeline.core.verdicts import MARKER_RECORDS, Mask, still_long


@dataclass(frozen=True, slots=True)
class Markers:
    """Partitions in which nothing but a marker waits."""

    partitions: frozenset[PartitionId]
    consumed: float
    """Records that the group had consumed by then: positions that moved may be before other markers."""


def watch_markers(before: Markers | None, measures: Measures, worked_seconds: float) -> Markers | None:
    """What is known after `measures`, with as many replicas at work for so long; 0 where none is."""
    if measures.sharing is Sharing.SHARED or measures.consumed is None:
        return before
    long = still_long(measures)
    if measures.still_seconds is None or worked_seconds < long:
        return before if before is not None and before.consumed == measures.consumed else None
    left = (measures.backlog == MARKER_RECORDS) & (measures.still_seconds >= long)
    if before is not None and (before.consumed, len(before.partitions)) == (measures.consumed, left.sum()):
        return before
    names = frozenset(compress(measures.partitions, left))
    return Markers(names, measures.consumed) if names else None


def marked(markers: Markers | None, measures: Measures) -> Mask | None:
    """(P,) where nothing but a marker waits; None where none does."""
    if markers is None:
        return None
    known = np.fromiter((name in markers.partitions for name in measures.partitions), dtype=np.bool_)
    nothing_else: Mask = known & (measures.backlog == MARKER_RECORDS)
    return nothing_else

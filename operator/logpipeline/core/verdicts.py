"""What is the matter with the partitions of a stage, and with the stage: what no replica count mends.

One rule for each predicate, in the order in which they are asked, as Burrow judges consumers by their offsets
alone (Burrow, `calculatePartitionStatus`). None of them holds back a scale-up: a verdict says where to look.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from logpipeline.core.arrays import share, some, sum_of
from logpipeline.core.capacity import Full
from logpipeline.core.model import Measures
from logpipeline.core.readings import Rates, Sharing

STILL_SECONDS = 120.0
"""A position that has not moved for so long, or for STILL_COMMITS commit intervals, stands still: a consumer
that is taken for dead gives up its partitions before (Kafka's `session.timeout.ms`, 45 s)."""
STILL_COMMITS = 6
MARKER_RECORDS = 1
"""What a transaction leaves at the end of a partition: no consumer ever commits it, and nothing waits."""
REWOUND_SECONDS = 600.0
"""So long it is said that a position went back."""
NEAR_SECONDS = 600.0
"""Records that retention deletes within this are as good as lost, if nobody acts."""
FEW_SHARE = 0.125
"""Of the partitions may be hot for it to be a key; where more are, there is too much of everything."""
SPARED_SHARE = 0.5
"""A few hot partitions grow whatever is done. So much more may grow beside that before each gets a consumer
of its own: it would hardly be better for it, with every other consumer idle."""

Mask = NDArray[np.bool_]
"""(P,) whether it is so of each partition."""


class Symptom(StrEnum):
    """What can be the matter, by the names of the alerts that tell it."""

    STALLED = "PartitionStalled"
    """Its records wait and its position stands still, while the group gets on with others."""
    STOPPED = "PartitionStopped"
    """Its records wait and the group gets on with nothing."""
    REWOUND = "PartitionRewound"
    """Its position went back."""
    RETENTION_NEAR = "RetentionNear"
    """Retention will soon delete what waits in it."""
    HOT = "HotPartition"
    """More arrives in it than one consumer takes."""
    RECORDS_LOST = "RecordsLost"
    """Records were deleted before they were consumed."""
    PARTITION_BOUND = "PartitionBound"
    """No count of consumers keeps up: the partitions limit it."""
    DOWNSTREAM_SATURATED = "DownstreamSaturated"
    """More replicas took no more: what they write to is full."""
    SOURCE_SATURATED = "SourceSaturated"
    """More replicas took no more from a source that is one server."""


@dataclass(frozen=True, slots=True, eq=False)
class Verdicts:
    """Who has which symptom. Masks are (P,), None where it is so of none."""

    partitions: dict[Symptom, Mask]
    """Those of partitions, the gravest first."""
    stage: tuple[Symptom, ...]
    """Those of the stage as a whole, those of its partitions included."""

    def with_bound(self) -> "Verdicts":
        """And no count keeps up."""
        return replace(self, stage=(*self.stage, Symptom.PARTITION_BOUND))

    def count(self, symptom: Symptom) -> int:
        """Partitions that have it."""
        mask = self.partitions.get(symptom)
        return 0 if mask is None else int(mask.sum())

    def of(self, place: int) -> Symptom | None:
        """The gravest of one partition."""
        return next((symptom for symptom, mask in self.partitions.items() if mask[place]), None)


def judged(measures: Measures, per_consumer: float, full: Full | None) -> Verdicts:
    """All that is the matter, whatever is asked for."""
    found = {
        Symptom.STALLED: stalled(measures),
        Symptom.STOPPED: stopped(measures),
        Symptom.REWOUND: rewound(measures),
        Symptom.RETENTION_NEAR: near_retention(measures),
        Symptom.HOT: hot(measures, per_consumer),
    }
    partitions = {symptom: mask for symptom, mask in found.items() if mask is not None and some(mask)}
    whole = (
        *partitions,
        *((Symptom.RECORDS_LOST,) if measures.lost else ()),
        *((_saturated_by(measures),) if full is not None and full.saturated else ()),
    )
    return Verdicts(partitions, whole)


def stands_still(measures: Measures) -> Mask | None:
    """1. More waits than a marker, and the position has not moved for longer than any committer takes."""
    if measures.still_seconds is None:
        return None
    still: Mask = (measures.backlog > MARKER_RECORDS) & (measures.still_seconds >= still_long(measures))
    return still


def still_long(measures: Measures) -> float:
    """Seconds for which no position stands still between two commits, nor for want of a consumer."""
    return max(STILL_SECONDS, STILL_COMMITS * measures.commit_interval_seconds)


def gets_on(measures: Measures) -> bool:
    """2. The group consumes something."""
    return measures.consumption is not None and some(measures.consumption > 0)


def stalled(measures: Measures) -> Mask | None:
    """3. It stands still while the group gets on: a record that no consumer survives, most often."""
    still = stands_still(measures)
    return still if still is not None and gets_on(measures) else None


def stopped(measures: Measures) -> Mask | None:
    """4. It stands still, and so does all the rest: nobody consumes, or nobody commits."""
    still = stands_still(measures)
    return still if still is not None and not gets_on(measures) else None


def rewound(measures: Measures) -> Mask | None:
    """5. Its position went back a while ago: somebody reset the offsets, and records come again."""
    if measures.rewound_seconds is None:
        return None
    lately: Mask = measures.rewound_seconds <= REWOUND_SECONDS
    return lately


def near_retention(measures: Measures) -> Mask | None:
    """6. The log start, which goes on as fast as records arrive, is about to overtake what waits."""
    if measures.kept is None or measures.arrival is None:
        return None
    near: Mask = (measures.excess > 0) & (measures.kept < NEAR_SECONDS * measures.arrival)
    return near


def hot(measures: Measures, per_consumer: float) -> Mask | None:
    """7. Alone it is more than one consumer takes: no count divides it."""
    if measures.arrival is None or measures.sharing is Sharing.SHARED:
        return None
    beyond: Mask = measures.arrival > per_consumer
    return beyond


def out_of_reach(verdicts: Verdicts) -> Mask | None:
    """What no count gets on with: stalled partitions, and a few that are hot."""
    masks = [verdicts.partitions.get(Symptom.STALLED), _few_hot(verdicts)]
    found = [mask for mask in masks if mask is not None]
    return np.logical_or.reduce(found) if found else None


def spared(measures: Measures, per_consumer: float, verdicts: Verdicts) -> float:
    """Records/s that are not worth replicas beside those that arrive in a few hot partitions."""
    hot = _few_hot(verdicts)
    if hot is None or measures.arrival is None:
        return 0.0
    return SPARED_SHARE * sum_of(measures.arrival[hot] - per_consumer)


def without(measures: Measures, mask: Mask | None) -> Measures:
    """What consumers can get on with: what waits in the partitions of `mask` asks for no replicas.

    What arrives there still does, so that there are enough when it goes on.
    """
    if mask is None:
        return measures
    excess: Rates = np.where(mask, 0.0, measures.excess)
    return replace(
        measures,
        excess=excess,
        backlog=np.where(mask, 0, measures.backlog),
        oldest_seconds=None,
        drain_seconds=measures.drain_seconds if some(excess) else 0.0,
    )


def _few_hot(verdicts: Verdicts) -> Mask | None:
    hot = verdicts.partitions.get(Symptom.HOT)
    return hot if hot is not None and share(hot) <= FEW_SHARE else None


def _saturated_by(measures: Measures) -> Symptom:
    shared = measures.sharing is Sharing.SHARED
    return Symptom.SOURCE_SATURATED if shared else Symptom.DOWNSTREAM_SATURATED

"""What makes a Kafka measurement doubtful: records lost, commits and logs that went back. No I/O.

What must be remembered for it is the last commits of each group, and the last ends of the logs.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from logpipeline.api.conditions import Reason
from logpipeline.core.readings import Doubt, PartitionId, Sample
from logpipeline.sources.kafka.offsets import Offset


def lost_doubts(group: str, sample: Sample) -> tuple[Doubt, ...]:
    """Say how many records were deleted before `group` consumed them; nothing when none were."""
    if sample.lost is None or not sample.lost.any():
        return ()
    worst = int(np.argmax(sample.lost))
    where = _spelled(sample.partitions[worst], int(np.count_nonzero(sample.lost)))
    message = (
        f"{int(sample.lost.sum()):,} records of {where} were deleted before group '{group}' consumed them: "
        "give the topic a longer retention, or the group more consumers"
    )
    return (Doubt(Reason.RECORDS_LOST, message),)


class Commits:
    """The commits of one group as last seen, and those that went back since and are not there again."""

    def __init__(self) -> None:
        self._last: dict[PartitionId, int] = {}
        self._marks: dict[PartitionId, int] = {}

    def doubts(
        self, group: str, committed: Mapping[PartitionId, Offset], ends: Mapping[PartitionId, Offset]
    ) -> tuple[Doubt, ...]:
        """Take in what is committed now. A doubt stays until the group is again where it had been.

        It ends too where the log does not reach so far any more: then the topic is another one.
        """
        if committed == self._last and not self._marks:
            return ()
        for partition, before in self._last.items():
            now = committed.get(partition)
            if now is None or (isinstance(now, int) and now < before):
                self._marks[partition] = max(before, self._marks.get(partition, 0))
        known = {partition: at for partition, at in committed.items() if isinstance(at, int)}
        unknown = committed.keys() - known.keys()
        self._last = known | {p: self._last[p] for p in unknown & self._last.keys()}
        self._marks = {
            partition: mark
            for partition, mark in self._marks.items()
            if self._last.get(partition, 0) < mark and _reaches(ends.get(partition), mark)
        }
        return tuple(self._told(group))

    def _told(self, group: str) -> Iterator[Doubt]:
        back = sorted(self._marks.keys() & self._last.keys())
        gone = sorted(self._marks.keys() - self._last.keys())
        if back:
            moved = f"from {self._marks[back[0]]:,} to {self._last[back[0]]:,}"
            message = (
                f"group '{group}' was moved back in {_spelled(back[0], len(back))}, {moved}: it reads again "
                "what it had read; nothing shrinks until it is where it had been"
            )
            yield Doubt(Reason.PARTITION_REWOUND, message)
        if gone:
            message = (
                f"the commit of group '{group}' in {_spelled(gone[0], len(gone))}, {self._marks[gone[0]]:,}, "
                "is gone: it expired or was deleted, and consumers begin where their reset policy says; "
                "start them, or commit where they should begin"
            )
            yield Doubt(Reason.PARTITION_REWOUND, message)


class Ends:
    """The log end offsets of a cluster as last seen."""

    def __init__(self) -> None:
        self._last: dict[PartitionId, int] = {}

    def known(self, partition: PartitionId) -> int | None:
        """Where the log ended last."""
        return self._last.get(partition)

    def fallen(self, ends: Mapping[PartitionId, Offset]) -> Mapping[PartitionId, int]:
        """Take in the present ends: the partitions whose log is shorter than it was, with the end it had."""
        last = self._last
        fell = {p: last[p] for p, end in ends.items() if isinstance(end, int) and end < last.get(p, 0)}
        self._last = {
            p: end if isinstance(end, int) else last[p]
            for p, end in ends.items()
            if isinstance(end, int) or p in last
        }
        return fell


def fallen_doubts(sample: Sample, fallen: Mapping[PartitionId, int]) -> tuple[Doubt, ...]:
    """Say which logs of the sample are shorter than they were."""
    shorter: Sequence[PartitionId] = [p for p in sample.partitions if p in fallen] if fallen else []
    if not shorter:
        return ()
    now = int(sample.produced[sample.partitions.index(shorter[0])])
    message = (
        f"the log of {_spelled(shorter[0], len(shorter))} ends at {now:,} and had ended at "
        f"{fallen[shorter[0]]:,}: the topic was recreated, or an election lost records"
    )
    return (Doubt(Reason.PARTITION_REWOUND, message),)


def _reaches(end: Offset | None, mark: int) -> bool:
    """Whether the log is as long as it was; where it could not be read, it is taken to be."""
    return not isinstance(end, int) or end >= mark


def _spelled(partition: PartitionId, count: int) -> str:
    others = f" and {count - 1} more partitions" if count > 1 else ""
    return f"{partition.topic}/{partition.partition}{others}"

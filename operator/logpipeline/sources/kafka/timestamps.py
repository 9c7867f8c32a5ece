"""Log ends by timestamp -> what is recalled of earlier moments, and whether it can be believed. No I/O."""

from collections.abc import Mapping, Sequence

import numpy as np

from logpipeline.core.readings import Counts, PartitionId, Rates, Recalled, Sample
from logpipeline.sources.kafka.offsets import Offset
from logpipeline.sources.kafka.requests import Found

TOLERATED_SECONDS = 2.0
"""Records may carry timestamps so far from the moment they arrive."""
TOLERATED_SHARE = 0.01
"""Of what arrived in the time that is recalled, so much may be elsewhere than timestamps say."""
TOLERATED_RECORDS = 10
"""So few are no reason for doubt, however slowly records come."""
BATCH_RECORDS = 1_000
"""Records may share one timestamp: the first of so many is no sign of a replay."""

Answers = Mapping[PartitionId, Found]


def recalled_of(
    moment: float, first: Sample, found: Answers, starts: Mapping[PartitionId, Offset]
) -> Recalled | None:
    """Where the logs of `first` ended at `moment`; None where that is known of none of them."""
    ends = first.produced.astype(np.float64)
    produced: Rates = np.array(
        [
            _recalled_end(found.get(p), starts.get(p), end)
            for p, end in zip(first.partitions, ends, strict=True)
        ]
    )
    return (
        None if np.isnan(produced).all() else Recalled(moment, first.partitions, np.minimum(produced, ends))
    )


def _recalled_end(found: Found | None, start: Offset | None, end: float) -> float:
    """The offset that was found; NaN where retention may have deleted what was before it."""
    if found is None or not isinstance(start, int) or found.offset == start > 0:
        return float("nan")
    return end if found.offset < 0 else float(found.offset)


def is_plausible(first: Sample, past: Sequence[Recalled], newest: Answers) -> bool:
    """Whether the newest timestamps are neither in the future nor far from the end of the log.

    Far from it they show that what came later was written with earlier timestamps.
    """
    if not past:
        return False
    flow = _steepest_flow(first.at, first.produced, past)
    slack = np.maximum(BATCH_RECORDS, _tolerance(first.produced, past, flow))
    for index, partition in enumerate(first.partitions):
        found = newest.get(partition)
        if found is None or found.offset < 0:
            continue
        if found.written_at > first.at + TOLERATED_SECONDS:
            return False
        far = int(first.produced[index]) - 1 - found.offset > slack[index]
        if far and found.written_at < past[-1].at:
            return False
    return True


def agrees(first: Sample, past: Sequence[Recalled], now: Sample, found: Answers) -> bool:
    """Whether timestamps tell the ends of the logs at the first sample as they were measured then.

    `found` is by the moment of the first sample, and was asked for with the sample `now`.
    """
    place = {partition: index for index, partition in enumerate(now.partitions)}
    flow = _steepest_flow(first.at, first.produced, past)
    slack = _tolerance(first.produced, past, flow)
    for index, partition in enumerate(first.partitions):
        answer, here = found.get(partition), place.get(partition)
        if answer is None or here is None:
            continue
        end, grown = int(first.produced[index]), int(now.produced[here] - first.produced[index])
        told = int(now.produced[here]) if answer.offset < 0 else answer.offset
        live = TOLERATED_SECONDS * grown / (now.at - first.at)
        if abs(told - end) > max(TOLERATED_RECORDS, slack[index], live):
            return False
    return True


def _tolerance(produced: Counts, past: Sequence[Recalled], flow: Rates) -> Rates:
    """(P,) records by which what is recalled may differ from what was measured."""
    oldest = np.fmin.reduce([recalled.produced for recalled in past])
    span = np.nan_to_num(produced - oldest)
    slack: Rates = TOLERATED_SECONDS * flow + TOLERATED_SHARE * span
    return slack


def _steepest_flow(at: float, produced: Counts, past: Sequence[Recalled]) -> Rates:
    """(P,) records/s, the most between any two moments that follow each other."""
    ends = np.array([*(recalled.produced for recalled in past), produced], dtype=np.float64)
    times = np.array([*(recalled.at for recalled in past), at])
    flow: Rates = np.nan_to_num(np.diff(ends, axis=0) / np.diff(times)[:, None]).max(axis=0)
    return flow

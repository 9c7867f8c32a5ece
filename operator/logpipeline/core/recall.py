"""What a log recalls of the time before it was first measured, as far as it agrees with what was measured."""

import math
from dataclasses import replace

import numpy as np

from logpipeline.core.history import History, Mark
from logpipeline.core.readings import PartitionId, Rates, Recalled


def recalling(history: History, past: tuple[Recalled, ...]) -> History:
    """With what the source recalls now of the time before it was first measured, in place of the earlier."""
    measured = history.ends[history.recalled :]
    earlier = [recalled for recalled in past if recalled.at < measured[0].at]
    rows = [_spread(recalled, history.partitions) for recalled in earlier]
    agreed = _since_last_fall(np.array([*rows, *(mark.counters for mark in measured)]))
    recalled = tuple(Mark(each.at, row) for each, row in zip(earlier, agreed, strict=False))
    return replace(history, ends=(*recalled, *measured), recalled=len(recalled), past=past)


def _spread(recalled: Recalled, partitions: tuple[PartitionId, ...]) -> Rates:
    """(P,) what was recalled; NaN for partitions that were not."""
    if recalled.partitions == partitions:
        return recalled.produced.astype(np.float64)
    known = dict(zip(recalled.partitions, recalled.produced.tolist(), strict=True))
    return np.array([known.get(partition, math.nan) for partition in partitions], dtype=np.float64)


def _since_last_fall(counters: Rates) -> Rates:
    """(T, P) without what was before a counter fell, also where nobody knows when."""
    fell = np.diff(_filled(counters), axis=0) < 0
    if not fell.any():
        return counters
    rows = np.arange(len(counters))[:, None]
    last_fall = np.where(fell, rows[1:], 0).max(axis=0)
    kept: Rates = np.where(rows >= last_fall, counters, np.nan)
    return kept


def _filled(counters: Rates) -> Rates:
    """(T, P) each gap filled with what was known before it."""
    rows = np.arange(len(counters))[:, None]
    known = np.maximum.accumulate(np.where(np.isnan(counters), 0, rows), axis=0)
    filled: Rates = np.take_along_axis(counters, known, axis=0)
    return filled

"""Counters of one source over time, aligned to the partitions of its newest sample."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from logpipeline.core.model import Counts, PartitionId, Rates, Sample, Window

LONGEST_COMMIT_SECONDS = 60.0
RARE_COMMITS = 1.5
"""From so many sample intervals between two commits on, samples show the single steps."""


@dataclass(frozen=True, eq=False)
class History:
    """Counters at `T` moments for `P` partitions; NaN where one was not measured or began anew."""

    times: Rates
    """(T,) Unix seconds, rising; the last is the newest sample's."""
    produced: Rates
    """(T, P) records ever written."""
    consumed: Rates
    """(T, P) records ever consumed."""

    @property
    def span_seconds(self) -> float:
        """From the oldest sample to the newest."""
        return float(self.times[-1] - self.times[0])

    @cached_property
    def interval_seconds(self) -> float:
        """The usual time between two samples; 0 when there is but one."""
        return float(np.median(np.diff(self.times))) if len(self.times) > 1 else 0.0

    def produced_per_second(self, seconds: float) -> Rates:
        """(P,) records/s written over the last `seconds`, or over what is known; NaN where nothing is."""
        return self._per_second(self.produced, seconds)

    def consumed_per_second(self, seconds: float) -> Rates:
        """(P,) records/s consumed over the last `seconds`, or over what is known; NaN where nothing is.

        Where commits are rarer than samples it is the mean from one commit to another, unless the last of
        them was so long ago that the group must be taken to stand still.
        """
        over_all = self._per_second(self.consumed, seconds)
        interval = self.commit_interval_seconds
        rows = self.consumed[self._first_row(seconds) :]
        times = self.times[-len(rows) :]
        if interval < RARE_COMMITS * self.interval_seconds or len(rows) == 1:
            return over_all
        moved = np.nan_to_num(np.diff(rows, axis=0)) > 0
        first, last = 1 + np.argmax(moved, axis=0), len(moved) - np.argmax(moved[::-1], axis=0)
        between = moved.any(axis=0) & (last > first) & (times[-1] - times[last] <= 2 * interval)
        columns = np.arange(rows.shape[1])
        elapsed = np.where(between, times[last] - times[first], np.nan)
        rates: Rates = np.where(between, (rows[last, columns] - rows[first, columns]) / elapsed, over_all)
        return rates

    def _per_second(self, counters: Rates, seconds: float) -> Rates:
        first = self._first_row(seconds)
        rows = counters[first:]
        start = np.argmax(~np.isnan(rows), axis=0)
        columns = np.arange(rows.shape[1])
        elapsed = self.times[-1] - self.times[first:][start]
        elapsed[elapsed <= 0] = np.nan
        rates: Rates = (rows[-1] - rows[start, columns]) / elapsed
        return rates

    def _first_row(self, seconds: float) -> int:
        """Of the newest sample that is at least `seconds` old, or of the oldest."""
        return max(0, int(np.searchsorted(self.times, self.times[-1] - seconds, side="right")) - 1)

    def end_passed(self, offsets: Counts) -> Rates:
        """(P,) Unix seconds at which the log grew past `offsets`; the first moment known if it had before."""
        passed = self.produced > offsets
        after = np.argmax(passed, axis=0)
        columns = np.arange(len(offsets))
        before = np.maximum(after - 1, 0)
        low, high = self.produced[before, columns], self.produced[after, columns]
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(high > low, (offsets - low) / (high - low), 1.0)
        share = np.where(np.isnan(low), 1.0, share)
        moments = self.times[before] + share * (self.times[after] - self.times[before])
        result: Rates = np.where(passed.any(axis=0), np.where(after == 0, self.times[0], moments), np.nan)
        return result

    @cached_property
    def commit_interval_seconds(self) -> float:
        """How long the group takes from one commit to the next: counted, or where that is too coarse, by lag.

        Committed offsets that stand still from sample to sample while records wait show commits that are
        rarer than samples. Others show in the lag: just before a commit it is one interval of flow, so over
        a healthy group's samples `lag / flow` is spread evenly from 0 to the interval, and twice its median
        estimates it. While a backlog drains that is far too large: what was counted is the most it can be.
        """
        if len(self.times) < 3:  # noqa: PLR2004 - two steps are the fewest that show a pattern
            return self.interval_seconds
        elapsed = np.diff(self.times)[:, None]
        steps = np.nan_to_num(np.diff(self.consumed, axis=0))
        lag = np.nan_to_num(self.produced - self.consumed)[1:]
        moving = steps > 0
        commits = moving.sum(axis=0)
        if not commits.any():
            return self.interval_seconds
        busy_seconds = np.where(moving | (lag > 0), elapsed, 0.0).sum(axis=0)
        most = commits == commits.max()
        counted = min(float(np.median(busy_seconds[most])) / float(commits.max()), LONGEST_COMMIT_SECONDS)
        if counted > RARE_COMMITS * self.interval_seconds:
            return counted
        flow = np.where(moving, steps / elapsed, 0.0).sum(axis=1)
        behind = np.where(moving, lag, 0.0).sum(axis=1)[flow > 0] / flow[flow > 0]
        return min(counted, 2 * max(0.0, float(np.median(behind))))


def history_of(window: Window, newest: Sample) -> History:
    """The samples of `window`, aligned to the partitions of `newest`, which is its last."""
    samples = _forward_in_time([reading for reading in window if isinstance(reading, Sample)])
    produced = np.array([_aligned(sample, sample.produced, newest.partitions) for sample in samples])
    consumed = np.array([_aligned(sample, sample.consumed, newest.partitions) for sample in samples])
    times = np.array([sample.at for sample in samples])
    return History(times, _since_last_fall(produced), _since_last_fall(consumed))


def _aligned(sample: Sample, counters: Counts, partitions: tuple[PartitionId, ...]) -> Rates:
    """(P,) the sample's counters in the order of `partitions`; NaN for those it does not have."""
    if sample.partitions is partitions or sample.partitions == partitions:
        return counters.astype(np.float64)
    position = {partition: index for index, partition in enumerate(sample.partitions)}
    return np.array(
        [counters[position[p]] if p in position else np.nan for p in partitions], dtype=np.float64
    )


def _forward_in_time(samples: list[Sample]) -> list[Sample]:
    """Those before which no later one was taken: rates across a clock that was set back mean nothing."""
    kept = samples[-1:]
    for sample in reversed(samples):
        if sample.at < kept[-1].at:
            kept.append(sample)
    return kept[::-1]


def _since_last_fall(counters: Rates) -> Rates:
    """A counter that falls was recreated or moved back: what it was before says nothing about now."""
    fell = np.diff(_last_known(counters), axis=0) < 0
    if not fell.any():
        return counters
    rows = np.arange(len(counters))[:, None]
    last_fall = np.where(fell, rows[1:], 0).max(axis=0)
    kept: Rates = np.where(rows >= last_fall, counters, np.nan)
    return kept


def _last_known(counters: Rates) -> Rates:
    """(T, P) each gap filled with what was known before it: a counter may also fall while nobody looks."""
    rows = np.arange(len(counters))[:, None]
    known = np.maximum.accumulate(np.where(np.isnan(counters), 0, rows), axis=0)
    filled: Rates = np.take_along_axis(counters, known, axis=0)
    return filled

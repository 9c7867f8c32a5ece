"""Counters of one source over time, aligned to the partitions of its newest sample."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from logpipeline.core.model import Counts, PartitionId, Rates, Sample, Window

LONGEST_COMMIT_SECONDS = 60.0


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
        """(P,) records/s consumed over the last `seconds`, or over what is known; NaN where nothing is."""
        return self._per_second(self.consumed, seconds)

    def _per_second(self, counters: Rates, seconds: float) -> Rates:
        first = max(0, int(np.searchsorted(self.times, self.times[-1] - seconds, side="right")) - 1)
        rows = counters[first:]
        start = np.argmax(~np.isnan(rows), axis=0)
        columns = np.arange(rows.shape[1])
        elapsed = self.times[-1] - self.times[first:][start]
        elapsed[elapsed <= 0] = np.nan
        rates: Rates = (rows[-1] - rows[start, columns]) / elapsed
        return rates

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

    def commit_interval_seconds(self) -> float:
        """How long the group takes from one commit to the next: the smaller of two readings of it.

        Committed offsets that stand still from sample to sample while records wait tell commits that are
        rarer than samples. Others show in the lag: just before a commit it is one interval of flow, so over
        a healthy group's samples `lag / flow` is spread evenly from 0 to the interval, and four times its
        lower quartile estimates it. While a backlog drains that is far too large, and the first stands.
        """
        if len(self.times) < 3:  # noqa: PLR2004 - two steps are the fewest that show a pattern
            return self.interval_seconds
        elapsed = np.diff(self.times)[:, None]
        steps = np.nan_to_num(np.diff(self.consumed, axis=0))
        lag = (self.produced - self.consumed)[1:]
        moving = steps > 0
        commits = moving.sum(axis=0)
        if not commits.any():
            return self.interval_seconds
        busy_seconds = np.where(moving | (lag > 0), elapsed, 0.0).sum(axis=0)
        most = commits == commits.max()
        counted = float(np.median(busy_seconds[most])) / float(commits.max())
        seen = moving & ~np.isnan(lag)
        if not seen.any():
            return min(counted, LONGEST_COMMIT_SECONDS)
        lag_seconds = (lag[seen] / (steps / elapsed)[seen]).clip(min=0)
        flowing = 4 * float(np.quantile(lag_seconds, 0.25))
        return min(counted, flowing, LONGEST_COMMIT_SECONDS)


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

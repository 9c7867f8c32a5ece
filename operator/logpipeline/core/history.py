"""Counters of one source over time: where its log ended, where its group was, and the rates between them.

Arrays are (P,) over the partitions of the history, and NaN where a counter was not measured or began anew.
What is handed out is (M,) over the partitions of the newest sample.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from operator import attrgetter
from statistics import median

import numpy as np
from numpy.typing import NDArray

from logpipeline.core.arrays import largest, some, sum_of
from logpipeline.core.readings import Counts, PartitionId, Rates, Recalled

LONGEST_COMMIT_SECONDS = 60.0
RARE_COMMITS = 1.5
"""From so many sample intervals between two commits on, samples show the single steps."""
USUAL_OF = 9
"""The usual interval is the median of those between so many samples, the newest."""
MOST_SHARE = 0.9
"""Partitions that commit as often as the one that does most, give or take their phase."""
REMEMBERED_SECONDS = 900.0
"""So long it is known that a position went back."""
FEWEST_SAMPLES = 3
"""Two steps are the fewest that show a pattern."""
STEP_SECONDS = 30.0
"""Arrival is compared with itself in steps of this length: a few samples each."""
STEPS = 10
"""So many of them, five minutes, tell how much arrival trembles."""
DEVIATION_OF_MEDIAN = 1.4826 / math.sqrt(2)
"""Of the median of differences of successive values, the standard deviation of the values."""
LATE_STEPS = 2
"""The last of them, one minute, against which the trend is measured."""
CLEARLY = 3.0
"""A change of so many standard deviations is none of chance (Shewhart's control chart)."""


@dataclass(frozen=True, slots=True, eq=False)
class Mark:
    """Counters at one moment."""

    at: float
    """Unix seconds."""
    counters: Rates
    """(P,) records."""
    total: float = field(init=False)
    """Of all partitions; NaN where one is not known."""

    def __post_init__(self) -> None:
        """Add up once what is asked for at every decision."""
        object.__setattr__(self, "total", sum_of(self.counters))


AT = attrgetter("at")
"""By which marks are in order."""


@dataclass(frozen=True, slots=True, eq=False)
class Trend:
    """How arrival moves, as the last minutes tell."""

    slope: float = 0.0
    """By how much it grows, records/s per second; never negative."""
    noise: float = 0.0
    """Standard deviation of what arrives within STEP_SECONDS about its trend, as a share of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Commit(Mark):
    """Where the group was at one moment, and since when."""

    committed_at: Rates
    """(P,) Unix seconds at which the counter was first seen where it is; NaN where nobody saw it move."""
    behind_seconds: float
    """How much flow lay between the end of the log and what was committed just now; NaN when nothing was."""


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """What is known of the counters of one source. It grows by `logpipeline.core.growth`."""

    partitions: tuple[PartitionId, ...]
    """`P` of them, sorted: those of the newest sample, and others that were seen lately."""
    sampled: tuple[PartitionId, ...]
    """Those of the newest sample, `M` of them, sorted."""
    places: NDArray[np.intp] | None
    """(M,) where those of the newest sample are among all; None: they are all."""
    ends: tuple[Mark, ...]
    """Ends of the log, the oldest first, the farther apart the older; the last is the newest sample's."""
    recalled: int
    """So many of the ends, the first ones, were not measured but recalled by the source."""
    past: tuple[Recalled, ...]
    """Those, as the source told them."""
    commits: tuple[Commit, ...]
    """The group's positions in the last minutes, the oldest first; the last is the newest sample's."""
    produced: Rates
    """(P,) the last ends known, also of partitions that the newest sample lacks."""
    consumed: Rates
    """(P,) the last positions known, likewise."""
    commits_seen: Rates
    """(P,) commits that were seen, those of long ago counting less."""
    busy_seconds: Rates
    """(P,) seconds with something to commit, fading alike."""
    interval_seconds: float
    """The usual time between two samples; 0 when there is but one."""
    rewound_at: Rates
    """(P,) Unix seconds at which the position was last seen to go back; NaN where it never was."""

    def produced_per_second(self, seconds: float) -> Rates:
        """(M,) records/s written over the last `seconds`, or over what is known; NaN where nothing is."""
        return self._of_newest(_per_second(self.ends[_first(self.ends, seconds) :]))

    def consumed_per_second(self, seconds: float, commit_interval: float) -> Rates:
        """(M,) records/s consumed over the last `seconds`, or over what is known; NaN where nothing is.

        Where commits are rarer than samples it is the mean from one commit to another, unless the last of
        them was so long ago that the group must be taken to stand still.
        """
        marks = self.commits[_first(self.commits, seconds) :]
        rates = _per_second(marks)
        if commit_interval >= RARE_COMMITS * self.interval_seconds and len(marks) > 1:
            rates = _from_commit_to_commit(marks, commit_interval, rates)
        return self._of_newest(rates)

    @property
    def trend(self) -> Trend:
        """Slope and noise of the total arrival.

        Noise is the median difference between one step and the next: 1.4826 * median / sqrt(2) estimates the
        standard deviation, whatever the trend is and whatever a burst did to one of them (Hampel 1974; von
        Neumann 1941 for differences of successive values). The slope is the last minute against the four
        before it. A steeper one within the last minute counts as far as chance does not explain it, so that
        a sale is seen at once.
        """
        known = [(mark.at, mark.total) for mark in self.ends if mark.total >= 0]
        newest = self.ends[-1].at
        if len(known) < FEWEST_SAMPLES or known[-1][0] != newest:
            return Trend()
        steps = min(STEPS, int((newest - known[0][0]) / STEP_SECONDS + 0.05))
        ends = _at(known, [newest - STEP_SECONDS * step for step in range(steps, -1, -1)])
        return _trend_of([(after - before) / STEP_SECONDS for before, after in pairwise(ends)])

    @property
    def still_seconds(self) -> Rates:
        """(M,) how long positions have not moved, or for as long as is known."""
        newest = self.commits[-1]
        since = np.where(np.isnan(newest.committed_at), self.commits[0].at, newest.committed_at)
        return self._of_newest(newest.at - since)

    @property
    def rewound_seconds(self) -> Rates | None:
        """(M,) how long ago positions went back, NaN where they did not; None where none did."""
        ago = self._of_newest(self.ends[-1].at - self.rewound_at)
        return ago if some(ago <= REMEMBERED_SECONDS) else None

    def watched(self, seconds: float) -> bool:
        """The group's positions are known for as long, without a gap."""
        return self.commits[-1].at - self.commits[0].at >= seconds

    def least_lag(self, seconds: float) -> Rates:
        """(M,) the fewest records that waited at any sample of the last `seconds`; NaN where not known."""
        commits = self.commits[_first(self.commits, seconds) :]
        since = bisect_left(self.ends, commits[0].at, key=AT)
        ends = {mark.at: mark.counters for mark in self.ends[since:]}
        lags = [ends[mark.at] - mark.counters for mark in commits if mark.at in ends]
        return self._of_newest(np.minimum.reduce(lags))

    def first_passed(self, offsets: Counts) -> float | None:
        """Unix seconds at which some partition first grew past its offset in (M,) `offsets`.

        The first moment known, if one had by then; None where none has to this day.
        """
        newest = len(self.ends) - 1
        if not self._is_past(newest, offsets):
            return None
        back = 1
        while back <= newest and self._is_past(newest - back, offsets):
            back *= 2
        low = max(newest - back, -1) + 1
        after = bisect_left(range(low, newest), True, key=lambda place: self._is_past(place, offsets)) + low  # noqa: FBT003
        if after == 0:
            return self.ends[0].at
        high = self._of_newest(self.ends[after].counters)
        past = high > offsets
        low_end, high_end = self._of_newest(self.ends[after - 1].counters)[past], high[past]
        share = (offsets[past] - low_end) / (high_end - low_end)
        first = float(np.fmin.reduce(share))
        at = self.ends[after - 1].at
        return at + (1.0 if math.isnan(first) else first) * (self.ends[after].at - at)

    @property
    def span_seconds(self) -> float:
        """From the oldest end known to the newest sample."""
        return self.ends[-1].at - self.ends[0].at

    @property
    def commit_interval_seconds(self) -> float:
        """How long the group takes from one commit to the next: counted, or where that is too coarse, by lag.

        Committed offsets that stand still from sample to sample while records wait show commits that are
        rarer than samples. Others show in the lag: just before a commit it is one interval of flow, so over
        a healthy group's samples `lag / flow` is spread evenly from 0 to the interval, and twice its median
        estimates it. While a backlog drains that is far too large: what was counted is the most it can be.
        """
        most = largest(self.commits_seen)
        if most == 0.0 or len(self.commits) < FEWEST_SAMPLES:
            return self.interval_seconds
        often = self.commits_seen >= MOST_SHARE * most
        seen = sum_of(self.busy_seconds[often]) / sum_of(self.commits_seen[often])
        counted = min(round(seen, 3), LONGEST_COMMIT_SECONDS)  # what fades trembles in its last digits
        behind = [mark.behind_seconds for mark in self.commits if mark.behind_seconds >= 0]
        if counted > RARE_COMMITS * self.interval_seconds or not behind:
            return counted
        return min(counted, 2 * median(behind))

    def _is_past(self, place: int, offsets: Counts) -> bool:
        """At this end of the log some partition had grown past its offset."""
        return some(self._of_newest(self.ends[place].counters) > offsets)

    def _of_newest(self, figures: Rates) -> Rates:
        return figures if self.places is None else figures[self.places]


def _at(known: Sequence[tuple[float, float]], moments: Sequence[float]) -> list[float]:
    """What was known at `moments`, both in order: straight lines between two, and the first before it.

    Plain Python: for so few numbers it takes a third of the time of arrays.
    """
    found, place, last = [], 1, len(known) - 1
    for moment in moments:
        while place < last and known[place][0] < moment:
            place += 1
        (before, low), (after, high) = known[place - 1], known[place]
        share = (moment - before) / (after - before)
        found.append(low + (high - low) * min(max(share, 0.0), 1.0))
    return found


def _trend_of(rates: Sequence[float]) -> Trend:
    """Of arrival in (S,) steps, the oldest first."""
    if len(rates) < LATE_STEPS:
        return Trend()
    mean = sum(rates) / len(rates)
    deviation = DEVIATION_OF_MEDIAN * median(abs(after - before) for before, after in pairwise(rates))
    sudden = rates[-1] - rates[-2]
    by_chance = CLEARLY * math.sqrt(2) * deviation if len(rates) > LATE_STEPS + 1 else 0.0
    slope = max(0.0, sudden - by_chance) / STEP_SECONDS
    earlier = rates[:-LATE_STEPS]
    if earlier:
        apart = STEP_SECONDS * (LATE_STEPS + len(earlier)) / 2
        late = min(sum(rates[-LATE_STEPS:]) / LATE_STEPS, rates[-1])  # a burst that is over is no growth
        slope = max(slope, (late - sum(earlier) / len(earlier)) / apart)
    return Trend(slope, deviation / mean if mean > 0 else 0.0)


def usual_interval(times: Sequence[float]) -> float:
    """Seconds that usually pass from one of `times` to the next; 0 when there is but one."""
    return median(after - before for before, after in pairwise(times)) if len(times) > 1 else 0.0


def _first(marks: Sequence[Mark], seconds: float) -> int:
    """The newest that is at least `seconds` older than the last, or the oldest."""
    return max(0, bisect_right(marks, marks[-1].at - seconds, key=AT) - 1)


def _per_second(marks: Sequence[Mark]) -> Rates:
    """(P,) records/s from the first of `marks` that knows a counter to the last; NaN where none does."""
    oldest, newest = marks[0], marks[-1]
    if oldest is newest:
        return np.full_like(newest.counters, np.nan)
    rates: Rates = (newest.counters - oldest.counters) / (newest.at - oldest.at)
    if math.isnan(oldest.total + newest.total):
        rows, times = np.array([mark.counters for mark in marks]), np.array([mark.at for mark in marks])
        start = (~np.isnan(rows)).argmax(axis=0)
        elapsed = newest.at - times[start]
        elapsed[elapsed <= 0] = np.nan
        rates = (rows[-1] - rows[start, np.arange(rows.shape[1])]) / elapsed
    return rates


def _from_commit_to_commit(marks: Sequence[Commit], interval: float, otherwise: Rates) -> Rates:
    """(P,) records/s from one commit to the last; `otherwise` where that was long ago, or alone."""
    start, newest = marks[0], marks[-1]
    counters, since = start.counters, np.maximum(start.committed_at, start.at - interval)
    unseen = np.isnan(since)
    if some(unseen):
        known = np.array([~np.isnan(mark.committed_at) for mark in marks]).argmax(axis=0)
        columns = np.arange(len(known))
        counters = np.array([mark.counters for mark in marks])[known, columns]
        since = np.where(unseen, np.array([mark.committed_at for mark in marks])[known, columns], since)
    elapsed = newest.committed_at - since
    between = (elapsed > 0) & (newest.at - newest.committed_at <= 2 * interval)
    elapsed[~between] = np.nan
    rates: Rates = np.where(between, (newest.counters - counters) / elapsed, otherwise)
    return rates

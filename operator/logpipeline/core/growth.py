"""How a history grows, sample by sample: what is new is added, what is old is thinned out or forgotten."""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from logpipeline.core.arrays import some, sum_of
from logpipeline.core.history import (
    AT,
    LONGEST_COMMIT_SECONDS,
    USUAL_OF,
    Commit,
    History,
    Mark,
    usual_interval,
)
from logpipeline.core.readings import Counts, PartitionId, Rates, Sample
from logpipeline.core.recall import recalling

M = TypeVar("M", bound=Mark)

COMMITS_SECONDS = 200.0
"""So long every commit counts: three of the longest intervals, and a sample before them."""
FADE_SECONDS = 300.0
"""A commit that was seen so long ago counts for a third of one that is seen now."""
EVERY_SECONDS = 100.0
"""Ends of the log that are younger are all kept; older ones a tenth of their age apart."""


def begun(sample: Sample) -> History:
    """The history of a source that was measured but once."""
    produced, consumed = sample.produced.astype(np.float64), sample.consumed.astype(np.float64)
    nothing = np.zeros(len(sample.partitions))
    first = Commit(sample.at, consumed, np.full_like(consumed, np.nan), math.nan)
    history = History(
        partitions=sample.partitions,
        sampled=sample.partitions,
        places=None,
        ends=(Mark(sample.at, produced),),
        recalled=0,
        past=(),
        commits=(first,),
        produced=produced,
        consumed=consumed,
        commits_seen=nothing,
        busy_seconds=nothing,
        interval_seconds=0.0,
        rewound_at=np.full_like(consumed, np.nan),
    )
    return recalling(history, sample.past)


def grown(history: History, sample: Sample, window_seconds: float) -> History:
    """The history with `sample`, which is its newest; without what is older than `window_seconds`.

    It begins anew after a longer gap, and where our clock was set back: no rate can be computed across that.
    """
    last = history.commits[-1].at
    if not last < sample.at <= last + window_seconds:
        return begun(sample)
    history = _since(history, sample.at, window_seconds)
    aligned = _aligned(history, sample.partitions)
    known_past = aligned is history and sample.past is history.past
    history = aligned
    produced, consumed = _placed(history, sample.produced), _placed(history, sample.consumed)
    history = _without_what_jumped(history, sample.at, produced, consumed, _overtaken(history, sample))
    history = replace(
        _paced(history, sample.at, produced, consumed),
        ends=(*history.ends, Mark(sample.at, produced)),
        produced=_last_known(history, produced, history.produced),
        consumed=_last_known(history, consumed, history.consumed),
    )
    return history if known_past else recalling(history, sample.past)


def _paced(history: History, at: float, produced: Rates, consumed: Rates) -> History:
    """With the group's newest position, and what it tells of its commits."""
    last = history.commits[-1]
    elapsed = at - last.at
    moved = consumed > history.consumed
    lag = produced - consumed
    flow = sum_of((consumed - history.consumed)[moved])
    behind = sum_of(lag[moved]) * elapsed / flow if flow > 0 else math.nan
    commit = Commit(at, consumed, np.where(moved, at, last.committed_at), behind)
    commits = (*history.commits, commit)
    interval = usual_interval([mark.at for mark in commits[-USUAL_OF:]])
    history = replace(history, commits=commits, interval_seconds=interval)
    if elapsed > LONGEST_COMMIT_SECONDS:  # nobody saw how often they committed meanwhile
        return history
    fade = math.exp(-elapsed / FADE_SECONDS)
    busy = (moved | (lag > 0)) * elapsed
    return replace(
        history,
        commits_seen=history.commits_seen * fade + moved,
        busy_seconds=history.busy_seconds * fade + busy,
    )


def _since(history: History, at: float, window_seconds: float) -> History:
    """What is not too old at `at`; of that, the less the older."""
    ends = _younger(history.ends, at - window_seconds)
    recalled = max(0, history.recalled - (len(history.ends) - len(ends)))
    commits = _younger(history.commits, at - window_seconds)
    recent = _younger(commits, at - COMMITS_SECONDS)
    return replace(
        history,
        ends=(*ends[:recalled], *_thinned(ends[recalled:], at)),
        recalled=recalled,
        commits=commits[-max(len(recent), USUAL_OF) :],
    )


def _younger(marks: tuple[M, ...], oldest: float) -> tuple[M, ...]:
    return marks[bisect_left(marks, oldest, key=AT) :]


def _thinned(marks: Sequence[Mark], now: float) -> list[Mark]:
    """The first of each span: 10 s from an age of 100 s on, 20 s from 200 s, 40 s from 400 s, and so on.

    A span is made of whole smaller ones, so what is left stays the same however often it is thinned.
    """
    kept: list[Mark] = []
    before = (0.0, 0.0)
    for position, mark in enumerate(marks):
        age = now - mark.at
        if age < EVERY_SECONDS:
            return [*kept, *marks[position:]]
        span = EVERY_SECONDS / 10 * 2.0 ** (math.frexp(age / EVERY_SECONDS)[1] - 1)
        if (this := (span, mark.at // span)) != before:
            kept.append(mark)
            before = this
    return kept


def _aligned(history: History, sampled: tuple[PartitionId, ...]) -> History:
    """With a place for every partition in `sampled`, and for those that were seen before."""
    if sampled == history.sampled:
        return history
    known = ~np.isnan(np.array([mark.counters for mark in history.ends])).all(axis=0)
    partitions = tuple(
        sorted({*sampled, *(p for p, seen in zip(history.partitions, known, strict=True) if seen)})
    )
    was = {partition: place for place, partition in enumerate(history.partitions)}
    source = np.array([was.get(partition, -1) for partition in partitions], dtype=np.intp)
    is_at = {partition: place for place, partition in enumerate(partitions)}

    def moved(figures: Rates, fill: float = math.nan) -> Rates:
        return np.append(figures, fill)[source]

    return replace(
        history,
        partitions=partitions,
        sampled=sampled,
        places=None if partitions == sampled else np.array([is_at[p] for p in sampled], dtype=np.intp),
        ends=tuple(Mark(mark.at, moved(mark.counters)) for mark in history.ends),
        commits=tuple(
            replace(mark, counters=moved(mark.counters), committed_at=moved(mark.committed_at))
            for mark in history.commits
        ),
        produced=moved(history.produced),
        consumed=moved(history.consumed),
        commits_seen=moved(history.commits_seen, 0.0),
        busy_seconds=moved(history.busy_seconds, 0.0),
        rewound_at=moved(history.rewound_at),
    )


def _placed(history: History, counters: Counts) -> Rates:
    """(P,) the newest sample's counters; NaN for partitions that it lacks."""
    if history.places is None:
        return counters.astype(np.float64)
    placed = np.full(len(history.partitions), np.nan)
    placed[history.places] = counters
    return placed


def _last_known(history: History, counters: Rates, before: Rates) -> Rates:
    return counters if history.places is None else np.where(np.isnan(counters), before, counters)


def _overtaken(history: History, sample: Sample) -> NDArray[np.bool_]:
    """(P,) whether retention is ahead of the group: its position then moves though nobody consumes."""
    if sample.lost is None:
        return np.zeros(len(history.partitions), dtype=np.bool_)
    overtaken: NDArray[np.bool_] = _placed(history, sample.lost) > 0
    return overtaken


def _without_what_jumped(
    history: History, at: float, produced: Rates, consumed: Rates, overtaken: NDArray[np.bool_]
) -> History:
    """A counter that falls was recreated or moved back: what it was before says nothing about now.

    Nor does a group's position from before retention overtook it.
    """
    recreated, moved = produced < history.produced, (consumed < history.consumed) | overtaken
    if some(recreated):
        ends = tuple(Mark(mark.at, np.where(recreated, np.nan, mark.counters)) for mark in history.ends)
        history = replace(history, ends=ends)
    if some(moved):
        commits = tuple(
            Commit(
                mark.at,
                np.where(moved, np.nan, mark.counters),
                np.where(moved, np.nan, mark.committed_at),
                mark.behind_seconds,
            )
            for mark in history.commits
        )
        history = replace(
            history,
            commits=commits,
            consumed=np.where(moved, np.nan, history.consumed),
            rewound_at=np.where(moved & ~overtaken & ~recreated, at, history.rewound_at),
        )
    return history

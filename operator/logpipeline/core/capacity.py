"""What one replica can do: learned from what busy replicas take, and from what idle ones keep up with.

A rate that is measured while a replica has work all the time is its capacity. One that it keeps up with is
less than its capacity, or just that. Neither is believed before a whole window of it: what a group commits at
once it did not do at once.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from logpipeline.api.pipeline import Scaling
from logpipeline.api.status import Confidence
from logpipeline.core.arrays import largest, share, some, sum_of
from logpipeline.core.dealing import RANGE, ROUND_ROBIN, dealt, owners
from logpipeline.core.model import Measures
from logpipeline.core.readings import GroupState, Rates, Sharing

SLACK = 1e-9
"""Shares of a replica that are rounding errors."""
MOST_REPLICAS = 2**31 - 1
"""The largest count of replicas that the API can hold."""
BUSY_SHARE = 0.9
"""Of the replicas must have work, so that all that is taken is what they can do."""
RISING_SECONDS = 300.0
"""What is learned follows a higher rate as slowly as this, and forgets it as slowly."""
FALLING_SECONDS = 60.0
"""A lower one it follows sooner: those who wait cannot wait for an average."""
ENOUGH_SECONDS = {Confidence.HIGH: 180.0, Confidence.MEDIUM: 30.0}
"""So long it was measured."""
LASTING_SECONDS = {Confidence.HIGH: 21_600.0, Confidence.MEDIUM: 86_400.0}
"""So long ago at most."""
ANOTHER_SHARE = 0.5
"""Where all have work and do less than this of what was learned, it was learned of other records, or pods."""
LONGEST_STEP_SECONDS = 10.0
"""A moment teaches no more than this, however long ago the last one was."""
MORE_SHARE = 0.2
"""By so much the replicas must have grown before it is asked what that was good for."""
GOOD_SHARE = 1 / 3
"""Of their share more must be taken by then: less is a store that takes no more."""


@dataclass(frozen=True, slots=True)
class Learned:
    """What was learned of one replica."""

    records_per_second: float
    busy_seconds: float = 0.0
    """How long it was measured on busy replicas; 0: it is what they did at least."""
    busy_at: float | None = None
    """When last."""
    observed_at: float | None = None
    """When anything was learned last."""
    template: str | None = None
    """The pod template that it was learned of; None where that is not known."""


@dataclass(frozen=True, slots=True)
class Full:
    """All replicas were busy: what they took together."""

    at_work: int
    per_second: float
    saturated: bool = False
    """More replicas took no more: what they write to is full."""


@dataclass(frozen=True, slots=True)
class Known:
    """The capacity that a decision counts with."""

    records_per_second: float
    confidence: Confidence
    origin: str
    """Where it comes from, in a word: `learned`, `guess` or `pinned`."""

    def replicas(self, load: float) -> int:
        """How many take `load` records/s in all, however it is divided."""
        return whole_replicas(load / self.records_per_second)


def whole_replicas(replicas: float) -> int:
    """So many replicas, rounded up, and no more than can be; what rounding errors add is none."""
    return min(math.ceil(replicas - SLACK * max(1.0, replicas)), MOST_REPLICAS)


def known_capacity(scaling: Scaling, learned: Learned | None, now: float) -> Known:
    """What the spec pins, what was learned, or the first guess."""
    guess = float(scaling.capacity.records_per_second)
    if not scaling.capacity.learn:
        return Known(guess, Confidence.HIGH, "pinned")
    if learned is None:
        return Known(guess, Confidence.LOW, "guess")
    return Known(learned.records_per_second, confidence_of(learned, now), "learned")


def confidence_of(learned: Learned, now: float) -> Confidence:
    """How long it was measured, and how long ago."""
    if learned.busy_at is None:
        return Confidence.LOW
    for confidence in (Confidence.HIGH, Confidence.MEDIUM):
        enough = learned.busy_seconds >= ENOUGH_SECONDS[confidence]
        if enough and now - learned.busy_at <= LASTING_SECONDS[confidence]:
            return confidence
    return Confidence.LOW


def can_learn(measures: Measures, settled_seconds: float) -> bool:
    """All was measured, as many replicas worked for the whole window, and the group was not dealt anew."""
    group = measures.group
    rebalancing = group is not None and group.state is GroupState.REBALANCING
    return not (
        measures.taken is None
        or measures.lower_bound
        or measures.estimated
        or rebalancing
        or settled_seconds < measures.taken_seconds
    )


def watch_full(full: Full | None, measures: Measures, at_work: int) -> Full | None:
    """Compare what all replicas take, now that there are more of them, with what they took before.

    Where none is at work, what is taken is the work of others.
    """
    if at_work == 0 or measures.taken is None or not _all_busy(measures):
        return None if full is None or full.saturated else full
    took = sum_of(measures.taken)
    if full is None or at_work < full.at_work:
        return Full(at_work, took)
    more = at_work / full.at_work - 1
    if more < MORE_SHARE:
        return full if full.saturated else Full(full.at_work, max(took, full.per_second))
    good = took / full.per_second - 1 if full.per_second > 0 else math.inf
    return replace(full, saturated=True) if good < GOOD_SHARE * more else Full(at_work, took)


def learn(
    before: Learned | None, measures: Measures, scaling: Scaling, at_work: int, assignor: str | None
) -> Learned | None:
    """What is known after `measures`, which `can_learn` allows to learn from, of `at_work` replicas."""
    if at_work == 0 or measures.taken is None:
        return before
    busy = _of_busy(measures, at_work, scaling.consumers_per_replica, assignor)
    if busy is not None:
        if before is not None and _all_busy(measures) and busy < ANOTHER_SHARE * before.records_per_second:
            before = replace(before, busy_seconds=0.0, busy_at=None)
        return _followed(before, busy, measures.at)
    if some(measures.excess):
        return before
    certain = 1 - measures.commit_interval_seconds / measures.taken_seconds
    least = certain * _of_the_fullest(measures, at_work, scaling.consumers_per_replica, assignor)
    guess = float(scaling.capacity.records_per_second) if before is None else before.records_per_second
    if least <= guess:
        return before
    if before is None or before.busy_at is None:
        return replace(before or Learned(least), records_per_second=least, observed_at=measures.at)
    share = _share(before, measures.at, RISING_SECONDS)
    risen = guess + share * (least - guess)
    return replace(before, records_per_second=risen, observed_at=measures.at)


def _followed(before: Learned | None, busy: float, at: float) -> Learned | None:
    """With the rate of busy replicas: at once where nothing was learned of such, otherwise by and by."""
    if busy <= 0:
        return before
    if before is None or before.busy_at is None:
        return Learned(
            busy, busy_seconds=0.0 if before is None else before.busy_seconds, busy_at=at, observed_at=at
        )
    falling = busy < before.records_per_second
    share = _share(before, at, FALLING_SECONDS if falling else RISING_SECONDS)
    elapsed = min(max(0.0, at - before.busy_at), LONGEST_STEP_SECONDS)
    return replace(
        before,
        records_per_second=before.records_per_second + share * (busy - before.records_per_second),
        busy_seconds=min(before.busy_seconds + elapsed, 2 * ENOUGH_SECONDS[Confidence.HIGH]),
        busy_at=at,
        observed_at=at,
    )


def _share(before: Learned, at: float, seconds: float) -> float:
    """How much a moment weighs in an average that follows within `seconds`."""
    since = before.observed_at
    elapsed = LONGEST_STEP_SECONDS if since is None else min(max(0.0, at - since), LONGEST_STEP_SECONDS)
    return 1 - math.exp(-elapsed / seconds)


def _all_busy(measures: Measures) -> bool:
    return measures.busy is not None and share(measures.busy) >= BUSY_SHARE


def _of_busy(
    measures: Measures, at_work: int, consumers_per_replica: int, assignor: str | None
) -> float | None:
    """Records/s of one busy replica; None where too few had work all the time.

    Where nearly all partitions had, so had nearly all replicas. Otherwise a partition that was never empty
    tells of the consumer that reads it, which was busy with all its partitions together. Where it is not
    known which those are, as with sticky assignors, it is as much as the fullest would take if they were
    dealt anew.
    """
    busy, taken = measures.busy, measures.taken
    if busy is None or taken is None or not some(busy):
        return None
    if _all_busy(measures):
        return sum_of(taken) / at_work
    if measures.sharing is Sharing.SHARED:
        return None
    consumers = at_work * consumers_per_replica
    owner = owners(taken, measures.partitions, consumers, assignor)
    loads = np.bincount(owner, taken, consumers)
    if assignor not in (RANGE, ROUND_ROBIN) and consumers < len(taken):
        return float(loads.max()) * consumers_per_replica
    return float(np.median(loads[np.bincount(owner[busy], minlength=consumers) > 0])) * consumers_per_replica


def _of_the_fullest(
    measures: Measures, at_work: int, consumers_per_replica: int, assignor: str | None
) -> float:
    """Records/s that one replica did at least: the fullest, where it is known who reads what."""
    taken: Rates = np.zeros(1) if measures.taken is None else measures.taken
    mean = sum_of(taken) / at_work
    if measures.sharing is Sharing.SHARED or assignor not in (RANGE, ROUND_ROBIN):
        return mean
    consumers = at_work * consumers_per_replica
    fullest = largest(dealt(taken, measures.partitions, consumers, assignor))
    return max(mean, fullest * consumers_per_replica)

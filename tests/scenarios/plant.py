"""A small pipeline that runs on a clock of its own: records in, replicas that work, commits, samples."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from logpipeline.api.conditions import Reason
from logpipeline.core.model import Workload
from logpipeline.core.ownership import MANAGER
from logpipeline.core.readings import (
    Counts,
    Doubt,
    Group,
    GroupState,
    Missing,
    PartitionId,
    Reading,
    Recalled,
    Sample,
    Sharing,
)
from tests.scenarios.story import Blindness, PlantSpec

TOPIC = "access-log"
STREAM = "gin_logs"
RECALLED_SECONDS = (900, 600, 450, 300, 200, 135, 90, 60, 40, 20, 10)
"""Ages of the moments that a log is asked for."""


@dataclass
class Plant:
    """One stage: `P` partitions, and replicas that take a while to start and stop the world when they come.

    A partition belongs to one replica, which commits its partitions at its own moments; the records of a
    shared source go to whoever is free, and are acknowledged at once.
    """

    spec: PlantSpec
    rate: Callable[[float], float]
    """Records/s that arrive, by the time."""
    produced: Counts = field(init=False)
    processed: Counts = field(init=False)
    committed: Counts = field(init=False)
    ready_at: list[float] = field(init=False)
    """When each replica is, or was, ready."""
    still_until: float = -1.0
    """The group shares out its partitions until then."""
    managers: tuple[str, ...] = ("kubectl",)
    past: tuple[Recalled, ...] = ()
    """What the source recalls of the time before it was first measured."""
    _ends: dict[float, Counts] = field(default_factory=dict)
    _owed: float = 0.0
    """Fractions of a record that are yet to arrive."""

    def __post_init__(self) -> None:
        self.processed = np.zeros(self.spec.partitions, dtype=np.int64)
        self.committed = self.processed.copy()
        self.produced = self.processed + self.spec.waiting // self.spec.partitions
        self.ready_at = [-1.0] * self.spec.replicas

    def scale(self, replicas: int, now: float, manager: str = MANAGER) -> None:
        """Ask for `replicas`; the youngest go first."""
        if replicas < len(self.ready_at):
            self._rebalance(now)
        starting = [now + self.spec.start_up.total_seconds()] * (replicas - len(self.ready_at))
        self.ready_at = [*self.ready_at[:replicas], *starting]
        self.managers = (manager,)

    def step(self, now: float, seconds: float) -> None:
        """What happens in the `seconds` up to `now`."""
        self._arrive(now, seconds)
        if self.spec.recalls:
            self._ends[now] = self.produced.copy()
        self.processed = np.maximum(self.processed, self._log_start())
        if any(now - seconds < ready <= now for ready in self.ready_at):
            self._rebalance(now)
        if now >= self.still_until:
            self._work(now, seconds)

    def workload(self, now: float) -> Workload:
        return Workload("uid", len(self.ready_at), self._ready(now), self.managers)

    def recall(self, now: float) -> None:
        """Somebody begins to measure: from now on the log tells where it had ended earlier."""
        asked = ((now - age, self._ends.get(now - age)) for age in RECALLED_SECONDS)
        self.past = tuple(
            Recalled(at, self._names, end.astype(float)) for at, end in asked if end is not None
        )

    def reading(self, now: float, blindness: Blindness, doubts: tuple[Doubt, ...] = ()) -> Reading:
        """What a source would tell at `now`."""
        names = self._names
        if blindness is Blindness.ALL:
            return Missing(now, Reason.SOURCE_UNREACHABLE, "kafka:9092 does not answer: is it running?")
        if self.spec.shared:
            return self._shared(now, doubts)
        known = len(names) // 2 if blindness is Blindness.HALF else len(names)
        return Sample(
            now,
            Sharing.PARTITIONED,
            names[:known],
            self.produced[:known].copy(),
            self.committed[:known].copy(),
            missing=names[known:],
            missing_because="A broker is down." if known < len(names) else "",
            group=self._group(now),
            lost=np.maximum(self._log_start() - self.committed, 0)[:known],
            past=self.past,
            doubts=doubts,
        )

    def _shared(self, now: float, doubts: tuple[Doubt, ...]) -> Sample:
        stream = (PartitionId(STREAM, 0),)
        if self.spec.counted:
            produced, consumed = self._sum(self.produced), self._sum(self.processed)
        else:
            produced, consumed = self._sum(self.produced - self.processed), np.zeros(1, dtype=np.int64)
        counted = self.spec.counted
        return Sample(now, Sharing.SHARED, stream, produced, consumed, counted=counted, doubts=doubts)

    @property
    def _names(self) -> tuple[PartitionId, ...]:
        return tuple(PartitionId(TOPIC, number) for number in range(self.spec.partitions))

    def _log_start(self) -> Counts:
        keeps = self.spec.retention
        start: Counts = (
            np.zeros_like(self.produced) if keeps is None else np.maximum(self.produced - keeps, 0)
        )
        return start

    @property
    def waiting(self) -> int:
        """Records that wait in truth."""
        return int((self.produced - self.processed).sum())

    def _arrive(self, now: float, seconds: float) -> None:
        self._owed += self.rate(now) * seconds
        whole = int(self._owed)
        self._owed -= whole
        share, rest = divmod(whole, len(self.produced))
        self.produced += share
        self.produced[:rest] += 1

    def _work(self, now: float, seconds: float) -> None:
        ready = self._ready(now)
        takes = np.array([self.spec.capacity * seconds] * ready)
        if self.spec.shared:
            self._take(slice(None), float(takes.sum()))
            self.committed = self.processed.copy()
            return
        for consumer, most in enumerate(takes):
            own = slice(consumer, None, ready)
            self._take(own, float(most))
            if self._commits(consumer, now, seconds):
                self.committed[own] = self.processed[own]

    def _take(self, own: slice, most: float) -> None:
        """Process up to `most` records of these partitions, of each in proportion to what waits."""
        waiting = self.produced[own] - self.processed[own]
        total = float(waiting.sum())
        if total > 0:
            self.processed[own] += np.ceil(waiting * min(1.0, most / total)).astype(np.int64)

    def _commits(self, consumer: int, now: float, seconds: float) -> bool:
        """Each consumer commits at its own moments, a third of the interval apart."""
        every = self.spec.commit_every.total_seconds()
        phase = (consumer % 3) * every / 3
        return (now - phase) // every > (now - seconds - phase) // every

    def _rebalance(self, now: float) -> None:
        self.committed = self.processed.copy()
        self.still_until = now + self.spec.rebalance.total_seconds()

    def _ready(self, now: float) -> int:
        return sum(ready <= now for ready in self.ready_at[: self.spec.nodes])

    def _group(self, now: float) -> Group:
        members = self._ready(now)
        if members == 0:
            return Group(GroupState.EMPTY, None, 0)
        if now < self.still_until:
            return Group(GroupState.REBALANCING, None, members)
        return Group(GroupState.STABLE, "cooperative-sticky", members)

    @staticmethod
    def _sum(counts: NDArray[np.int64]) -> Counts:
        return np.array([counts.sum()], dtype=np.int64)

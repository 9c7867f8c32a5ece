"""The consumers of a stage at work: what each takes and when it commits, while others come and go."""

from bisect import bisect_right
from dataclasses import dataclass, field

import numpy as np

from logpipeline.core.readings import Rates
from logpipeline.sim.assignors import NOBODY, Places
from logpipeline.sim.fetched import Fetched
from logpipeline.sim.group import ConsumerGroup
from logpipeline.sim.partitions import Layout
from logpipeline.sim.pods import Member, Pods
from logpipeline.sim.truth import StageTruth
from logpipeline.sim.work import held_back, taken_by_all, taken_by_owners


@dataclass(slots=True)
class Consumers:
    """Those who work at the moment, from second to second of the run."""

    truth: StageTruth
    layout: Layout
    pods: Pods
    group: ConsumerGroup | None = field(init=False, default=None)
    """None where any consumer takes any record."""
    _members: tuple[Member, ...] = field(init=False)
    _able: Rates = field(init=False)
    """(C,) records/s of each at the cost of the beginning."""
    _places: Places = field(init=False)
    """(K,) partitions that somebody reads."""
    _owners: Places = field(init=False)
    """(K,) who reads them, of C."""
    _commits: tuple[Places, ...] = field(init=False)
    """Partitions whose consumers commit in each second of the commit interval, from the first."""
    _fetched: Fetched | None = field(init=False, default=None)
    """None where partitions are served alike."""
    _known: tuple[int, tuple[bool, ...]] = field(init=False)
    """Of which version of the group all this was worked out, and which partitions were stuck."""

    def __post_init__(self) -> None:
        """All is settled at the beginning."""
        members = self.pods.members_at(0.0)
        if not self.layout.shared:
            self.group = ConsumerGroup(self.truth.rebalance, self.layout.assignor, self.layout.names, members)
            if self.truth.fetch is not None:
                self._fetched = Fetched(self.truth.fetch, np.full(len(self.layout.names), np.nan))
        self._share_out(0.0, members)

    def advance(self, second: float) -> None:
        """A step begins: whoever came or left by then, and partitions whose pause is over."""
        members = self.pods.members_at(second)
        if self.group is None:
            changed = members is not self._members
        else:
            self.group.advance(second, members)
            changed = self._version(second) != self._known
        if changed:
            self._share_out(second, members)

    def take(self, second: float, waiting: Rates) -> Rates:
        """(P,) records that are taken in this second of (P,) `waiting`."""
        able = self._able / self.cost(second)
        if self.group is None:
            asked = np.array([min(float(waiting.sum()), float(able.sum()))])
            return taken_by_all(waiting, float(held_back(asked, self.truth.store)[0]))
        read = waiting[self._places]
        if self.truth.store is not None:
            asked = np.minimum(np.bincount(self._owners, read, len(able)), able)
            able = held_back(asked, self.truth.store)
        taken = np.zeros_like(waiting)
        taken[self._places] = (
            taken_by_owners(read, self._owners, able)
            if self._fetched is None
            else self._fetched.take(read, self._places, self._owners, able)
        )
        return taken

    def committing(self, second: int) -> Places:
        """Partitions that are committed at the end of this second."""
        return self._commits[(second + 1) % len(self._commits)]

    def _version(self, second: float) -> tuple[int, tuple[bool, ...]]:
        version = 0 if self.group is None else self.group.version
        return version, tuple(stuck.holds(second) for stuck in self.truth.stuck)

    def _share_out(self, second: float, members: tuple[Member, ...]) -> None:
        self._members, self._known = members, self._version(second)
        self._able = np.array([member.able for member in members])
        owners = np.zeros(0, dtype=np.intp) if self.group is None else self.group.owners.copy()
        for stuck in self.truth.stuck:
            if stuck.holds(second) and self.group is not None:
                owners[stuck.partition] = NOBODY
        alive = np.append(self._able > 0, [False])[owners]
        self._places = np.flatnonzero(alive)
        self._owners = owners[self._places]
        if self._fetched is not None:
            self._fetched.share_out(np.array([*(member.key for member in members), np.nan])[owners])
        every = max(1, int(self.truth.commit_every.total_seconds()))
        turns = np.array([int(member.phase * every) for member in members], dtype=np.intp)
        turn = turns[self._owners]
        self._commits = tuple(self._places[turn == second_of] for second_of in range(every))

    def cost(self, second: float) -> float:
        """Of a record, beside what it cost at the beginning."""
        changes = self.truth.dearer
        passed = bisect_right(changes, second, key=lambda change: change.at.total_seconds())
        return changes[passed - 1].factor if passed else 1.0

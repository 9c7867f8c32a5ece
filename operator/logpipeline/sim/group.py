"""A consumer group: who reads which partition, and which of them stop while that changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from logpipeline.core.readings import Group, GroupState, PartitionId, Rates
from logpipeline.sim.assignors import NOBODY, Places, assigned
from logpipeline.sim.pods import Member
from logpipeline.sim.truth import Assignor, Protocol, Rebalance

JOINING = 0.5
"""For this share of a rebalance others may still join it; those that come later cause the next one."""

Mask = NDArray[np.bool_]


@dataclass(slots=True)
class ConsumerGroup:
    """The members of a group and their partitions, from second to second of the run.

    With the classic protocols, `Eager` and `Cooperative`, a rebalance has a beginning and an end: the
    coordinator waits for every member that it knows, also for one that died without its noticing, and those
    that come late wait for the next. With `Consumer` each partition moves on its own.
    """

    rebalance: Rebalance
    assignor: Assignor
    partitions: tuple[PartitionId, ...]
    members: tuple[Member, ...]
    rebalances: int = 0
    """Begun so far."""
    owners: Places = field(init=False)
    """(P,) places among the members of those who read now; -1 is nobody."""
    let_go: Mask | None = None
    """(P,) partitions that their consumers gave up in this step; None: none."""
    torn: Mask | None = None
    """(P,) partitions whose consumers died in this step; None: none."""
    version: int = 0
    """Another one after each change of owners or members."""
    _targets: Places = field(init=False)
    """(P,) those who are to read them in the end."""
    _free_at: Rates = field(init=False)
    """(P,) when they can."""
    _ends_at: float | None = None
    """When the rebalance that goes on will be over."""
    _joinable_until: float = 0.0
    _late: bool = False
    """Somebody came or went too late for the rebalance that goes on."""

    def __post_init__(self) -> None:
        """All is settled at the beginning."""
        self._targets = np.full(len(self.partitions), NOBODY)
        if self.members:
            self._targets = self._dealt()
        self.owners, self._free_at = self._targets, np.zeros(len(self.partitions))

    def advance(self, second: float, members: tuple[Member, ...]) -> None:
        """A step begins at `second`, with these members."""
        self.let_go = self.torn = None
        if members is not self.members:
            self._meet(second, members)
        if self._ends_at is not None and second >= self._ends_at:
            self._end(second)
        if self.owners is not self._targets:
            self._arrive(second)

    def described(self, second: float) -> Group:
        """What the coordinator tells; while a classic group rebalances it names no assignor."""
        count = len(self.members)
        if count == 0:
            return Group(GroupState.EMPTY, None, 0)
        if self._ends_at is not None and second < self._ends_at:
            return Group(GroupState.REBALANCING, None, count)
        moving = self.rebalance.protocol is Protocol.CONSUMER and bool((self.owners != self._targets).any())
        return Group(GroupState.REBALANCING if moving else GroupState.STABLE, self.assignor, count)

    def _arrive(self, second: float) -> None:
        arriving = (self.owners != self._targets) & (self._free_at <= second)
        if arriving.any():
            self._own(np.where(arriving, self._targets, self.owners))
        if (self.owners == self._targets).all():
            self.owners = self._targets

    def _meet(self, second: float, members: tuple[Member, ...]) -> None:
        """Take note of who came, who left, and who died."""
        before = {member.key: place for place, member in enumerate(self.members)}
        died = [before[one.key] for one in members if one.gone_at is not None and one.key in before]
        died = [place for place in died if self.members[place].gone_at is None]
        if died:
            self.torn = np.isin(self.owners, died)
        same = [member.key for member in members] == list(before)
        if not same:
            self._renumber({member.key: place for place, member in enumerate(members)})
        self.members, self.version = members, self.version + 1
        if same:
            return
        if not members:
            self._ends_at, self._late = None, False
        elif self._ends_at is None:
            self._begin(second)
        elif second > self._joinable_until:
            self._late = True
        elif self.rebalance.protocol is Protocol.COOPERATIVE:
            self._aim(self._ends_at)

    def _renumber(self, places: Mapping[float, int]) -> None:
        """Name the owners by their new places. What leavers had is nobody's."""
        new = np.array([*(places.get(member.key, NOBODY) for member in self.members), NOBODY])
        owners = new[self.owners]
        left = (owners == NOBODY) & (self.owners != NOBODY)
        self._give_up(left)
        self._targets = new[self._targets]
        self.owners = owners

    def _begin(self, second: float) -> None:
        self.rebalances += 1
        self._late = False
        pause = self.rebalance.pause.total_seconds()
        if self.rebalance.protocol is Protocol.CONSUMER:
            self._aim(second + pause)
            return
        noticed = max((one.gone_at for one in self.members if one.gone_at is not None), default=second)
        self._ends_at = noticed + pause
        self._joinable_until = noticed + JOINING * pause
        if self.rebalance.protocol is Protocol.COOPERATIVE:
            self._aim(self._ends_at)
            return
        self._give_up(self.owners != NOBODY)
        self._free_at = np.full(len(self.partitions), np.inf)
        self._own(np.full(len(self.partitions), NOBODY))

    def _end(self, second: float) -> None:
        self._ends_at = None
        if self._late:
            self._begin(second)
        elif self.rebalance.protocol is Protocol.EAGER:
            self._targets = self._dealt()
            self._free_at = np.full(len(self.partitions), second)

    def _aim(self, free_at: float) -> None:
        """Who is to read what, anew: partitions that move stop now and are read again at `free_at`."""
        targets = self._dealt()
        moving = targets != self._targets
        self._give_up(moving & (self.owners != NOBODY))
        self._own(np.where(moving, NOBODY, self.owners))
        self._free_at = np.where(moving, free_at, self._free_at)
        self._targets = targets

    def _dealt(self) -> Places:
        return assigned(self.assignor, self.partitions, self._targets, len(self.members))

    def _own(self, owners: Places) -> None:
        self.owners, self.version = owners, self.version + 1

    def _give_up(self, partitions: Mask) -> None:
        self.let_go = partitions if self.let_go is None else self.let_go | partitions

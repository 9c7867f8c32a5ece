"""The pods of a workload, as a ReplicaSet keeps them: created, placed, ready, and ended."""

import math
from dataclasses import dataclass, field, replace

import numpy as np

from logpipeline.sim.truth import StageTruth

SLOWEST = 0.1
"""No replica does less than this share of the usual."""
DAY_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class Member:
    """One consumer, as its group knows it."""

    key: float
    """Members are sorted by it: the ids in a group are random."""
    able: float
    """Records/s that it takes when it is busy; 0 of one that died."""
    phase: float
    """Where in the commit interval it commits, from 0 to 1."""
    gone_at: float | None = None
    """When the group notices that it died, in seconds of the run; None of one that lives."""


@dataclass(slots=True)
class Pod:
    """One pod."""

    members: tuple[Member, ...]
    ready_at: float = math.inf
    """Seconds of the run; infinity while it finds no place."""


@dataclass(slots=True)
class Pods:
    """All pods of one workload. What happens to them happens at whole seconds of the run."""

    truth: StageTruth
    capacity: float
    """Records/s of one replica."""
    consumers_per_replica: int
    chance: np.random.Generator
    pod_seconds: float = 0.0
    """From the creation of each to its end, in all."""
    _pods: list[Pod] = field(default_factory=list)
    """The oldest first."""
    _dead: tuple[Member, ...] = ()
    _members: tuple[Member, ...] = ()
    _changes_at: float = -math.inf
    """When the members will be others."""

    def __post_init__(self) -> None:
        """Those that work at the beginning."""
        self.scale(self.truth.replicas)
        for pod in self._pods[: self.truth.nodes]:
            pod.ready_at = 0.0

    @property
    def count(self) -> int:
        """Those that exist."""
        return len(self._pods)

    def ready(self, second: float) -> int:
        """Those that work."""
        return sum(pod.ready_at <= second for pod in self._pods)

    def scale(self, replicas: int) -> None:
        """Make or end so many: those without a place go first, then those that start, then the youngest."""
        staying = sorted(self._pods, key=lambda pod: pod.ready_at)[:replicas]
        self._pods = [*staying, *(self._created() for _ in range(replicas - len(staying)))]
        self._changes_at = -math.inf

    def members_at(self, second: float) -> tuple[Member, ...]:
        """The consumers that the group knows at the beginning of a step, sorted.

        The same tuple for as long as nothing changes.
        """
        self._die(second)
        if second >= self._changes_at:
            self._place(second)
            self._dead = tuple(one for one in self._dead if one.gone_at is None or one.gone_at > second)
            working = (member for pod in self._pods if pod.ready_at <= second for member in pod.members)
            self._members = tuple(sorted((*working, *self._dead), key=lambda member: member.key))
            coming = (pod.ready_at for pod in self._pods if pod.ready_at > second)
            going = (one.gone_at for one in self._dead if one.gone_at is not None)
            self._changes_at = min((*coming, *going), default=math.inf)
        return self._members

    def live(self, seconds: float) -> None:
        """So much time passes."""
        self.pod_seconds += len(self._pods) * seconds

    def _created(self) -> Pod:
        able = self.capacity * max(SLOWEST, 1.0 + self.truth.unevenness * self.chance.standard_normal())
        each = able / self.consumers_per_replica
        return Pod(
            tuple(
                Member(key=self.chance.random(), able=each, phase=self.chance.random())
                for _ in range(self.consumers_per_replica)
            )
        )

    def _place(self, second: float) -> None:
        """Give a node to those that wait for one, as far as there are any."""
        usual, spread = self.truth.start_up.total_seconds(), self.truth.start_up_spread.total_seconds()
        for pod in self._pods[: self.truth.nodes]:
            if pod.ready_at == math.inf:
                takes = max(0.0, usual + spread * self.chance.standard_normal())
                pod.ready_at = math.ceil(second + takes)

    def _die(self, second: float) -> None:
        deaths = sum(moment.total_seconds() == second for moment in self.truth.deaths.at)
        often = self.truth.deaths.per_pod_day / DAY_SECONDS
        if often > 0:
            deaths += int(self.chance.poisson(often * self.ready(second)))
        for _ in range(deaths):
            working = [pod for pod in self._pods if pod.ready_at <= second]
            if not working:
                return
            victim = working[int(self.chance.integers(len(working)))]
            gone_at = second + self.truth.rebalance.session_timeout.total_seconds()
            self._dead += tuple(replace(one, able=0.0, gone_at=gone_at) for one in victim.members)
            self._pods = [*(pod for pod in self._pods if pod is not victim), self._created()]
            self._changes_at = -math.inf

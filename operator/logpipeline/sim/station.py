"""One stage in truth, second by second: records come and are taken, positions committed, counts changed."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from logpipeline.core.model import Applied, Workload
from logpipeline.core.readings import Rates
from logpipeline.sim.consumers import Consumers
from logpipeline.sim.records import Log
from logpipeline.sim.track import Change
from logpipeline.sim.truth import StageTruth

RIVAL = "somebody-else"
"""The field manager of others who set the count."""


@dataclass(slots=True)
class Station:
    """One stage. A second of the run at a time is played; what others see is as at its end."""

    truth: StageTruth
    log: Log
    consumers: Consumers
    own: Callable[[float], float] | None
    """Records/s that others write here, by the second of the run; None where nobody does."""
    start: float
    """Unix seconds."""
    taken: Rates = field(init=False)
    """(P,) how far each partition was consumed, in records since the log began."""
    committed: Rates = field(init=False)
    """(P,) how far the group says so."""
    arrived_records: float = 0.0
    """In all, since the run began; and so for the others."""
    done_records: float = 0.0
    """Processed, those that were processed again included."""
    wasted_records: float = 0.0
    """Of those, the ones that had to be done again, because a consumer died before it committed."""
    lost_records: float = 0.0
    """Deleted before they were consumed."""
    managers: tuple[str, ...] = ("kubectl",)
    """Who owns the count."""
    changes: list[Change] = field(default_factory=list)

    def __post_init__(self) -> None:
        """All but what waits has been consumed and committed."""
        self.taken = self.log.ends - self.truth.waiting * self.log.shares
        self.committed = self.taken

    @property
    def second(self) -> int:
        """Of the run, up to which it was played."""
        return self.log.second

    @property
    def waiting(self) -> Rates:
        """(P,) records that wait, in truth."""
        return self.log.ends - self.taken

    @property
    def starts(self) -> Rates:
        """(P,) where each partition begins: what is older was deleted."""
        keeps = self.truth.retention
        return np.zeros_like(self.taken) if keeps is None else np.maximum(self.log.ends - keeps, 0.0)

    @property
    def workload(self) -> Workload:
        """What a watch shows of the workload."""
        pods = self.consumers.pods
        return Workload("simulated", pods.count, pods.ready(self.second), self.managers)

    def scale(self, replicas: int, manager: str, line: str = "", rules: tuple[Applied, ...] = ()) -> None:
        """`manager` asks for so many replicas, and so owns the count."""
        before, self.managers = self.consumers.pods.count, (manager,)
        if replicas != before:
            self.consumers.pods.scale(replicas)
            self.changes.append(Change(self.start + self.second, before, replicas, line, rules))

    def advance(self, arriving: float) -> float:
        """Play a second in which so many records come from the stage before; how many it hands on."""
        second = self.second
        self._happen(second)
        self.consumers.advance(second)
        self._hand_over()
        comes = arriving + self._again(second) + (0.0 if self.own is None else self.own(second + 0.5))
        self.log.write(comes)
        self.arrived_records += comes
        self._delete()
        waiting = self.waiting
        done = self.consumers.take(second, waiting)
        self.taken = np.where(done == waiting, self.log.ends, self.taken + done)
        self._commit(second)
        self.consumers.pods.live(1.0)
        records = float(done.sum())
        self.done_records += records
        for rival in self.truth.rivals:
            if rival.at.total_seconds() == self.second:
                self.scale(rival.replicas, RIVAL, f"{RIVAL} set it")
        return records * self.truth.output_ratio

    def _happen(self, second: int) -> None:
        """What befalls the log and the group's positions at this second."""
        layout = self.consumers.layout
        if second in layout.changes:
            self.log.share_out(layout.weights_at(second))
        if any(moment.total_seconds() == second for moment in self.truth.recreated):
            self.lost_records += float(self.waiting.sum())
            self.log.recreate()
            self.taken = self.committed = np.zeros_like(self.taken)
        for rewound in self.truth.rewound:
            if rewound.at.total_seconds() == second:
                self.taken = self.committed = np.maximum(self.taken - rewound.records, self.starts)

    def _hand_over(self) -> None:
        """Who gives up a partition commits it first; what a dead consumer had not committed is read again."""
        group = self.consumers.group
        if group is None:
            return
        if group.torn is not None:
            again = np.where(
                group.torn, np.maximum(self.taken - np.maximum(self.committed, self.starts), 0.0), 0.0
            )
            self.wasted_records += float(again.sum())
            self.taken = self.taken - again
        if group.let_go is not None:
            self.committed = np.where(group.let_go, self.taken, self.committed)

    def _again(self, second: int) -> float:
        """Records that producers send again now."""
        retries = self.truth.retries
        if retries is None:
            return 0.0
        long_ago = second + 1 - int(retries.after.total_seconds())
        return retries.share * self.log.waiting_since(long_ago, self.taken)

    def _delete(self) -> None:
        if self.truth.retention is not None:
            starts = self.starts
            self.lost_records += float(np.maximum(starts - self.taken, 0.0).sum())
            self.taken = np.maximum(self.taken, starts)

    def _commit(self, second: int) -> None:
        if self.consumers.group is None:
            self.committed = self.taken
            return
        places = self.consumers.committing(second)
        self.committed = self.committed.copy()
        self.committed[places] = self.taken[places]

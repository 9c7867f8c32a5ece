"""What was seen of a stage, once a second, on either side: all after it is the same for both."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from logpipeline.core.readings import GroupState, Sample
from logpipeline.sim.policy import Seen
from logpipeline.sim.scenario import Scenario
from logpipeline.sim.track import Change, Series, StageTrack, Track

Offsets = NDArray[np.float64]
"""(N, P) records of each partition, a row for each second."""


@dataclass(frozen=True, slots=True)
class Sight:
    """One look: what the broker tells of the group, and what the API server tells of the workload."""

    sample: Sample
    replicas: int
    ready: int

    @classmethod
    def of(cls, seen: Seen) -> Self | None:
        """None where not everything could be measured."""
        reading, workload = seen.reading, seen.workload
        if not isinstance(reading, Sample) or reading.missing:
            return None
        return cls(reading, workload.replicas, workload.ready or 0)


@dataclass(frozen=True, slots=True)
class Recording:
    """One side of a run."""

    side: str
    """`real` or `simulated`."""
    start: float
    """Unix seconds."""
    sights: Sequence[Sight]
    """One a second, the first at the beginning; some may be late, or left out."""
    changes: Sequence[Change]

    def at(self, seconds: int) -> Series:
        """(N,) the whole seconds from the first to this one, in Unix time."""
        return self.start + np.arange(1.0, seconds + 1.0)

    def produced(self, at: Series) -> Offsets:
        """(N, P) where the logs ended at these moments, and between two looks as if evenly."""
        return self._between(at, [sight.sample.produced for sight in self.sights])

    def consumed(self, at: Series) -> Offsets:
        """(N, P) how far was committed at these moments. Commits are steps: none is made up in between."""
        return np.array([sight.sample.consumed for sight in self.sights], dtype=np.float64)[self._latest(at)]

    def counts(self, at: Series) -> tuple[Series, Series, NDArray[np.bool_]]:
        """(N,) replicas that were asked for, those that were ready, and whether the group changed."""
        sights = self.sights
        groups = [sight.sample.group for sight in sights]
        stable = np.array([group is None or group.state is GroupState.STABLE for group in groups])
        members = np.array([0 if group is None else group.members for group in groups])
        latest = self._latest(at)
        replicas = np.array([sight.replicas for sight in sights], dtype=np.float64)[latest]
        ready = np.array([sight.ready for sight in sights], dtype=np.float64)[latest]
        begins = np.diff(members[latest], prepend=members[0]) != 0
        begins |= np.diff(stable[latest].astype(np.int64), prepend=1) < 0
        return replicas, ready, begins

    def _times(self) -> Series:
        return np.array([sight.sample.at for sight in self.sights])

    def _latest(self, at: Series) -> NDArray[np.int64]:
        """(N,) the newest look at each moment; a look counts for the second it was meant for."""
        found: NDArray[np.int64] = self._times().searchsorted(at + HALF_A_SECOND, side="right") - 1
        return np.maximum(found, 0)

    def _between(self, at: Series, rows: Sequence[NDArray[np.int64]]) -> Offsets:
        table, times = np.array(rows, dtype=np.float64), self._times()
        return np.stack([np.interp(at, times, column) for column in table.T], axis=1)


HALF_A_SECOND = 0.5


def track_of(recording: Recording, scenario: Scenario, seed: int) -> Track:
    """The recording as the report draws it: backlog and age are those that commits show."""
    (stage,) = scenario.pipeline.stages
    at = recording.at(round(scenario.until.total_seconds()))
    produced = recording.produced(at)
    consumed = np.minimum(recording.consumed(at), produced)
    replicas, ready, begins = recording.counts(at)
    arrival, capacity = grown(produced), scenario.capacity(stage)
    return Track(
        policy=recording.side,
        seed=seed,
        alert_backlog=scenario.pipeline.alerts.backlog,
        at=at,
        stages={
            stage.name: StageTrack(
                name=stage.name,
                arrival=arrival,
                consumed=grown(consumed),
                backlog=(produced - consumed).sum(axis=1),
                oldest_seconds=oldest(at, produced, consumed),
                wanted=replicas,
                pods=replicas,
                ready=ready,
                needed=np.ceil(arrival / capacity),
                changes=tuple(recording.changes),
                records=float((consumed[-1] - consumed[0]).sum()),
                replica_seconds=float(replicas.sum()),
                capacity=capacity,
                rebalances=int(begins.sum()),
            )
        },
    )


def grown(offsets: Offsets) -> Series:
    """(N,) by how much all partitions together grew since the second before; nothing in the first."""
    total: Series = offsets.sum(axis=1)
    return np.diff(total, prepend=total[0])


def oldest(at: Series, produced: Offsets, consumed: Offsets) -> Series:
    """(N,) seconds since the log passed what was committed, of the partition in which that is longest ago."""
    ages = np.zeros_like(consumed)
    for number, (ends, done) in enumerate(zip(produced.T, consumed.T, strict=True)):
        passed = at[np.maximum(ends.searchsorted(done, side="right") - 1, 0)]
        ages[:, number] = np.where(done < ends, np.maximum(at - passed, 0.0), 0.0)
    most: Series = ages.max(axis=1)
    return most

"""Keeps a row of each stage every few seconds, while a run goes on."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from logpipeline.core.readings import Rates
from logpipeline.sim.partitions import Needed
from logpipeline.sim.station import Station
from logpipeline.sim.track import StageTrack


class Row(NamedTuple):
    """One stage over a few seconds, by the names that `StageTrack` gives to the series of them."""

    arrival: float
    consumed: float
    backlog: float
    oldest_seconds: float
    wanted: float
    pods: float
    ready: float
    needed: float


@dataclass(slots=True)
class Recorder:
    """Looks at one stage at the end of every second, and writes a row at the end of every few."""

    name: str
    station: Station
    capacity: float
    """Records/s of one replica, in truth."""
    most: int
    """Replicas that the stage may have."""
    row_seconds: int
    _rows: list[Row] = field(default_factory=list)
    _needed: Needed = field(init=False)
    _ends: Rates = field(init=False)
    """(P,) where the log ended when the run began."""
    _backlog: float = 0.0
    """The most that waited since the last row; what waits between two rows must not be missed."""
    _oldest: float = 0.0
    _arrived: float = 0.0
    """In all, at the last row; and so for the others."""
    _done: float = 0.0
    _pod_seconds: float = 0.0

    def __post_init__(self) -> None:
        """Nothing has happened yet."""
        self._needed = Needed(self.station.consumers.layout, self.most)
        self._ends = self.station.log.ends

    def look(self) -> None:
        """A second is over, and whoever may change a count has done so."""
        station = self.station
        self._backlog = max(self._backlog, float(station.waiting.sum()))
        self._oldest = max(self._oldest, station.log.oldest_seconds(station.taken))
        if station.second % self.row_seconds == 0:
            self._write()

    def track(self) -> StageTrack:
        """All that was recorded."""
        station = self.station
        columns = np.array(self._rows, dtype=np.float64).reshape(-1, len(Row._fields)).T
        series = dict(zip(Row._fields, columns, strict=True))
        arrived = (station.log.ends - self._ends) / max(1, station.second)
        return StageTrack(
            name=self.name,
            **series,
            changes=tuple(station.changes),
            records=station.done_records - station.wasted_records,
            replica_seconds=station.consumers.pods.pod_seconds,
            capacity=self.capacity,
            rebalances=station.consumers.group.rebalances if station.consumers.group else 0,
            partition_arrival=arrived if station.consumers.group else None,
        )

    def _write(self) -> None:
        station, pods = self.station, self.station.consumers.pods
        arrival = (station.arrived_records - self._arrived) / self.row_seconds
        able = self.capacity / station.consumers.cost(station.second - 1)
        self._rows.append(
            Row(
                arrival=arrival,
                consumed=(station.done_records - self._done) / self.row_seconds,
                backlog=self._backlog,
                oldest_seconds=self._oldest,
                wanted=pods.count,
                pods=(pods.pod_seconds - self._pod_seconds) / self.row_seconds,
                ready=pods.ready(station.second),
                needed=self._needed.replicas(arrival, able, station.log.shares),
            )
        )
        self._backlog = self._oldest = 0.0
        self._arrived, self._done = station.arrived_records, station.done_records
        self._pod_seconds = pods.pod_seconds

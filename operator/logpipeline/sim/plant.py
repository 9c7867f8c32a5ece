"""The pipeline in truth: its stages one after another, what is seen of them, and what is done to them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

from logpipeline.api.pipeline import Stage
from logpipeline.core.model import Applied
from logpipeline.sim.arrivals import curve_of
from logpipeline.sim.consumers import Consumers
from logpipeline.sim.measure import Measure
from logpipeline.sim.partitions import layout_of
from logpipeline.sim.pods import Pods
from logpipeline.sim.policy import Seen
from logpipeline.sim.records import Log
from logpipeline.sim.setting import Setting
from logpipeline.sim.station import Station


class Chance(IntEnum):
    """What is left to chance, each by numbers of its own: more of one does not change the others."""

    ARRIVALS = 0
    PARTITIONS = 1
    PODS = 2
    MEASURES = 3


@dataclass(slots=True)
class Plant:
    """All stages. A second of the run at a time is played."""

    setting: Setting
    stations: Mapping[str, Station] = field(init=False)
    """In the order of the pipeline."""
    second: int = 0
    """Of the run, up to which it was played."""
    _measures: Mapping[str, Measure] = field(init=False)
    _gusts: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        """All stages as they are at the beginning."""
        self._gusts = self._chance(0, Chance.ARRIVALS)
        stations, measures = {}, {}
        before: Callable[[float], float] = self.setting.arrivals
        for place, stage in enumerate(self.setting.spec.stages):
            station, before = self._station(place, stage, before)
            stations[stage.name] = station
            measures[stage.name] = Measure(stage, station, self._chance(place, Chance.MEASURES))
        self.stations, self._measures = stations, measures

    @property
    def now(self) -> float:
        """Unix seconds."""
        return self.setting.start + self.second

    def advance(self) -> None:
        """Play a second. What a stage hands on arrives at the next within the same one."""
        noise = self.setting.scenario.arrival_noise
        flow = max(0.0, self.setting.arrivals(self.second + 0.5))
        if noise:
            flow *= max(0.0, 1.0 + noise * self._gusts.standard_normal())
        for station in self.stations.values():
            flow = station.advance(flow)
        self.second += 1

    def seen(self) -> Mapping[str, Seen]:
        """What can be seen of each stage now."""
        return {
            name: Seen(measure.reading(), self.stations[name].workload)
            for name, measure in self._measures.items()
        }

    def restart_measuring(self) -> None:
        """Another process measures from now on."""
        for measure in self._measures.values():
            measure.begin_anew()

    def scale(
        self, stage: str, replicas: int, manager: str, line: str = "", rules: tuple[Applied, ...] = ()
    ) -> None:
        """`manager` asks for so many replicas of a stage, and says why."""
        self.stations[stage].scale(replicas, manager, line, rules)

    def _station(
        self, place: int, stage: Stage, before: Callable[[float], float]
    ) -> tuple[Station, Callable[[float], float]]:
        """A stage, and what it handed on before the run, in records/s by the second."""
        scenario = self.setting.scenario
        truth, capacity = scenario.truth(stage), scenario.capacity(stage)
        own = curve_of(truth.arrivals) if truth.arrivals else None

        def arrived(second: float) -> float:
            return before(second) + (0.0 if own is None else own(second))

        layout = layout_of(stage, truth, self._chance(place, Chance.PARTITIONS))
        consumers = stage.scaling.consumers_per_replica
        pods = Pods(truth, capacity, consumers, self._chance(place, Chance.PODS))
        log = Log(layout.weights_at(0.0), arrived, truth.waiting)
        station = Station(truth, log, Consumers(truth, layout, pods), own, self.setting.start)
        return station, lambda second: truth.output_ratio * arrived(second)

    def _chance(self, place: int, what: Chance) -> np.random.Generator:
        return np.random.default_rng([self.setting.seed, place, what])

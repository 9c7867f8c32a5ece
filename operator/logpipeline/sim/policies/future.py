"""What will come to each stage of a run, what of it can be taken, and how many replicas that needs.

All is worked out in steps of a few seconds. Rates are records/s, (K,) of them for K steps.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from logpipeline.core.dealing import dealt, usable_replicas
from logpipeline.core.readings import Rates
from logpipeline.sim.arrivals import Arrivals
from logpipeline.sim.partitions import Needed
from logpipeline.sim.plant import Plant
from logpipeline.sim.policies.stages import StageFacts, facts_of
from logpipeline.sim.policies.staircase import Steps
from logpipeline.sim.setting import Setting
from logpipeline.sim.station import Station

STEP_SECONDS = 5
MOST_STEPS = 20_000
"""The steps of long runs are longer."""


@dataclass(frozen=True, slots=True, eq=False)
class Future:
    """One stage, if nobody falls behind who need not."""

    facts: StageFacts
    station: Station
    step_seconds: int
    taken: Rates
    """(K,) what is taken of what comes. What cannot be taken at its time follows within `drainWithin`."""

    def needed(self, times: float = 1.0) -> Steps:
        """(K,) the fewest replicas in each step whose consumers all keep up with `times` what is taken."""
        layout, consumers = self.station.consumers.layout, self.station.consumers
        fewest = Needed(layout, self.facts.most)
        counts = np.empty(len(self.taken), dtype=np.intp)
        for step, rate in enumerate((self.taken * times).tolist()):
            second = step * self.step_seconds
            able = self.facts.capacity / consumers.cost(second)
            counts[step] = self.facts.clamped(fewest.replicas(rate, able, layout.weights_at(second)))
        return counts


def futures_of(setting: Setting) -> Mapping[str, Future]:
    """All stages by name, in order: what one takes comes to the next."""
    seconds = int(setting.scenario.until.total_seconds())
    step_seconds = max(STEP_SECONDS, seconds // MOST_STEPS)
    stations, futures = Plant(setting).stations, {}
    comes = _in_steps(setting.arrivals, seconds, step_seconds)
    for name, facts in facts_of(setting).items():
        station = stations[name]
        if station.own is not None:
            comes = comes + _in_steps(station.own, seconds, step_seconds)
        taken = _taken(comes, _able(facts, station, len(comes), step_seconds), facts, station, step_seconds)
        futures[name] = Future(facts, station, step_seconds, taken)
        comes = taken * station.truth.output_ratio
    return futures


def _in_steps(arrivals: Arrivals, seconds: int, step_seconds: int) -> Rates:
    """(K,) the highest rate within each step."""
    rates = [arrivals(second + 0.5) for second in range(max(1, -(-seconds // step_seconds)) * step_seconds)]
    highest: Rates = np.maximum(np.array(rates).reshape(-1, step_seconds).max(axis=1), 0.0)
    return highest


def _able(facts: StageFacts, station: Station, steps: int, step_seconds: int) -> Rates:
    """(K,) what can be taken at most: with as many replicas as may be, the fullest consumer just keeps up."""
    layout, truth = station.consumers.layout, station.truth
    most = facts.most if truth.nodes is None else min(facts.most, truth.nodes)
    if not facts.shared:
        most = min(most, usable_replicas(layout.names, facts.assignor, facts.consumers_per_replica))
    able = np.zeros(steps)
    if most == 0:
        return able
    weights, fullest = None, 1.0 / most
    for step in range(steps):
        second = step * step_seconds
        if not facts.shared and layout.weights_at(second) is not weights:
            weights, consumers = layout.weights_at(second), most * facts.consumers_per_replica
            fullest = float(dealt(weights, layout.names, consumers, facts.assignor).max())
            fullest *= facts.consumers_per_replica
        able[step] = facts.capacity / station.consumers.cost(second) / fullest
    best = np.inf if truth.store is None else truth.store.records_per_second
    return np.minimum(able, best)


def _taken(comes: Rates, able: Rates, facts: StageFacts, station: Station, step_seconds: int) -> Rates:
    """(K,) what is taken where (K,) `comes` and no more than (K,) `able` can be."""
    waiting, taken = float(station.truth.waiting), np.empty_like(comes)
    for step, (rate, most) in enumerate(zip(comes.tolist(), able.tolist(), strict=True)):
        taken[step] = min(rate + waiting / facts.drain_seconds, most)
        waiting = max(0.0, waiting + (rate - taken[step]) * step_seconds)
    return taken

"""One who knows the future, and never lets records queue: what nobody who is as punctual can do for much less.

Known are what will arrive, the share of each partition, the true capacity, and what a start-up and a rebalance
take; these bind it like anybody. It has at least the fewest replicas at work whose consumers all keep up with what
arrives. Above that it follows the staircase that costs the fewest pod seconds (`staircase.py`), and asks for each
step a start-up and a rebalance ahead.

It is a bound for those who never queue. Whoever lets records wait for a minute can do with fewer replicas, because
that flattens peaks. Not known are accidents: pods that die, partitions that get stuck, groups that are set back,
stores that saturate. What waits because of them is not drained on purpose.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from logpipeline.sim.partitions import Needed
from logpipeline.sim.plant import Plant
from logpipeline.sim.policies.staircase import Prices, Steps, cheapest_staircase
from logpipeline.sim.policies.stages import StageFacts, facts_of
from logpipeline.sim.policy import Seen, Wish
from logpipeline.sim.setting import Setting
from logpipeline.sim.station import Station
from logpipeline.sim.truth import Protocol

NAME = "clairvoyant"
TICK_SECONDS = 5.0
MOST_STEPS = 20_000
"""Of a plan: the steps of long runs are longer."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """The counts of one stage for the whole run."""

    counts: Steps
    """(K,) that are to be at work, one for each step."""
    step_seconds: int
    lead_seconds: float
    """From asking for replicas to their being at work."""

    def asked(self, second: float) -> int:
        """The count to ask for at this second of the run: the most until what is asked for now can be at work."""
        first, last = self._step(second), self._step(second + self.lead_seconds)
        return int(self.counts[first : last + 1].max())

    def _step(self, second: float) -> int:
        return min(int(second // self.step_seconds), len(self.counts) - 1)


@dataclass(slots=True)
class ClairvoyantPolicy:
    """Does what its plans say."""

    plans: Mapping[str, Plan]
    start: float
    """Unix seconds."""
    name: str = NAME
    every_seconds: float = TICK_SECONDS

    def wish(self, now: float, seen: Mapping[str, Seen]) -> Mapping[str, Wish]:
        """The next step, where its time has come."""
        asked = {name: self.plans[name].asked(now - self.start) for name in seen}
        return {
            name: Wish(count, f"{count} will be needed")
            for name, count in asked.items()
            if count != seen[name].workload.replicas
        }


def needed(facts: StageFacts, station: Station, seconds: int, step_seconds: int, times: float = 1.0) -> Steps:
    """(K,) the fewest replicas in each step whose consumers all keep up with `times` what arrives."""
    fewest = Needed(station.consumers.layout, facts.most)
    counts = []
    for begins in range(0, max(1, seconds), step_seconds):
        rate = times * max(facts.arrival(second + 0.5) for second in range(begins, begins + step_seconds))
        able = facts.capacity / station.consumers.cost(begins)
        weights = station.consumers.layout.weights_at(begins)
        counts.append(facts.clamped(fewest.replicas(rate, able, weights)))
    return np.array(counts, dtype=np.intp)


def plan(facts: StageFacts, station: Station, seconds: int) -> Plan:
    """The cheapest one for a run of so many seconds.

    What comes in while the group is dealt anew has to be drained in time: after a change replicas take that, too.
    """
    step_seconds = max(int(TICK_SECONDS), seconds // MOST_STEPS)
    truth = station.truth
    pause = 0.0 if facts.shared else truth.rebalance.pause.total_seconds()
    prices = Prices(
        step_seconds=step_seconds,
        start_up_seconds=truth.start_up.total_seconds(),
        pause_seconds=pause,
        all_pause=truth.rebalance.protocol is Protocol.EAGER,
    )
    draining = needed(facts, station, seconds, step_seconds, 1 + pause / facts.drain_seconds)
    counts = cheapest_staircase(
        needed(facts, station, seconds, step_seconds),
        _most_within(draining, max(1, int(facts.drain_seconds // step_seconds))),
        prices,
    )
    return Plan(counts, step_seconds, prices.start_up_seconds + pause)


def clairvoyant(setting: Setting) -> ClairvoyantPolicy:
    """Somebody who knows all that will happen in `setting`, accidents aside."""
    stations = Plant(setting).stations
    seconds = int(setting.scenario.until.total_seconds())
    plans = {name: plan(facts, stations[name], seconds) for name, facts in facts_of(setting).items()}
    return ClairvoyantPolicy(plans, setting.start)


def _most_within(counts: Steps, steps: int) -> Steps:
    """(K,) the largest of each and the `steps` - 1 that follow."""
    padded = np.append(counts, np.full(steps - 1, counts[-1]))
    return sliding_window_view(padded, steps).max(axis=1)

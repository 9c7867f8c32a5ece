"""One who knows the future and never lets records queue who need not: nobody as punctual does for much less.

Known are what will arrive, the share of each partition, what a record costs, what nodes and store are good
for, and what a start-up and a rebalance take; these bind it like anybody. It has at least the fewest replicas
at work whose consumers all keep up. Above that it follows the staircase that costs the fewest pod seconds
(`staircase.py`), and asks for each step a start-up and a rebalance ahead.

It is a bound for those who never queue: whoever lets records wait for a minute can do with fewer replicas,
because that flattens peaks. Not known are accidents: pods that die, partitions that get stuck, groups that
are set back, producers that send again. What waits because of those is not drained on purpose.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from logpipeline.sim.policies.future import Future, futures_of
from logpipeline.sim.policies.staircase import Prices, Steps, cheapest_staircase
from logpipeline.sim.policy import Seen, Wish
from logpipeline.sim.setting import Setting
from logpipeline.sim.truth import Protocol

NAME = "clairvoyant"
TICK_SECONDS = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """The counts of one stage for the whole run."""

    counts: Steps
    """(K,) that are to be at work, one for each step."""
    step_seconds: int
    lead_seconds: float
    """From asking for replicas to their being at work."""

    def asked(self, second: float) -> int:
        """The count to ask for now: the most that is to work until what is asked for now can."""
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


def plan_of(future: Future) -> Plan:
    """The cheapest plan for one stage.

    What comes while the group is dealt anew is to be gone within `drainWithin`: for so long after a change
    the replicas can take that, too.
    """
    truth, drain_seconds = future.station.truth, future.facts.drain_seconds
    pause = 0.0 if future.facts.shared else truth.rebalance.pause.total_seconds()
    prices = Prices(
        step_seconds=future.step_seconds,
        start_up_seconds=truth.start_up.total_seconds(),
        pause_seconds=pause,
        all_pause=truth.rebalance.protocol is Protocol.EAGER,
    )
    draining = future.needed(1 + pause / drain_seconds)
    ahead = max(1, int(drain_seconds // future.step_seconds))
    counts = cheapest_staircase(future.needed(), _most_within(draining, ahead), prices)
    return Plan(counts, future.step_seconds, prices.start_up_seconds + pause)


def clairvoyant(setting: Setting) -> ClairvoyantPolicy:
    """Somebody who knows all that will happen in `setting`, accidents aside."""
    plans = {name: plan_of(future) for name, future in futures_of(setting).items()}
    return ClairvoyantPolicy(plans, setting.start)


def _most_within(counts: Steps, steps: int) -> Steps:
    """(K,) the largest of each and the `steps` - 1 that follow."""
    padded = np.append(counts, np.full(steps - 1, counts[-1]))
    most: Steps = sliding_window_view(padded, steps).max(axis=1)
    return most

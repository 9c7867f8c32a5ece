"""What will wait when replicas that are decided later can work: whether a larger count can wait, too."""

from dataclasses import dataclass

import numpy as np

from logpipeline.core.arrays import largest, some, sum_of
from logpipeline.core.dealing import Places, owners
from logpipeline.core.headroom import Pace
from logpipeline.core.model import Measures
from logpipeline.core.readings import Rates, Sharing


@dataclass(frozen=True, slots=True)
class Crew:
    """The consumers of a stage, now and soon."""

    at_work: int
    """Consumers that work now."""
    soon: int
    """Consumers that will, when all that were asked for have started."""
    starts_in: float
    """Seconds until then."""
    capacity: float
    """Records/s of one consumer."""
    assignor: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Outlook:
    """A moment one lead time ahead, if nothing is decided now."""

    oldest_seconds: float
    """Age of the oldest record there will be, of those that more consumers could have taken."""
    queued: Rates
    """(P,) records that will wait."""

    @property
    def waiting(self) -> float:
        """Records that will wait in all."""
        return sum_of(self.queued)


def outlook(measures: Measures, crew: Crew, pace: Pace) -> Outlook | None:
    """What will wait when a count that is decided one tick later works, its own rebalance included.

    Each consumer is a fluid queue: it grows by what arrives beyond its capacity, and is never less than
    empty. None where it is not known what arrives.
    """
    if measures.arrival is None or measures.consumption is None or measures.lower_bound:
        return None
    arrival = measures.arrival * (1 + measures.noise)
    arriving = sum_of(arrival)
    if arriving <= 0:
        return None
    steeper = measures.slope / arriving
    starting = min(crew.starts_in, pace.lead) if crew.soon > crew.at_work else 0.0
    queued = _queued(measures)
    if starting:
        meanwhile = arrival * (1 + steeper * starting / 2)
        queued, _ = _after(queued, meanwhile, starting, consumers=crew.at_work, measures=measures, crew=crew)
        queued = queued + arrival * pace.pause
    rest = pace.lead - starting
    later = arrival * min(1 + steeper * (starting + rest / 2), 2.0)
    queued, oldest = _after(queued, later, rest, consumers=crew.soon, measures=measures, crew=crew)
    return Outlook(oldest + pace.pause, queued + pace.pause * arrival)


def _queued(measures: Measures) -> Rates:
    """(P,) records that nobody has taken yet: what waits, less what is taken and not committed so far."""
    waiting = measures.backlog.astype(np.float64)
    if measures.sharing is Sharing.SHARED or measures.consumption is None:
        return waiting
    queued: Rates = np.maximum(waiting - measures.consumption * (measures.commit_interval_seconds / 2), 0.0)
    return queued


def _after(
    queued: Rates, arrival: Rates, seconds: float, *, consumers: int, measures: Measures, crew: Crew
) -> tuple[Rates, float]:
    """(P,) what waits after `seconds`, and the age of the oldest that more consumers could have taken."""
    if consumers == 0:
        queued = queued + arrival * seconds
        return queued, largest(queued / np.maximum(arrival, 1.0))
    if measures.sharing is Sharing.SHARED:
        before, arriving = sum_of(queued), sum_of(arrival)
        after = max(0.0, before + (arriving - consumers * crew.capacity) * seconds)
        return np.maximum(queued + arrival * ((after - before) / arriving), 0.0), after / arriving
    asked = queued + arrival * seconds
    owner = owners(arrival, measures.partitions, consumers, crew.assignor)
    taken = served(asked, owner, np.full(consumers, crew.capacity * seconds))
    if taken is asked:
        return np.zeros_like(asked), 0.0
    left = asked - taken
    divisible = (np.bincount(owner, minlength=consumers) > 1)[owner]
    return left, largest((left / np.maximum(arrival, 1e-9))[divisible & (left > 0)])


def served(asked: Rates, owner: Places, able: Rates) -> Rates:
    """(P,) records taken of (P,) `asked`, by (P,) `owner` of (C,) consumers that are `able` to take so many.

    A consumer that cannot take all serves its partitions alike (max-min fairness, as of brokers that send
    about as much of each partition that has enough): its overload falls on the fullest of them, whose records
    grow old many times faster than the consumer as a whole falls behind.
    """
    asked_of = np.bincount(owner, asked, len(able))
    overloaded = asked_of > able
    if not some(overloaded):
        return asked
    order = np.lexsort((asked, owner))
    ascending, theirs = asked[order], owner[order]
    counts = np.bincount(owner, minlength=len(able))
    firsts = np.cumsum(counts) - counts
    before = np.cumsum(ascending) - ascending
    before -= np.append(before, 0.0)[firsts[theirs]]
    remaining = counts[theirs] - (np.arange(len(order)) - firsts[theirs])
    level = np.full(len(able), np.inf)
    used = counts > 0
    level[used] = np.maximum.reduceat((able[theirs] - before) / remaining, firsts[used])
    taken: Rates = np.minimum(asked, np.where(overloaded, level, np.inf)[owner])
    return taken

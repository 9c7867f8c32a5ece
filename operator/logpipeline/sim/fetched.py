"""What consumers have fetched of their partitions: a busy one works it off before it fetches again.

A broker answers with all that waits in a partition, up to a bound (`max.partition.fetch.bytes`, 1 MiB by
default), one partition after the other, and the client hands the records over in that order (KIP-74). So a
consumer with many partitions serves them in turn: while it is busy with one the others wait, and what waits
in them grows unequal. What it holds of a partition that it has to give up is thrown away.
"""

from dataclasses import dataclass, field

import numpy as np

from logpipeline.core.readings import Rates
from logpipeline.sim.assignors import Places


@dataclass(slots=True)
class Fetched:
    """The records that all consumers of a group hold."""

    most: int
    """Records of one partition that are fetched at once."""
    readers: Rates
    """(P,) the keys of those who read each partition; not a number where nobody does."""
    held: Rates = field(init=False)
    """(P,) records of each that its reader holds."""
    _seconds: int = field(init=False, default=0)
    _served: Rates = field(init=False)
    """(P,) when each was served last, in seconds that somebody was busy."""
    _turns: Rates = field(init=False)
    """(P,) by which readers serve what they hold: those that were served longest ago come first."""

    def __post_init__(self) -> None:
        """Nothing was fetched yet."""
        self.held, self._served, self._turns = np.zeros((3, len(self.readers)))

    def share_out(self, readers: Rates) -> None:
        """The partitions are read by these from now on."""
        self.held = np.where(readers == self.readers, self.held, 0.0)
        self.readers = readers

    def take(self, waiting: Rates, places: Places, owners: Places, able: Rates) -> Rates:
        """(K,) records taken of (K,) `places` in which so many wait; their `owners` are (C,) `able`.

        Who has worked off what it held before the second is over fetches again, and no less than it takes in
        a second.
        """
        if (np.bincount(owners, waiting, len(able)) <= able).all():
            self.held[places] = 0.0
            return waiting
        self._seconds += 1
        held = np.minimum(self.held[places], waiting)
        taken = in_turn(held, owners, able, self._turns[places])
        self._serve(places[taken > 0])
        left = able - np.bincount(owners, taken, len(able))
        fetching = left[owners] > 0
        self._turns[places[fetching]] = self._served[places[fetching]]
        fresh = np.minimum(waiting - taken, np.maximum(self.most, able[owners]))
        held = np.where(fetching, fresh, held - taken)
        again = in_turn(held, owners, left, self._turns[places])
        self._serve(places[again > 0])
        self.held[places] = held - again
        return taken + again

    def _serve(self, places: Places) -> None:
        self._served[places] = self._seconds


def in_turn(held: Rates, owners: Places, able: Rates, turns: Rates) -> Rates:
    """(K,) records taken of (K,) that are held by `owners`, who are (C,) `able`: the first turn first."""
    order = np.lexsort((turns, owners))
    ordered, owner = held[order], owners[order]
    before = np.cumsum(ordered) - ordered
    before -= before[owner.searchsorted(owner)]
    taken = np.empty_like(held)
    taken[order] = np.clip(able[owner] - before, 0.0, ordered)
    return taken

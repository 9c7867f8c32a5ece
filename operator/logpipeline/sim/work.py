"""How much of what waits is taken in one second: by each of its partitions, or by all of what they share."""

import numpy as np

from logpipeline.core.readings import Rates
from logpipeline.sim.assignors import Places
from logpipeline.sim.truth import Store


def taken_by_owners(waiting: Rates, owners: Places, able: Rates) -> Rates:
    """(K,) records taken of each partition, where (K,) wait and belong to `owners`, who are (C,) `able`.

    A consumer that cannot take all serves its partitions alike, until they are empty or it is busy: brokers
    send about as much of each partition that has enough (`max.partition.fetch.bytes`), in turn.
    """
    asked = np.bincount(owners, waiting, len(able))
    if (asked <= able).all():
        return waiting
    order = np.lexsort((waiting, owners))
    ascending, owner = waiting[order], owners[order]
    counts = np.bincount(owners, minlength=len(able))
    first = np.cumsum(counts) - counts
    place = np.arange(len(order)) - first[owner]
    before = np.cumsum(ascending) - ascending
    before -= np.append(before, 0.0)[first[owner]]
    # What the owner takes in all if each of its partitions gives as much as this one has, or all it has.
    at_this_level = before + (counts[owner] - place) * ascending
    emptied = np.bincount(owner, at_this_level < able[owner], len(able)).astype(np.intp)
    emptied = np.minimum(emptied, counts - 1)  # all of them, by a rounding error, for who is just busy
    busy = asked > able
    last = first[busy] + emptied[busy]
    levels = np.full(len(able), np.inf)
    levels[busy] = (able[busy] - before[last]) / (counts[busy] - emptied[busy])
    taken: Rates = np.minimum(waiting, levels[owners])
    return taken


def taken_by_all(waiting: Rates, able: float) -> Rates:
    """(K,) records taken of each place, where any of those who are `able` to so much takes of any."""
    asked = float(waiting.sum())
    return waiting if asked <= able else waiting * (able / asked)


def held_back(asked: Rates, store: Store | None) -> Rates:
    """(C,) records that consumers get rid of in a second, of (C,) `asked`: the store takes only so much.

    Past its best a store does worse the more it is pressed, as contention and coherence make it: the
    retrograde side of Gunther's Universal Scalability Law, here as a straight line.
    """
    pressed = float(asked.sum())
    if store is None or pressed <= store.records_per_second:
        return asked
    best = store.records_per_second
    return asked * (best / (1.0 + store.worsening * (pressed / best - 1.0)) / pressed)

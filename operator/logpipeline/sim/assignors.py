"""Who gets which partition: what Kafka's assignors do, as far as load depends on it.

Owners are places among the C members, (P,) of them for the partitions, which are sorted; -1 is nobody.
"""

from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from logpipeline.core.readings import PartitionId
from logpipeline.sim.truth import Assignor

Places = NDArray[np.intp]
NOBODY = -1


def assigned(assignor: Assignor, partitions: tuple[PartitionId, ...], owners: Places, members: int) -> Places:
    """(P,) new owners, where (P,) `owners` had them before and there are `members`, at least one."""
    match assignor:
        case Assignor.RANGE:
            return _ranges(partitions, members)
        case Assignor.ROUND_ROBIN:
            return np.arange(len(partitions)) % members
        case _:
            return _sticky(owners, members)


def _ranges(partitions: tuple[PartitionId, ...], members: int) -> Places:
    """Of each topic an unbroken range, the first members one more (Kafka's RangeAssignor)."""
    sizes = [len(list(topic)) for _, topic in groupby(partitions, key=lambda one: one.topic)]
    of_topics = []
    for size in sizes:
        share, rest = divmod(size, members)
        of_topics.append(np.repeat(np.arange(members), share + (np.arange(members) < rest)))
    return np.concatenate(of_topics)


def _sticky(owners: Places, members: int) -> Places:
    """Counts that differ by one at most, and as few partitions moved as that allows.

    So do Kafka's sticky assignors and the coordinator's uniform one for members that read the same topics:
    those that have most keep one more than the others.
    """
    share, rest = divmod(len(owners), members)
    had = np.bincount(owners[owners != NOBODY], minlength=members)
    most = np.full(members, share)
    most[np.argsort(-had, kind="stable")[:rest]] += 1
    new, has = owners.copy(), np.zeros(members, dtype=np.intp)
    for place, owner in enumerate(owners.tolist()):
        if owner == NOBODY:
            continue
        if has[owner] < most[owner]:
            has[owner] += 1
        else:
            new[place] = NOBODY
    free = np.flatnonzero(new == NOBODY)
    new[free] = _in_turn(most - has)
    return new


def _in_turn(room: Places) -> Places:
    """The members that have room, each as often as it has, the one with most first, one after another."""
    rounds = [np.flatnonzero(room >= level) for level in range(int(room.max(initial=0)), 0, -1)]
    return np.concatenate([np.empty(0, dtype=np.intp), *rounds])

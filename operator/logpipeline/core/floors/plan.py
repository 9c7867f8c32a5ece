"""A rate that was announced -> the replicas that take it, and what is in the way of them."""

from dataclasses import dataclass

import numpy as np

from logpipeline.api.pipeline import Scaling
from logpipeline.core.capacity import Known
from logpipeline.core.demand import raised_to
from logpipeline.core.figures import spell_rate
from logpipeline.core.fit import Fit, fit, usable_replicas
from logpipeline.core.headroom import Pace, found_utilization, utilization
from logpipeline.core.model import Measures
from logpipeline.core.readings import Sharing

WORTHWHILE_SHARE = 0.05
"""A plan grows when so much more is needed: with each sample the figures tremble, and each step costs."""

UNEVEN_SHARE = 0.05
"""By so much a partition may get more than its share, which is read off a fraction of what will come: a count
that fits by a hair would take another rebalance in the middle of it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How many replicas."""

    needed: int
    """Whatever the bounds."""
    planned: int
    """Within them."""
    bound: str = ""
    """What is in the way of all that is needed, and what would do."""


def needed_for(
    per_second: float,
    measures: Measures | None,
    scaling: Scaling,
    assignor: str | None,
    *,
    known: Known,
    pace: Pace,
) -> Fit:
    """What takes so many records/s, with the head room that live demand has.

    They are shared out over the partitions as what arrives now. Where those are not all known, only the sum
    counts.
    """
    noise = 0.0 if measures is None else measures.noise
    planned = utilization(scaling, noise, pace, known.confidence)
    total = per_second / planned
    if measures is None or measures.missing or not measures.partitions:
        needed = known.replicas(total)
        return Fit(needed, needed, usable=None, beyond=0.0)
    arrival = np.zeros(len(measures.partitions)) if measures.arrival is None else measures.arrival
    found = found_utilization(scaling, noise, pace, known.confidence)
    load = raised_to(arrival, per_second) / max(planned, found)
    if measures.sharing is Sharing.PARTITIONED:
        load = load * (1 + UNEVEN_SHARE)

    def fitted(bounds: Scaling) -> Fit:
        return fit(measures, load, bounds, assignor, capacity=known.records_per_second, total=total)

    within = fitted(scaling)
    if within.usable is None or within.replicas <= scaling.max_replicas:
        return within
    return fitted(scaling.model_copy(update={"max_replicas": within.usable}))


def usable_of(measures: Measures | None, scaling: Scaling, assignor: str | None) -> int | None:
    """Replicas that can have work at once; None where nothing limits them, or it is not known."""
    if measures is None or measures.missing or not measures.partitions or measures.sharing is Sharing.SHARED:
        return None
    return usable_replicas(measures.partitions, assignor, scaling.consumers_per_replica)


def bounded(replicas: int, needed: int, scaling: Scaling, usable: int | None) -> Plan:
    """`replicas` as far as they may be and can have work, and what would do for all that are `needed`."""
    planned = min(replicas, scaling.max_replicas, replicas if usable is None else usable)
    if usable is not None and usable < needed and usable <= scaling.max_replicas:
        partitions = needed * scaling.consumers_per_replica
        return Plan(needed, planned, f"needs {needed}, fits {usable}: {partitions} partitions would do")
    if needed > scaling.max_replicas:
        more = ""
        if usable is not None and usable < needed:
            more = f" with {needed * scaling.consumers_per_replica} partitions, there is work for {usable}"
        return Plan(
            needed, planned, f"needs {needed}, maxReplicas is {scaling.max_replicas}: {needed} would do{more}"
        )
    return Plan(needed, planned)


def beyond(fitted: Fit) -> str:
    """What no count takes, as its partitions lie."""
    if not fitted.bound or (fitted.usable is not None and fitted.needed > fitted.usable):
        return ""
    return (
        f"{spell_rate(fitted.beyond)} are more than the fullest consumers take, at any count: "
        "more partitions would do, or keys that spread evenly"
    )

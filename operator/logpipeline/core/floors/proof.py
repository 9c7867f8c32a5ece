"""How many replicas are proven ready: by what is observed, never by what was asked for."""

from dataclasses import dataclass

from logpipeline.core.model import Measures, Workload
from logpipeline.core.readings import Group, GroupState, Sharing


@dataclass(frozen=True, slots=True)
class Proof:
    """What was last observed, and what it proves."""

    at: float
    """When the source was measured; two looks at one measurement are one."""
    shown: int
    """Replicas that it shows to be ready and dealt in; 0 while the group rebalances."""
    proven: int | None
    """Replicas that two in a row showed; None where nothing tells."""
    by: str
    """What proves it."""


def watch_proof(before: Proof | None, measures: Measures | None, workload: Workload, each: int) -> Proof:
    """The proof with what is observed now; `each` replica has so many consumers.

    Of Kafka: the group is stable with a member for each consumer, or for each partition where those are
    fewer, twice in a row. A rebalance proves nothing new, and does not disprove what was proven, as long as
    the pods are ready. Of others, and where no group could be described: the pods are ready, which
    Kubernetes says when they have been for minReadySeconds.
    """
    ready = workload.ready
    if measures is None:
        return _unmeasured(before, ready)
    group = measures.group
    if group is None or measures.sharing is Sharing.SHARED:
        return Proof(measures.at, ready or 0, ready, "the readiness of their pods")
    most = workload.replicas if ready is None else ready
    kept = 0 if before is None else min(before.proven or 0, most)
    told = f"a group that is {group.state.value} with {group.members} members"
    if group.state is not GroupState.STABLE:
        return Proof(measures.at, 0, kept, told)
    shown = min(_dealt_in(group, len(measures.partitions), each, most), most)
    kept = min(kept, shown)
    if before is None:
        return Proof(measures.at, shown, 0, told)
    if measures.at == before.at:
        return Proof(measures.at, before.shown, kept, told)
    return Proof(measures.at, shown, max(kept, min(shown, before.shown)), told)


def _dealt_in(group: Group, partitions: int, each: int, most: int) -> int:
    """Replicas whose consumers are all members; beyond a member for each partition one more has no work."""
    return most if group.members >= partitions else group.members // each


def _unmeasured(before: Proof | None, ready: int | None) -> Proof:
    """What was proven, as far as pods are still ready."""
    if before is None:
        return Proof(-1.0, 0, None, "nothing: it could not be measured")
    proven = before.proven
    if proven is not None and ready is not None:
        proven = min(proven, ready)
    return Proof(before.at, 0, proven, before.by)

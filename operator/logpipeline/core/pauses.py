"""How long a group takes to share out its partitions anew, learned by watching."""

from dataclasses import replace

from logpipeline.core.memory import StageMemory
from logpipeline.core.model import Measures
from logpipeline.core.readings import GroupState, Sharing

FIRST_GUESS_SECONDS = 5.0
PATIENCE_SECONDS = 60.0
"""A group that takes longer has another trouble: members that come and go."""
NEWEST_WEIGHT = 0.5


def watch_pauses(memory: StageMemory, measures: Measures, now: float) -> StageMemory:
    """Start the watch when the group is first seen to rebalance, stop it when it is stable, average both."""
    if measures.group is None:
        return memory
    since = memory.rebalancing_since
    if measures.group.state is GroupState.REBALANCING:
        return replace(memory, rebalancing_since=now) if since is None else memory
    if since is None:
        return memory
    took, memory = now - since, replace(memory, rebalancing_since=None, stable_since=now)
    if not 0 <= took <= PATIENCE_SECONDS or measures.group.state is not GroupState.STABLE:
        return memory
    before = memory.rebalance_seconds
    average = took if before is None else NEWEST_WEIGHT * took + (1 - NEWEST_WEIGHT) * before
    return replace(memory, rebalance_seconds=average)


def pause_seconds(memory: StageMemory, sharing: Sharing) -> float:
    """What a change of the count costs: nothing where any consumer takes any record."""
    if sharing is Sharing.SHARED:
        return 0.0
    return FIRST_GUESS_SECONDS if memory.rebalance_seconds is None else memory.rebalance_seconds

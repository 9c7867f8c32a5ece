"""How long replicas take from being asked for to being ready, learned by watching."""

from dataclasses import replace

from logpipeline.core.model import StageMemory, Workload

FIRST_GUESS_SECONDS = 30.0
PATIENCE_SECONDS = 300.0
"""Replicas that have not come up by then are no reason to wait with more."""
NEWEST_WEIGHT = 0.5


def watch_start_up(memory: StageMemory, workload: Workload, now: float) -> StageMemory:
    """Start the watch when replicas are not ready, stop it when all are, and average what it showed."""
    if workload.ready is None:
        return memory
    if workload.ready < workload.replicas:
        return memory if memory.starting_since is not None else replace(memory, starting_since=now)
    if memory.starting_since is None:
        return memory
    took = now - memory.starting_since
    before = memory.start_up_seconds
    average = took if before is None else NEWEST_WEIGHT * took + (1 - NEWEST_WEIGHT) * before
    return replace(memory, starting_since=None, start_up_seconds=average)


def start_up_seconds(memory: StageMemory) -> float:
    """What is known of it, or a first guess."""
    return FIRST_GUESS_SECONDS if memory.start_up_seconds is None else memory.start_up_seconds


def is_starting(memory: StageMemory, now: float) -> bool:
    """Replicas asked for before are not all ready yet, and may still become so."""
    return memory.starting_since is not None and now - memory.starting_since < PATIENCE_SECONDS

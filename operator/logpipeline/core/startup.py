"""How long replicas take from being asked for to being ready, learned by watching."""

from dataclasses import replace

from logpipeline.core.memory import StageMemory
from logpipeline.core.model import Workload
from logpipeline.core.window import PACE_SECONDS

FIRST_GUESS_SECONDS = 30.0
PATIENCE_SECONDS = 300.0
"""Replicas that have not come up by then are no reason to wait with more."""
NEWEST_WEIGHT = 0.5


def watch_start_up(memory: StageMemory, workload: Workload, now: float) -> StageMemory:
    """Start the watch when more replicas are asked for, stop it when all are ready, average what it showed.

    Replicas that are not ready for another reason, a rollout or a crash, tell nothing of how long they take;
    nor does a clock that was set back meanwhile.
    """
    if workload.ready is None:
        return memory
    if memory.asked is not None and workload.replicas > memory.asked:
        memory = replace(memory, starting_since=_asked_at(memory, workload, now))
    if memory.asked != workload.replicas:
        memory = replace(memory, asked=workload.replicas)
    if memory.starting_since is None or workload.ready < workload.replicas:
        return memory
    took = now - memory.starting_since
    memory = replace(memory, starting_since=None)
    if not 0 <= took <= PATIENCE_SECONDS or workload.replicas == 0:
        return memory
    before = memory.start_up_seconds
    average = took if before is None else NEWEST_WEIGHT * took + (1 - NEWEST_WEIGHT) * before
    return replace(memory, start_up_seconds=average)


def _asked_at(memory: StageMemory, workload: Workload, now: float) -> float:
    """When the count was asked for: when we wrote it, or now that it is seen."""
    ours = memory.written == workload.replicas and memory.written_at is not None
    return memory.written_at if ours and memory.written_at is not None else now


def start_up_seconds(memory: StageMemory) -> float:
    """What is known of it, or a first guess."""
    return FIRST_GUESS_SECONDS if memory.start_up_seconds is None else memory.start_up_seconds


def watch_at_work(memory: StageMemory, workload: Workload, now: float) -> StageMemory:
    """Note how many replicas work, and since when as many."""
    at_work = at_work_of(workload)
    return memory if memory.at_work == at_work else replace(memory, at_work=at_work, at_work_since=now)


def at_work_of(workload: Workload) -> int:
    """Replicas that are ready; all of them for kinds that do not tell."""
    return workload.replicas if workload.ready is None else workload.ready


def has_settled(memory: StageMemory, workload: Workload, now: float) -> bool:
    """What is measured over the last minute is the work of as many replicas as work now."""
    unseen = start_up_seconds(memory) if workload.ready is None else 0.0
    return memory.at_work_since is not None and now - memory.at_work_since >= PACE_SECONDS[1] + unseen


def is_starting(memory: StageMemory, now: float) -> bool:
    """Replicas asked for before are not all ready yet, and may still become so."""
    return memory.starting_since is not None and 0 <= now - memory.starting_since < PATIENCE_SECONDS

"""Who owns the replica count of a workload, and whether somebody else keeps writing it."""

from dataclasses import replace

from logpipeline.api.conditions import Reason
from logpipeline.core.memory import Contest, StageMemory
from logpipeline.core.model import Applied, Measures, Workload
from logpipeline.core.rules import Rule

MANAGER = "logpipeline"
"""Our field manager. Whoever else owns the count can take it away."""
CONTEST_SECONDS = 600.0
CONTEST_COUNT = 3
"""So often within CONTEST_SECONDS is 'again and again'."""
SETTLE_SECONDS = 2.0
"""A watch may still show what was before our own write."""


def owns(workload: Workload) -> bool:
    """The replica count is ours."""
    return MANAGER in workload.managers


def as_written(memory: StageMemory, workload: Workload, now: float) -> Workload:
    """The workload with the count that was just written, and as ours: the watch may not show it yet.

    A decision made from the count before it would step around every brake that the new one is due. One that
    saw the count of another there, taken right after our write, would claim it as it is: nobody was named.
    """
    if memory.written is None or memory.written_at is None or now - memory.written_at >= SETTLE_SECONDS:
        return workload
    return replace(workload, replicas=memory.written, managers=workload.managers and (MANAGER,))


def must_claim(memory: StageMemory, workload: Workload) -> bool:
    """The count is not ours. Workloads that are not watched name no managers: there our own write counts."""
    written = memory.written is not None and not workload.managers
    return not owns(workload) and not written


def watch_ownership(memory: StageMemory, workload: Workload, now: float) -> StageMemory:
    """Remember who overwrote the count that we had written; what they wrote is the count now.

    A count that is still ours was not overwritten: it is older than what we wrote last, and the watch late.
    Where they wrote less, what we had written stays in mind until it is known again what is needed. Of what
    happened before this process began nobody is accused, but that is kept in mind, too.
    """
    recent = tuple(contest for contest in memory.contests if now - contest.at < CONTEST_SECONDS)
    if memory.written is None:
        return memory
    settled = memory.written_at is None or now - memory.written_at >= SETTLE_SECONDS
    if workload.replicas == memory.written or owns(workload) or not settled:
        return memory if recent == memory.contests else replace(memory, contests=recent)
    floor = max(memory.written, memory.floor or 0) if workload.replicas < memory.written else memory.floor
    memory = replace(memory, floor=floor, written=workload.replicas)
    if memory.written_at is None:
        return memory
    others = [manager for manager in workload.managers if manager != MANAGER] or ["an unnamed manager"]
    contest = Contest(now, others[0])
    return replace(memory, contests=(*recent, contest), written_at=now)


def watch_floor(memory: StageMemory, measures: Measures | None) -> StageMemory:
    """What somebody else lowered is theirs as soon as it is known what is needed.

    A source that never tells its arrival never tells more than it does now: people lower that by hand.
    """
    if memory.floor is None or measures is None or measures.missing:
        return memory
    doubts = {doubt.reason for doubt in measures.doubts}
    known = doubts == {Reason.ARRIVAL_UNKNOWN} or not measures.lower_bound
    return replace(memory, floor=None) if known else memory


def overwritten(memory: StageMemory, workload: Workload, now: float) -> tuple[Applied, ...]:
    """Who took the count since the last decision: named at once, for many do it seldom."""
    if not memory.contests or memory.contests[-1].at < now:
        return ()
    return (Applied(Rule.OVERWRITTEN, f"{memory.contests[-1].manager} had set {workload.replicas}"),)


def let_go(memory: StageMemory) -> StageMemory:
    """While the stage is not ours to scale, nobody overwrites us."""
    return replace(memory, written=None, floor=None, contests=(), refusal=None)


def contender(memory: StageMemory) -> str | None:
    """The manager that wrote the count again and again; None when nobody did."""
    if len(memory.contests) < CONTEST_COUNT:
        return None
    names = [contest.manager for contest in memory.contests]
    return max(names, key=names.count)

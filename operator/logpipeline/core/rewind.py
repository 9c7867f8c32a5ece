"""A clock that was set back: what is remembered as later than now happened just now.

Otherwise its age would be negative, and what is to last for seconds would last for as long as the step.
"""

from dataclasses import replace

from logpipeline.core.capacity import Learned
from logpipeline.core.memory import StageMemory
from logpipeline.core.model import Alert


def not_ahead(memory: StageMemory, now: float) -> StageMemory:
    """`memory` without a moment that is still to come. A whole window has to be watched anew then.

    When replicas began to start is left alone: how long they take is not learned across such a step.
    """
    seen = memory.measured_at, memory.whole_at, memory.unknown_since, memory.at_work_since
    group = memory.rebalancing_since, memory.stable_since
    if all(moment is None or moment <= now for moment in (memory.since, memory.written_at, *seen, *group)):
        return memory
    return replace(
        memory,
        since=now,
        wants=tuple(replace(want, at=min(want.at, now)) for want in memory.wants),
        written_at=_until(memory.written_at, now),
        contests=tuple(replace(contest, at=min(contest.at, now)) for contest in memory.contests),
        at_work_since=_until(memory.at_work_since, now),
        rebalancing_since=_until(memory.rebalancing_since, now),
        stable_since=_until(memory.stable_since, now),
        learned=memory.learned and _known_by(memory.learned, now),
        measured_at=_until(memory.measured_at, now),
        whole_at=_until(memory.whole_at, now),
        unknown_since=_until(memory.unknown_since, now),
        loss=memory.loss and replace(memory.loss, seen_at=min(memory.loss.seen_at, now)),
    )


def _known_by(learned: Learned, now: float) -> Learned:
    return replace(
        learned, busy_at=_until(learned.busy_at, now), observed_at=_until(learned.observed_at, now)
    )


def alert_not_ahead(alert: Alert, now: float) -> Alert:
    """`alert`, in its state since now at the latest."""
    return alert if alert.since <= now else replace(alert, since=now)


def _until(moment: float | None, now: float) -> float | None:
    return None if moment is None else min(moment, now)

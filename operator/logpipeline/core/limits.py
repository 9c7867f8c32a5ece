"""A wanted count -> the count to run: steps, windows and tolerances, with min and max last.

Each brake is one predicate over a `Move`: it says why the count stays as it is, or nothing.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from logpipeline.api.pipeline import Scaling
from logpipeline.core.figures import MOST
from logpipeline.core.memory import PastWant, StageMemory
from logpipeline.core.model import Applied, Measures, Workload
from logpipeline.core.outlook import Outlook
from logpipeline.core.readings import GroupState
from logpipeline.core.rules import Rule
from logpipeline.core.startup import is_starting

TRIFLE_SHARE = 0.10
STARTING_SHARE = 0.30
WORTHWHILE_SHARE = 0.15
EARLY_SECONDS = 20.0
"""An outlook is to be good by so much: four looks, or what a rebalance takes longer than usual."""
EARLY_SHARE = 0.8
"""And no more than this share of the backlog that is an alert may wait by then."""
TRICKLE_SECONDS = 10.0
"""Fewer records than flow in this time are on their way rather than waiting."""
SETTLE_SECONDS = 8.0
"""After a change the next measurement must be in before anything is taken away."""
SETTLE_SHARE = 0.1
"""And so much of the stabilization window must have passed: every step costs a rebalance."""
LEAST_SEEN_SECONDS = 65.0
"""What arrives is a mean over a minute: until then a count rests on a few seconds, whatever the window is."""
BLIND_SECONDS = 60.0
"""Counters bridge a gap of this length: rates across it are right. After a longer one the past is unknown."""


@dataclass(frozen=True, slots=True)
class Move:
    """From the count that runs to another, and all that may speak against it."""

    target: int
    measures: Measures
    workload: Workload
    scaling: Scaling
    memory: StageMemory
    now: float
    usable: int | None = None
    """Replicas that can have work at once; None where nothing limits them, or it is not known."""
    outlook: Outlook | None = None
    """What will wait when a later decision works; None where that is not known."""
    alert_backlog: int = MOST
    """Records that may wait before somebody is told."""
    floor: int = 0
    """Replicas that announced events ask for by now."""
    guard: str | None = None
    """The event that is about to begin, or has just begun; None where none is."""

    @property
    def current(self) -> int:
        """Replicas that the workload asks for."""
        return self.workload.replicas

    @property
    def window_seconds(self) -> float:
        """The stabilization window."""
        return self.scaling.behavior.scale_down.stabilization_window.total_seconds()

    def because(self, rule: Rule, why: str) -> Applied:
        """`rule` kept the current count."""
        return Applied(rule, f"stays {self.current}, not {self.target}: {why}")


Brake = Callable[[Move], Applied | None]


def limit(move: Move) -> tuple[int, tuple[Applied, ...]]:
    """The count to run, and the rules that shaped it. The clamp comes last of all.

    What the partitions can use bounds what is asked for; taking away what is beyond it is a step like others.
    """
    asked = max(move.target, move.floor)
    bounded, bounds = clamp(asked, move.scaling, move.usable)
    bounded_move = move if bounded == move.target else replace(move, target=bounded)
    if bounded > move.current:
        count, rules = _braked(bounded_move, UP_BRAKES)
        floor = min(move.floor, bounded)
        count, rules = (floor, ()) if floor > count else (count, rules)
    elif bounded < move.current:
        count, rules = _down(bounded_move)
    else:
        count, rules = bounded, ()
    clamped, last = clamp(count, move.scaling)
    return clamped, (*rules, *last) if last else (*bounds, *rules)


def clamp(count: int, scaling: Scaling, usable: int | None = None) -> tuple[int, tuple[Applied, ...]]:
    """Not above maxReplicas nor what the partitions can use, and never below minReplicas."""
    ceiling, rule, why = scaling.max_replicas, Rule.MAXIMUM, "maxReplicas"
    if usable is not None and usable < ceiling:
        ceiling, rule, why = usable, Rule.PARTITION_BOUND, "more would have no partition"
    lowered = min(count, ceiling)
    rules = (Applied(rule, f"{lowered}, not {count}: {why}"),) if lowered < count else ()
    if lowered >= scaling.min_replicas:
        return lowered, rules
    raised = Applied(Rule.MINIMUM, f"{scaling.min_replicas}, not {lowered}: minReplicas")
    return scaling.min_replicas, (*rules, raised)


def remember_want(memory: StageMemory, replicas: int, scaling: Scaling, now: float) -> StageMemory:
    """Keep `replicas` for the stabilization window: only what no later want exceeds has to be kept."""
    window = scaling.behavior.scale_down.stabilization_window.total_seconds()
    kept = (want for want in memory.wants if now - want.at <= window and want.replicas > replicas)
    return replace(memory, wants=(*kept, PastWant(now, replicas)))


def remember_sight(memory: StageMemory, measures: Measures, now: float) -> StageMemory:
    """Note when all was seen; after a gap the watching begins anew, since nobody knows what was wanted.

    So it does where the clock was set back: what was measured before cannot be compared with what is now.
    """
    if measures.lower_bound:
        return replace(memory, measured_at=measures.at)
    blind = memory.whole_at is None or not 0 <= measures.at - memory.whole_at <= BLIND_SECONDS
    since = now if blind else memory.since
    return replace(memory, measured_at=measures.at, whole_at=measures.at, since=since)


def is_late(measures: Measures, scaling: Scaling) -> bool:
    """More waits than a trickle and than may; and it has waited or will wait longer than `drainWithin`."""
    within = scaling.drain_within.total_seconds()
    trickle = measures.consuming * min(TRICKLE_SECONDS, within)
    if measures.exceeding <= max(trickle, scaling.activation_backlog):
        return False
    waited = measures.oldest_seconds is not None and measures.oldest_seconds > within
    return waited or measures.drain_seconds is None or measures.drain_seconds > within


def can_wait(move: Move) -> bool:
    """A later decision is early enough: when it works, no record is too old and not too many wait."""
    ahead = move.outlook
    if ahead is None or move.workload.replicas == 0 or is_late(move.measures, move.scaling):
        return False
    margin = EARLY_SECONDS + move.measures.commit_interval_seconds / 2
    old = ahead.oldest_seconds + margin > move.scaling.oldest_within.total_seconds()
    return not old and ahead.waiting <= EARLY_SHARE * move.alert_backlog


def trifle(move: Move) -> Applied | None:
    """A few more, and nobody is late: not worth a rebalance."""
    few = move.target - move.current <= TRIFLE_SHARE * move.current
    if move.outlook is not None and not can_wait(move):
        return None
    return (
        move.because(Rule.TRIFLE, "a trifle, and nobody is late")
        if few and not is_late(move.measures, move.scaling)
        else None
    )


def in_time(move: Move) -> Applied | None:
    """More would be wanted, and a later decision is early enough."""
    return move.because(Rule.IN_TIME, "a later decision is early enough") if can_wait(move) else None


def still_starting(move: Move) -> Applied | None:
    """A few more, while those asked for before are not up yet."""
    few = move.target - move.current < STARTING_SHARE * move.current
    return (
        move.because(Rule.STILL_STARTING, "those asked for before are starting")
        if few and is_starting(move.memory, move.now)
        else None
    )


def event_near(move: Move) -> Applied | None:
    """What was asked for ahead of an event is not taken away before it is well under way."""
    near = move.guard is not None
    return move.because(Rule.EVENT_NEAR, f"{move.guard} is about to begin, or just has") if near else None


def lower_bound(move: Move) -> Applied | None:
    """What could not be measured may be more than what could."""
    return move.because(Rule.LOWER_BOUND, "not all is known") if move.measures.lower_bound else None


def seen_too_little(move: Move) -> Applied | None:
    """Not everything was watched for a whole window, without a gap, nor for the minute that rates are of."""
    young = move.now - move.memory.since < max(move.window_seconds, LEAST_SEEN_SECONDS)
    return move.because(Rule.SEEN_TOO_LITTLE, "not watched for a whole window yet") if young else None


def late(move: Move) -> Applied | None:
    """Somebody waits too long already."""
    return move.because(Rule.LATE, "records wait too long") if is_late(move.measures, move.scaling) else None


def unsettled(move: Move) -> Applied | None:
    """The last change is too fresh, its replicas are still starting, or the group still shares out.

    Replicas that do not come up at all, for want of nodes perhaps, hold nothing for ever.
    """
    written = move.memory.written_at
    settle = max(SETTLE_SECONDS, SETTLE_SHARE * move.window_seconds)
    fresh = written is not None and move.now - written < settle
    group = move.measures.group
    rebalancing = group is not None and group.state is GroupState.REBALANCING
    busy = fresh or rebalancing or is_starting(move.memory, move.now)
    return move.because(Rule.UNSETTLED, "the last change is not through yet") if busy else None


def too_little_less(move: Move) -> Applied | None:
    """A small difference is not worth a rebalance, unless it leads back to the minimum."""
    small = move.current - move.target < WORTHWHILE_SHARE * move.current
    return (
        move.because(Rule.TOO_LITTLE_LESS, "not worth a rebalance")
        if small and move.target > move.scaling.min_replicas
        else None
    )


UP_BRAKES: tuple[Brake, ...] = (trifle, in_time, still_starting)
DOWN_BRAKES: tuple[Brake, ...] = (event_near, lower_bound, seen_too_little, late, unsettled, too_little_less)


def _braked(move: Move, brakes: tuple[Brake, ...]) -> tuple[int, tuple[Applied, ...]]:
    held = next((applied for brake in brakes if (applied := brake(move)) is not None), None)
    return (move.target, ()) if held is None else (move.current, (held,))


def _down(move: Move) -> tuple[int, tuple[Applied, ...]]:
    """No lower than the largest count wanted within the window, if no brake holds, and step by step."""
    highest = max((want.replicas for want in move.memory.wants), default=move.target)
    stabilized: tuple[Applied, ...] = ()
    if highest > move.target:
        stabilized = (
            Applied(Rule.STABILIZATION, f"{highest} was wanted within {move.window_seconds:.0f} s"),
        )
        move = replace(move, target=min(highest, move.current))
    if move.target == move.current:
        return move.current, stabilized
    count, held = _braked(move, DOWN_BRAKES)
    share = move.scaling.behavior.scale_down.max_percent / 100
    lowest = move.current - max(1, math.floor(move.current * share))
    if count < lowest:
        return lowest, (
            *stabilized,
            Applied(
                Rule.STEP,
                f"{lowest}, not {count}: at most {move.scaling.behavior.scale_down.max_percent} % a step",
            ),
        )
    return count, (*stabilized, *held)

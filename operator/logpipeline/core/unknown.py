"""What runs while it is not wholly known what is needed: never less than what was decided before."""

from dataclasses import replace

from logpipeline.api.pipeline import Scaling
from logpipeline.core.memory import StageMemory
from logpipeline.core.model import Applied, Measures
from logpipeline.core.rules import Rule


def watch_unknown(memory: StageMemory, measures: Measures | None, now: float) -> StageMemory:
    """Note since when some partition, or all of them, could not be measured at any decision."""
    if measures is not None and not measures.missing:
        return memory if memory.unknown_since is None else replace(memory, unknown_since=None)
    return memory if memory.unknown_since is not None else replace(memory, unknown_since=now)


def held(current: int, scaling: Scaling, memory: StageMemory, now: float) -> tuple[int, tuple[Applied, ...]]:
    """What to run while nothing could be measured: what runs, or more.

    A source that was never measured may be a mistake in the spec, and moves nothing, not even to the minimum.
    """
    minimum = scaling.min_replicas if memory.measured_at is not None else 0
    bounded = max(current, minimum)
    rules = (Applied(Rule.MINIMUM, f"{minimum}, not {current}: minReplicas"),) if bounded > current else ()
    count, raising = raised(bounded, scaling, memory, now, Rule.NOT_KNOWN)
    return count, raising or rules or (
        Applied(Rule.NOT_KNOWN, f"held at {current}: nothing could be measured"),
    )


def raised(
    count: int, scaling: Scaling, memory: StageMemory, now: float, because: Rule
) -> tuple[int, tuple[Applied, ...]]:
    """`count`, or what ran before somebody else lowered it; after `fallback.after` the fallback, if more."""
    rules: tuple[Applied, ...] = ()
    floor = min(memory.floor or 0, scaling.max_replicas)
    if floor > count:
        count, rules = floor, (Applied(because, f"kept at {floor}, which somebody else lowered"),)
    fallback, since = scaling.fallback, memory.unknown_since
    if fallback is None or since is None or now - since < fallback.after.total_seconds():
        return count, rules
    least = max(fallback.replicas, scaling.min_replicas)
    if least <= count:
        return count, rules
    return least, (Applied(Rule.FALLBACK, f"{least} after {now - since:.0f} s without a whole measurement"),)

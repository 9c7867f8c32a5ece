"""What is said does not flicker, and what is announced even less.

Trouble is said at once, and so is its first end. What was said and taken back within the last minute, an end
twice, has to hold for a minute: a source that fails at every second pass would otherwise be a write of the
status at every pass. Events of the same trouble again, and of any end, wait for that minute in any case.
"""

from logpipeline.core.conditions import is_trouble
from logpipeline.core.model import Said, Statement

HOLD_SECONDS = 60.0
FREE_ENDS = 1
"""So often within a minute trouble may end and begin again before its end is doubted."""


def steadied(statement: Statement, before: Said | None, now: float) -> Said:
    """What is said in the end, when `statement` is what there is to say now."""
    if before is None:
        return Said(statement, statement, statement, now)
    since, earlier = min(before.since, now), before.earlier
    if not _alike(statement, before.found):
        since, earlier = now, (*earlier, (before.found, now))
    if now - since >= HOLD_SECONDS:
        return Said(statement, statement, statement, since)
    earlier = tuple(past for past in earlier if 0 <= since - past[1] < HOLD_SECONDS)
    taken_back = sum(_alike(past, statement) for past, _ in earlier)
    again = taken_back > (0 if is_trouble(statement) else FREE_ENDS)
    held = again and is_trouble(before.told) and not _alike(statement, before.told)
    told = before.told if held else statement
    waits = is_trouble(before.announced) and (taken_back > 0 or not is_trouble(told))
    return Said(told, before.announced if waits else told, statement, since, earlier)


def _alike(one: Statement, other: Statement) -> bool:
    """The same but for the words: figures in them drift."""
    return (one.status, one.reason) == (other.status, other.reason)

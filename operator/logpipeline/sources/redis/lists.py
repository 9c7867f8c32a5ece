"""What waits in a Redis list, by its length and the counter of its producers. No I/O."""

from collections.abc import Sequence
from typing import Any

from redis.exceptions import RedisError

from logpipeline.core.readings import Doubt, Missing
from logpipeline.sources.base import ListKeys
from logpipeline.sources.redis import doubts, errors
from logpipeline.sources.redis.standing import Standing


def list_standing(
    at: float, where: str, keys: ListKeys, reply: Sequence[Any] | RedisError, before: Standing | None
) -> Standing | Missing:
    """What waits, by the replies for the keys that are given, in their order.

    `before` is how it stood when its counter was last known. A list that is not there is empty; a counter
    that is not there may be misspelt. What cannot be known of the processing list or the counter makes this
    a lower bound without rates: what is known still counts.
    """
    if isinstance(reply, RedisError):
        return errors.explain_reply(at, where, f"list '{keys.key}'", reply)
    length, *others = reply
    found: list[Doubt] = []
    waiting = int(length)
    if keys.processing is not None:
        taken = others.pop(0)
        if isinstance(taken, RedisError):
            found.append(_doubt(at, where, f"processing list '{keys.processing}'", taken))
        else:
            waiting += int(taken)
    if keys.arrival is None:
        return _uncounted(waiting, None, (*found, doubts.no_counter(where, keys.key)))
    told = others.pop(0)
    if told is None:
        return _uncounted(waiting, 0, (*found, doubts.counter_missing(where, keys.key, keys.arrival)))
    counter = _number(at, where, keys.arrival, told)
    if isinstance(counter, Doubt):
        return _uncounted(waiting, None, (*found, counter))
    return _counted(where, keys, (counter, waiting), before, found)


def _counted(
    where: str, keys: ListKeys, now: tuple[int, int], before: Standing | None, found: Sequence[Doubt]
) -> Standing:
    """By the counter and what waits, which is exact. What was produced and consumed only grows.

    Where more waits than the counter explains, records were pushed that it did not count: they arrived.
    """
    counter, waiting = now
    grown, consumed = 0, 0
    began_anew = before is not None and before.counter is not None and counter < before.counter
    if before is not None and before.counter is not None and before.counted and not began_anew:
        grown, consumed = before.produced - before.counter, before.consumed
    produced = counter + grown
    uncounted = waiting - (produced - consumed)
    told = found if uncounted <= 0 or began_anew else (*found, doubts.uncounted(where, keys, uncounted))
    return Standing(
        produced=produced + max(0, uncounted), waiting=waiting, counter=counter, doubts=tuple(told)
    )


def _uncounted(waiting: int, counter: int | None, found: Sequence[Doubt]) -> Standing:
    return Standing(produced=waiting, waiting=waiting, counter=counter, counted=False, doubts=tuple(found))


def _number(at: float, where: str, key: str, reply: Any) -> int | Doubt:  # noqa: ANN401
    """The counter, as far as it is one."""
    if isinstance(reply, RedisError):
        return _doubt(at, where, f"counter '{key}'", reply)
    try:
        counter = int(reply)
    except ValueError:
        counter = -1
    return counter if 0 <= counter < 2**63 else doubts.no_number(where, key)


def _doubt(at: float, where: str, subject: str, error: RedisError) -> Doubt:
    """What could not be read, as a doubt about the rest."""
    missing = errors.explain_reply(at, where, subject, error)
    return Doubt(missing.reason, missing.message)

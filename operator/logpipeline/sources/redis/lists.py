"""What waits in a Redis list, by its length and the counter of its producers. No I/O."""

from collections.abc import Sequence
from typing import Any

from redis.exceptions import RedisError

from logpipeline.core.model import Doubt, Missing
from logpipeline.sources.base import ListKeys
from logpipeline.sources.redis import doubts as redis_doubts
from logpipeline.sources.redis import errors as redis_errors
from logpipeline.sources.redis.standing import Standing


def list_standing(
    at: float, where: str, keys: ListKeys, reply: Sequence[Any] | RedisError, before: Standing | None
) -> Standing | Missing:
    """What waits, by the replies for the keys that are given, in their order.

    `before` is how it stood in the last pass. A list that is not there is empty. What cannot be known of the
    processing list or the counter makes this a lower bound without rates: what is known still counts.
    """
    if isinstance(reply, RedisError):
        return redis_errors.explain_reply(at, where, f"list '{keys.key}'", reply)
    length, *others = reply
    doubts: list[Doubt] = []
    waiting = int(length)
    if keys.processing is not None:
        taken = others.pop(0)
        if isinstance(taken, RedisError):
            doubts.append(_doubt(at, where, f"processing list '{keys.processing}'", taken))
        else:
            waiting += int(taken)
    if keys.arrival is None:
        return _uncounted(waiting, (*doubts, redis_doubts.no_counter(where, keys.key)))
    counter = _number(at, where, keys.arrival, others.pop(0))
    if isinstance(counter, Doubt):
        return _uncounted(waiting, (*doubts, counter))
    return _counted(where, keys, (counter, waiting), before, doubts)


def _counted(
    where: str, keys: ListKeys, now: tuple[int, int], before: Standing | None, doubts: Sequence[Doubt]
) -> Standing:
    """By the counter and what waits, which is exact. What was produced and consumed only grows.

    Where more waits than the counter explains, records were pushed that it did not count: they arrived.
    """
    counter, waiting = now
    known = before if before is not None and before.counted else Standing(0, 0)
    began_anew = counter < known.counter
    if began_anew:
        known = Standing(0, 0)
    produced = counter + known.produced - known.counter
    uncounted = waiting - (produced - known.consumed)
    told = (
        doubts if uncounted <= 0 or began_anew else (*doubts, redis_doubts.uncounted(where, keys, uncounted))
    )
    return Standing(
        produced=produced + max(0, uncounted), waiting=waiting, counter=counter, doubts=tuple(told)
    )


def _uncounted(waiting: int, doubts: Sequence[Doubt]) -> Standing:
    return Standing(produced=waiting, waiting=waiting, counted=False, doubts=tuple(doubts))


def _number(at: float, where: str, key: str, reply: Any) -> int | Doubt:  # noqa: ANN401
    """The counter; 0 where it is not there yet."""
    if isinstance(reply, RedisError):
        return _doubt(at, where, f"counter '{key}'", reply)
    try:
        counter = int(reply or 0)
    except ValueError:
        counter = -1
    return counter if 0 <= counter < 2**63 else redis_doubts.no_number(where, key)


def _doubt(at: float, where: str, subject: str, error: RedisError) -> Doubt:
    """What could not be read, as a doubt about the rest."""
    missing = redis_errors.explain_reply(at, where, subject, error)
    return Doubt(missing.reason, missing.message)

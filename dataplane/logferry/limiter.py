"""A token bucket: how long a batch has to wait so that a rate holds.

It stands in for a slow store. The bucket lends: a batch larger than the bucket is let through and its debt
is waited off, so the rate holds for every batch size.
"""

import time
from collections.abc import Callable
from typing import Final

BURST_SECONDS: Final = 0.5
"""How much idle time is made up for: enough for one slow fsync, too little to look like a surge."""


class TokenBucket:
    """Lets `rate_per_second` records pass on average; starts empty, so there is no burst at the beginning."""

    def __init__(self, rate_per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate_per_second
        self._clock = clock
        self._tokens = 0.0
        self._updated = clock()

    def reserve(self, records: int) -> float:
        """Take tokens for so many records; the seconds to wait before using them (0.0: go on)."""
        now = self._clock()
        earned = (now - self._updated) * self._rate
        self._tokens = min(self._tokens + earned, self._rate * BURST_SECONDS) - records
        self._updated = now
        return max(0.0, -self._tokens / self._rate)


class Unlimited:
    """The limiter of a store that takes whatever comes."""

    def reserve(self, records: int) -> float:  # noqa: ARG002  the same question, always the same answer
        """No wait."""
        return 0.0


Limiter = TokenBucket | Unlimited

_BATCHES_PER_SECOND: Final = 4


def make_limiter(rate_per_second: float | None) -> Limiter:
    """The limiter for `--limit`; None means no limit."""
    return Unlimited() if rate_per_second is None else TokenBucket(rate_per_second)


def limited_batch(batch: int, rate_per_second: float | None) -> int:
    """The batch size at which no batch waits longer than a quarter of a second (or one record).

    A worker that waits does not answer its group, and everyone in the group waits with it.
    """
    if rate_per_second is None:
        return batch
    return max(1, min(batch, int(rate_per_second / _BATCHES_PER_SECOND)))

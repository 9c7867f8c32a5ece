"""The order in which a consumer takes entries from its stream: its own earlier life, the dead, the new."""

import time
from collections.abc import Callable
from typing import Final

import redis
import structlog

from logferry.retry import Patience
from logferry.stream import Entry, StreamConsumer
from logferry.telemetry import Metrics

_START: Final = b"0-0"

log = structlog.get_logger()


class StreamIntake:
    """Fetches entries and outlasts a Redis that is away.

    First what this consumer's name was given before it was restarted; then, every now and then, what other
    consumers have left unacknowledged for `claim_idle_seconds`; otherwise what is new.
    """

    def __init__(
        self,
        consumer: StreamConsumer,
        patience: Patience,
        metrics: Metrics,
        claim_idle_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._consumer = consumer
        self._patience = patience
        self._metrics = metrics
        self._claim_idle_seconds = claim_idle_seconds
        self._clock = clock
        self._own: bytes | None = _START
        self._claiming = _START
        self._claim_at = clock()

    def open(self) -> None:
        """Make sure that there is something to read from."""
        self._patience.call("create the consumer group", self._consumer.create_group)

    def fetch(self, count: int, block_seconds: float) -> list[Entry]:
        """Up to `count` entries; none when nothing came within the time. Raises as Patience does."""
        entries = self._patience.call("read the stream", lambda: self._take(count, block_seconds))
        self._metrics.consumed.inc(len(entries))
        return entries

    def close(self) -> None:
        """Leave the group. A Redis that is away keeps the name, which does no harm."""
        try:
            self._consumer.leave()
        except redis.RedisError as error:
            log.warning("not removed from the consumer group", error=str(error))

    def _take(self, count: int, block_seconds: float) -> list[Entry]:
        if self._own is not None:
            entries = self._take_own(self._own, count)
            if entries:
                return entries
        if self._clock() >= self._claim_at:
            entries = self._take_left(count)
            if entries:
                return entries
        return self._consumer.read_new(count, block_seconds)

    def _take_own(self, after: bytes, count: int) -> list[Entry]:
        entries = self._consumer.read_own(after, count)
        self._own = entries[-1].id if entries else None
        return entries

    def _take_left(self, count: int) -> list[Entry]:
        self._claiming, entries = self._consumer.claim(self._claim_idle_seconds, self._claiming, count)
        if self._claiming == _START:
            self._claim_at = self._clock() + self._claim_idle_seconds / 2
        self._metrics.claimed.inc(len(entries))
        return entries

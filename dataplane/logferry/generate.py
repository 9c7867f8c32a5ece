"""The load generator: records at a rate that follows a curve."""

import math
import time
from collections.abc import Callable
from typing import Final

import msgspec

from logferry.curve import Curve
from logferry.health import Health
from logferry.lifecycle import Shutdown
from logferry.record import format_id
from logferry.telemetry import Metrics
from logferry.templates import RecordFactory
from logferry.transports import Transport

_CHUNK_RECORDS: Final = 2_000
_PACE_SECONDS: Final = 0.02


class Plan(msgspec.Struct, frozen=True):
    """How much, how fast, how long; None is no limit (no curve: as fast as the store takes it)."""

    curve: Curve | None = None
    count: int | None = None
    seconds: float | None = None

    def due(self, elapsed: float) -> float:
        """Records that should have been sent by now; infinite while there is no limit."""
        until = elapsed if self.seconds is None else min(elapsed, self.seconds)
        by_rate = math.inf if self.curve is None else self.curve.records_until(until)
        return by_rate if self.count is None else min(by_rate, self.count)

    def is_over(self, elapsed: float, sent: int) -> bool:
        """Whether everything the plan asks for is sent. One that fell behind finishes what was due."""
        if self.count is not None and sent >= self.count:
            return True
        if self.seconds is None or elapsed < self.seconds:
            return False
        return self.curve is None or sent >= self.due(elapsed)


class Report(msgspec.Struct, frozen=True):
    """What became of it. `acknowledged` less than `sent` means that the store has not confirmed the rest."""

    sent: int
    acknowledged: int
    first_id: str | None
    last_id: str | None
    seconds: float

    @property
    def per_second(self) -> float:
        """Acknowledged records per second."""
        return self.acknowledged / self.seconds if self.seconds > 0 else 0.0


class Generator:
    """Sends what is due, as records numbered from 0, until the plan or somebody says stop."""

    def __init__(
        self,
        plan: Plan,
        prefix: str,
        records: RecordFactory,
        transport: Transport,
        *,
        shutdown: Shutdown,
        health: Health,
        metrics: Metrics,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._plan = plan
        self._prefix = prefix
        self._records = records
        self._transport = transport
        self._shutdown = shutdown
        self._health = health
        self._metrics = metrics
        self._clock = clock

    def run(self) -> Report:
        """Generate, flush and report."""
        started = self._clock()
        sent = 0
        while not self._shutdown.requested and not self._plan.is_over(self._clock() - started, sent):
            self._health.beat()
            sent += self._send_due(sent, self._plan.due(self._clock() - started))
        self._transport.flush()
        return self._report(sent, self._clock() - started)

    def _send_due(self, sent: int, due: float) -> int:
        count = int(min(due - sent, _CHUNK_RECORDS))
        if count <= 0:
            self._transport.wait(_PACE_SECONDS)
            return 0
        self._transport.send(sent, self._records.make(sent, count))
        self._metrics.written.inc(count)
        return count

    def _report(self, sent: int, seconds: float) -> Report:
        return Report(
            sent=sent,
            acknowledged=self._transport.acknowledged,
            first_id=format_id(self._prefix, 0) if sent else None,
            last_id=format_id(self._prefix, sent - 1) if sent else None,
            seconds=round(seconds, 3),
        )

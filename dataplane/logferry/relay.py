"""The relay: Redis stream to Kafka topic, acknowledged after Kafka did."""

import time
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from logferry.delivery import Delivery, Forwarder
from logferry.errors import LogferryError
from logferry.health import Health
from logferry.intake import StreamIntake
from logferry.lifecycle import Shutdown
from logferry.limiter import Limiter
from logferry.retry import Patience
from logferry.stream import Entry, StreamConsumer
from logferry.telemetry import Metrics

_IDLE_BLOCK_SECONDS: Final = 0.25
_BUSY_BLOCK_SECONDS: Final = 0.01
_NEWS_SECONDS: Final = 0.1
_RETRY_SECONDS: Final = 0.5

log = structlog.get_logger()


class Relay:
    """Keeps several batches in flight; whatever happens, an entry is acknowledged only once Kafka has it.

    While Kafka is away nothing is read, so the backlog stays in the stream where it is seen and bounded.
    """

    def __init__(
        self,
        consumer: StreamConsumer,
        intake: StreamIntake,
        forwarder: Forwarder,
        patience: Patience,
        *,
        batch_records: int,
        window_records: int,
        keep: bool,
        claim_idle_seconds: float,
        drain_seconds: float,
        limiter: Limiter,
        shutdown: Shutdown,
        health: Health,
        metrics: Metrics,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._consumer = consumer
        self._intake = intake
        self._forwarder = forwarder
        self._patience = patience
        self._batch_records = batch_records
        self._window_records = window_records
        self._keep = keep
        self._renew_every_seconds = claim_idle_seconds / 3
        self._drain_seconds = drain_seconds
        self._limiter = limiter
        self._shutdown = shutdown
        self._health = health
        self._metrics = metrics
        self._clock = clock
        self._renew_at = clock() + self._renew_every_seconds
        self._forwarded = 0

    def run(self) -> int:
        """Work until shutdown, then drain; the number of records Kafka has taken."""
        self._intake.open()
        while not self._shutdown.requested:
            self._health.beat()
            self._settle(self._forwarder.poll(0))
            self._renew_when_due()
            if self._may_read():
                self._forward(self._read())
            else:
                self._settle(self._forwarder.poll(_NEWS_SECONDS))
        self._drain()
        self._intake.close()
        return self._forwarded

    def _may_read(self) -> bool:
        obstacle = self._forwarder.obstacle()
        if obstacle is not None:
            self._health.set_obstacle(obstacle)
            self._shutdown.wait(_RETRY_SECONDS)
            return False
        return self._forwarder.in_flight < self._window_records

    def _read(self) -> list[Entry]:
        block = _BUSY_BLOCK_SECONDS if self._forwarder.in_flight else _IDLE_BLOCK_SECONDS
        with self._metrics.timed("fetch"):
            entries = self._intake.fetch(self._batch_records, block)
        self._health.set_ready()
        # What was claimed may be our own: only slow, and on its way already.
        in_flight = self._forwarder.in_flight_ids
        return [entry for entry in entries if entry.id not in in_flight]

    def _forward(self, entries: Sequence[Entry]) -> None:
        if entries:
            self._shutdown.wait(self._limiter.reserve(len(entries)))
            self._forwarder.forward(entries)

    def _settle(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            self._acknowledge(delivery.delivered_ids())
            for entry, error in delivery.refused:
                self._metrics.failed.inc()
                log.error(
                    "Kafka refuses an entry; it stays pending", entry=entry.id.decode(), error=error.str()
                )
            if delivery.retriable and not self._shutdown.requested:
                self._metrics.errors.labels("produce").inc()
                self._forwarder.forward(delivery.retriable)

    def _acknowledge(self, ids: Sequence[bytes]) -> None:
        if not ids:
            return
        self._metrics.written.inc(len(ids))
        self._forwarded += len(ids)
        with self._metrics.timed("acknowledge"):
            self._patience.call(
                "acknowledge entries", lambda: self._consumer.acknowledge(ids, delete=not self._keep)
            )
        self._metrics.acknowledged.inc(len(ids))

    def _renew_when_due(self) -> None:
        if self._clock() < self._renew_at:
            return
        self._renew_at = self._clock() + self._renew_every_seconds
        ids = list(self._forwarder.in_flight_ids)
        if ids:
            self._patience.call("renew pending entries", lambda: self._consumer.renew(ids))

    def _drain(self) -> None:
        deadline = self._clock() + self._drain_seconds
        while self._forwarder.in_flight and self._clock() < deadline:
            self._settle(self._forwarder.poll(_NEWS_SECONDS))
        self._settle(self._forwarder.poll(0))
        left = self._forwarder.in_flight
        if left:
            self._forwarder.abandon()
            raise LogferryError(
                f"stopped with {left} records that Kafka did not confirm in {self._drain_seconds:.0f} s; "
                "they stay pending in the stream and will be delivered again"
            )

"""A Redis stream as the source of a worker."""

from collections.abc import Sequence

from logferry.health import Health
from logferry.intake import StreamIntake
from logferry.retry import Patience
from logferry.sources.base import Batch
from logferry.stream import StreamConsumer
from logferry.telemetry import Metrics

Ids = Sequence[bytes]


class RedisSource:
    """Acknowledges each batch after it was written and, with `trim`, deletes it from the stream."""

    def __init__(
        self,
        consumer: StreamConsumer,
        intake: StreamIntake,
        patience: Patience,
        *,
        batch_wait_seconds: float,
        trim: bool,
        health: Health,
        metrics: Metrics,
    ) -> None:
        self._consumer = consumer
        self._intake = intake
        self._patience = patience
        self._batch_wait_seconds = batch_wait_seconds
        self._trim = trim
        self._health = health
        self._metrics = metrics

    def open(self) -> None:
        """Create the stream and its group where they are missing."""
        self._intake.open()

    def fetch(self, most: int) -> Batch[Ids]:
        """Entries of one read."""
        entries = self._intake.fetch(most, self._batch_wait_seconds)
        self._health.set_ready()
        return Batch([entry.record for entry in entries], [entry.id for entry in entries])

    def acknowledge(self, batch: Batch[Ids]) -> None:
        """Outlasts a Redis that is away; acknowledging twice does no harm."""
        self._patience.call(
            "acknowledge entries", lambda: self._consumer.acknowledge(batch.receipt, delete=self._trim)
        )
        self._metrics.acknowledged.inc(len(batch.records))

    def close(self) -> None:
        """Leave the group, if nothing is pending."""
        self._intake.close()

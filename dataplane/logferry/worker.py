"""The worker: fetch, write, acknowledge, in this order, until asked to stop."""

from typing import Any, Final

from logferry.health import Health
from logferry.lifecycle import Shutdown
from logferry.limiter import Limiter
from logferry.retry import Patience
from logferry.sinks import Sink
from logferry.sources import Batch, Source
from logferry.telemetry import Metrics

_SINK_PATIENCE_SECONDS: Final = 60.0
"""How long a failing store is tried: well below the time after which Kafka evicts who does not poll."""


class Worker:
    """Moves records from a source to a sink at least once, no faster than its limiter lets it."""

    def __init__(
        self,
        source: Source[Any],
        sink: Sink,
        *,
        batch_records: int,
        limiter: Limiter,
        shutdown: Shutdown,
        health: Health,
        metrics: Metrics,
    ) -> None:
        self._source = source
        self._sink = sink
        self._sink_patience = Patience(
            str(sink), (OSError,), shutdown, health, metrics, give_up_seconds=_SINK_PATIENCE_SECONDS
        )
        self._batch_records = batch_records
        self._limiter = limiter
        self._shutdown = shutdown
        self._health = health
        self._metrics = metrics

    def run(self) -> int:
        """Work until shutdown; the number of records written. What is fetched by then is written, too."""
        written = 0
        try:
            self._source.open()
            while not self._shutdown.requested:
                self._health.beat()
                written += self._turn()
        finally:
            self._sink.close()
            self._source.close()
        return written

    def _turn(self) -> int:
        with self._metrics.timed("fetch"):
            batch = self._source.fetch(self._batch_records)
        if batch.records:
            self._shutdown.wait(self._limiter.reserve(len(batch.records)))
            self._store(batch)
        return len(batch.records)

    def _store(self, batch: Batch[Any]) -> None:
        with self._metrics.timed("write"):
            self._sink_patience.call("write", lambda: self._sink.write(batch.records))
        self._metrics.written.inc(len(batch.records))
        with self._metrics.timed("acknowledge"):
            self._source.acknowledge(batch)

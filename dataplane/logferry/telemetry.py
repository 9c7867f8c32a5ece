"""What the data plane counts about itself. What waits in the stores is the operator's to measure."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Histogram

_BATCH_BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0)


class Metrics:
    """One registry per process, handed to those who count; nothing global."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.consumed = self._counter("consumed", "Records read from the source, redelivered ones included.")
        self.claimed = self._counter("claimed", "Records taken over from consumers that went away.")
        self.written = self._counter("written", "Records written to the sink, or handed over to Kafka.")
        self.acknowledged = self._counter("acknowledged", "Records the source need not deliver again.")
        self.failed = self._counter("failed", "Records the destination refused or did not confirm in time.")
        self.errors = Counter(
            "logferry_errors",
            "Calls that failed and were tried again.",
            ["operation"],
            registry=self.registry,
        )
        self._batch_seconds = Histogram(
            "logferry_batch_seconds",
            "Time a batch took in one step.",
            ["step"],
            buckets=_BATCH_BUCKETS,
            registry=self.registry,
        )

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Time one step (fetch, write, acknowledge) of one batch."""
        with self._batch_seconds.labels(step).time():
            yield

    def _counter(self, name: str, text: str) -> Counter:
        return Counter(f"logferry_records_{name}", text, registry=self.registry)

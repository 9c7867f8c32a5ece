"""The generator's way into a Kafka topic."""

import random
from collections.abc import Sequence
from itertools import accumulate
from typing import Any, Final

import structlog
from confluent_kafka import KafkaError, Message, Producer

from logferry.errors import LogferryError
from logferry.health import Health
from logferry.kafka import QUEUE_RECORDS, topic_obstacle
from logferry.lifecycle import Shutdown
from logferry.telemetry import Metrics

_KEYS: Final = 1_000
_KEY_SEQUENCE: Final = 8_191
_RETRY_SECONDS: Final = 1.0
_FLUSH_AFTER_STOP_SECONDS: Final = 10.0

log = structlog.get_logger()


class KafkaTransport:
    """Produces in batches; the number of unconfirmed records is bounded, and so is its memory."""

    def __init__(
        self,
        config: dict[str, Any],
        topic: str,
        *,
        keys: Sequence[bytes] | None,
        shutdown: Shutdown,
        health: Health,
        metrics: Metrics,
    ) -> None:
        self._bootstrap = str(config["bootstrap.servers"])
        self._topic = topic
        self._keys = keys
        self._shutdown = shutdown
        self._health = health
        self._metrics = metrics
        self._acknowledged = 0
        self._failed = 0
        self._producer = Producer(config)

    @property
    def acknowledged(self) -> int:
        """Records that every in-sync replica has."""
        return self._acknowledged

    def open(self) -> None:
        """Wait for Kafka and the topic."""
        while obstacle := topic_obstacle(self._producer, self._bootstrap, self._topic):
            self._health.set_obstacle(obstacle)
            self._shutdown.wait(_RETRY_SECONDS)
            if self._shutdown.requested:
                raise LogferryError(f"stopped before anything was sent: {obstacle}")
        self._health.set_ready()

    def send(self, first: int, records: Sequence[bytes]) -> None:
        """Hand over to the producer's queue, waiting for room in it."""
        while len(self._producer) + len(records) > QUEUE_RECORDS and not self._shutdown.requested:
            self._producer.poll(0.05)
        messages = self._messages(first, records)
        while messages:
            self._producer.produce_batch(self._topic, messages, on_delivery=self._on_delivery)
            self._producer.poll(0)
            messages = self._rejected(messages)

    def wait(self, seconds: float) -> None:
        """Serve delivery reports; they also end the wait early."""
        self._producer.poll(seconds)

    def flush(self) -> None:
        """Wait for the last confirmations: as long as delivery takes, or ten seconds once asked to stop."""
        while len(self._producer) and not self._shutdown.requested:
            self._producer.flush(0.5)
        left = self._producer.flush(_FLUSH_AFTER_STOP_SECONDS) if len(self._producer) else 0
        if left or self._failed:
            log.error("records not confirmed by Kafka", waiting=left, failed=self._failed)

    def _messages(self, first: int, records: Sequence[bytes]) -> list[dict[str, Any]]:
        keys = self._keys
        if keys is None:
            return [{"value": record} for record in records]
        return [
            {"value": record, "key": keys[sequence % len(keys)]}
            for sequence, record in enumerate(records, start=first)
        ]

    def _rejected(self, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        # The queue is full in bytes: wait for room and hand over the rest.
        rejected = [message for message in messages if message.pop("_error", None) is not None]
        if rejected:
            self._producer.poll(0.05)
        return rejected

    def _on_delivery(self, error: KafkaError | None, _message: Message) -> None:
        if error is None:
            self._acknowledged += 1
            return
        if self._failed == 0:
            log.error("Kafka refused a record", error=error.str())
        self._failed += 1
        self._metrics.failed.inc()


def skewed_keys(skew: float, seed: int) -> list[bytes]:
    """A sequence of keys of which few are frequent (Zipf with this exponent): it makes hot partitions."""
    rng = random.Random(seed)  # noqa: S311  realistic, not secret
    weights = list(accumulate(1 / rank**skew for rank in range(1, _KEYS + 1)))
    ranks = rng.choices(range(_KEYS), cum_weights=weights, k=_KEY_SEQUENCE)
    return [b"customer-%d" % rank for rank in ranks]

"""A Kafka topic as the source of a worker."""

import threading
import time
from collections.abc import Callable
from typing import Any, Final

import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from logferry.health import Health
from logferry.kafka import MISSING_TOPIC, away, missing, topic_obstacle
from logferry.sources.base import Batch
from logferry.telemetry import Metrics

Positions = dict[tuple[str, int], int]
"""The offset after the last record, per topic and partition: what Kafka calls the committed offset."""

_PROBE_EVERY_SECONDS: Final = 1.0
_COMMIT_WITHIN_SECONDS: Final = 5.0
_LEAVE_WITHIN_SECONDS: Final = 5.0

log = structlog.get_logger()


class KafkaSource:
    """Commits only what was written: without waiting as it goes, with waiting before giving a partition up.

    The commit on revocation is what keeps a rebalance free of duplicates.
    """

    def __init__(
        self,
        config: dict[str, Any],
        topic: str,
        *,
        batch_wait_seconds: float,
        commit_interval_seconds: float,
        health: Health,
        metrics: Metrics,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bootstrap = str(config["bootstrap.servers"])
        self._topic = topic
        self._batch_wait_seconds = batch_wait_seconds
        self._commit_interval_seconds = commit_interval_seconds
        self._health = health
        self._metrics = metrics
        self._clock = clock
        self._written: Positions = {}
        self._committing: Positions = {}
        self._commit_at = clock()
        self._probe_at = clock()
        self._consumer = Consumer(config | {"error_cb": self._on_error, "on_commit": self._on_commit})

    def open(self) -> None:
        """Join the group. Kafka may be away and the topic missing: both are waited for while polling."""
        self._consumer.subscribe(
            [self._topic], on_assign=self._on_assign, on_revoke=self._on_revoke, on_lost=self._on_lost
        )

    def fetch(self, most: int) -> Batch[Positions]:
        """Records of one poll, which is also when partitions come and go."""
        self._commit_when_due()
        self._probe_unless_ready()
        messages = [
            message
            for message in self._consumer.consume(most, timeout=self._batch_wait_seconds)
            if not self._is_error(message)
        ]
        self._metrics.consumed.inc(len(messages))
        positions = {
            (message.topic() or "", message.partition() or 0): _after(message) for message in messages
        }
        return Batch([message.value() for message in messages], positions)

    def acknowledge(self, batch: Batch[Positions]) -> None:
        """Remember how far was written; committed at once or when the interval is over."""
        self._written |= batch.receipt
        self._metrics.acknowledged.inc(len(batch.records))
        self._commit_when_due()

    def close(self) -> None:
        """Commit and leave the group, a few seconds for each: a broker that hangs must not hold a pod."""
        self._commit_at = self._clock()
        self._commit_when_due()
        deadline = self._clock() + _COMMIT_WITHIN_SECONDS
        while self._committing and self._clock() < deadline:
            self._consumer.poll(0.05)  # serves the answers; a record it may return is not committed
        if self._committing or self._written:
            log.warning("stopped without an answer to the last commit: records may be delivered again")
            self._committing, self._written = {}, {}
        # close() has no timeout of its own, and waits a minute or more for a broker that is frozen.
        leaving = threading.Thread(target=self._consumer.close, daemon=True)
        leaving.start()
        leaving.join(_LEAVE_WITHIN_SECONDS)
        if leaving.is_alive():
            log.warning(
                "stopped without leaving the group: its partitions are free when the session times out"
            )

    def _commit_when_due(self) -> None:
        if self._written and self._clock() >= self._commit_at:
            self._consumer.commit(offsets=_offsets(self._written), asynchronous=True)
            self._committing |= self._written
            self._written = {}
            self._commit_at = self._clock() + self._commit_interval_seconds

    def _commit_and_wait(self, positions: Positions) -> None:
        if not positions:
            return
        try:
            answers = self._consumer.commit(offsets=_offsets(positions), asynchronous=False)
        except KafkaException as error:
            self._report_commit(error.args[0])
        else:
            for answer in answers:
                self._report_commit(answer.error)

    def _on_commit(self, error: KafkaError | None, partitions: list[TopicPartition]) -> None:
        for partition in partitions:
            key = (partition.topic, partition.partition)
            if self._committing.get(key) != partition.offset:
                continue  # revoked since, or a later commit is under way
            del self._committing[key]
            trouble = error or partition.error
            if trouble is not None:
                self._report_commit(trouble)
                self._written.setdefault(key, partition.offset)

    def _report_commit(self, error: KafkaError | None) -> None:
        if error is not None:
            self._metrics.errors.labels("commit offsets").inc()
            log.warning("offsets not committed: records may be delivered again", error=error.str())

    def _on_assign(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        log.info("partitions assigned", partitions=[partition.partition for partition in partitions])
        self._health.set_ready()

    def _on_revoke(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        log.info("partitions revoked", partitions=[partition.partition for partition in partitions])
        self._commit_and_wait(self._forget(partitions))

    def _on_lost(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        log.warning("partitions lost", partitions=[partition.partition for partition in partitions])
        self._forget(partitions)

    def _forget(self, partitions: list[TopicPartition]) -> Positions:
        gone = {(partition.topic, partition.partition) for partition in partitions}
        known = self._committing | self._written
        self._committing = {key: offset for key, offset in self._committing.items() if key not in gone}
        self._written = {key: offset for key, offset in self._written.items() if key not in gone}
        return {key: offset for key, offset in known.items() if key in gone}

    def _probe_unless_ready(self) -> None:
        if self._health.ready or self._clock() < self._probe_at:
            return
        obstacle = topic_obstacle(self._consumer, self._bootstrap, self._topic)
        if obstacle is not None:
            self._health.set_obstacle(obstacle)
        elif self._consumer.memberid():
            # In the group, though with more replicas than partitions there may be none for this one.
            self._health.set_ready()
        else:
            self._health.set_obstacle("joining the consumer group")
        self._probe_at = self._clock() + _PROBE_EVERY_SECONDS

    def _on_error(self, error: KafkaError) -> None:
        if error.code() == KafkaError._ALL_BROKERS_DOWN:  # noqa: SLF001  its public name
            self._health.set_obstacle(away(self._bootstrap))

    def _is_error(self, message: Message) -> bool:
        error = message.error()
        if error is None:
            return False
        self._metrics.errors.labels("consume").inc()
        if error.code() in MISSING_TOPIC:
            self._health.set_obstacle(missing(self._bootstrap, self._topic))
        else:
            self._health.set_obstacle(f"cannot consume '{self._topic}' at {self._bootstrap}: {error.str()}")
        return True


def _after(message: Message) -> int:
    return (message.offset() or 0) + 1


def _offsets(positions: Positions) -> list[TopicPartition]:
    return [TopicPartition(topic, partition, offset) for (topic, partition), offset in positions.items()]

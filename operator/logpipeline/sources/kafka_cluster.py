"""One Kafka cluster as its admin protocol shows it: topics, groups, offsets.

Every call blocks, for no longer than what is left of its `Attempt`, and answers for each thing asked with a
value or with `Missing`. It is meant to be used from one thread.
"""

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from confluent_kafka import (
    ConsumerGroupTopicPartitions,
    IsolationLevel,
    KafkaError,
    KafkaException,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient

from logpipeline.core.model import Missing, PartitionId
from logpipeline.sources import kafka_errors
from logpipeline.sources.base import Clock, KafkaConnection
from logpipeline.sources.kafka_groups import GroupAnswer, group_answer
from logpipeline.sources.kafka_offsets import Offset
from logpipeline.sources.kafka_requests import Attempt, OffsetRequest
from logpipeline.sources.naming import name_of

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")


class Cluster:
    """The admin client of one cluster.

    A client that was not answered is replaced before the next pass: after a broker has died, one was seen to
    wait for its old group coordinator for ever, though the broker was back and answered everything else.
    """

    def __init__(self, connection: KafkaConnection, *, seconds: float, clock: Clock) -> None:
        self._connection = connection
        self._where = name_of(connection)
        self._seconds = seconds
        self._clock = clock
        self._complaints = _Complaints()
        self._admin = self._new_admin()
        self._unanswered = False

    def attempt(self) -> Attempt:
        """Begin a pass."""
        if self._unanswered:
            self._admin, self._unanswered = self._new_admin(), False
        self._complaints.latest = None
        self._admin.poll(0)
        return Attempt(self._clock(), self._seconds)

    def topics(self, names: Collection[str], attempt: Attempt) -> Mapping[str, int | Missing]:
        """The number of partitions of each topic. Never creates one, whatever the brokers allow."""
        if not names:
            return {}
        futures = self._admin.describe_topics(TopicCollection(list(names)), request_timeout=attempt.left)
        settled = self._settle(futures, attempt, lambda name: f"topic '{name}'")
        return {
            name: answer if isinstance(answer, Missing) else len(answer.partitions)
            for name, answer in settled.items()
        }

    def groups(self, names: Collection[str], attempt: Attempt) -> Mapping[str, GroupAnswer | Missing]:
        """Members and committed offsets of each group. A group that never was has none of either."""
        if not names:
            return {}
        described = self._admin.describe_consumer_groups(list(names), request_timeout=attempt.left)
        groups = self._settle(described, attempt, lambda name: f"members of group '{name}'")
        # Asking a broker for offsets that is not the coordinator any more crashes this process, in
        # rd_kafka_handle_OffsetFetch (librdkafka issue 5040): so only one that has just answered is asked.
        committed: dict[str, Future[Any]] = {}
        for name in (name for name, description in groups.items() if not isinstance(description, Missing)):
            request = [ConsumerGroupTopicPartitions(name)]  # the protocol takes one group in a call
            committed |= self._admin.list_consumer_group_offsets(request, request_timeout=attempt.left)
        offsets = self._settle(committed, attempt, lambda name: f"offsets of group '{name}'")
        return groups | {
            name: answer
            if isinstance(answer, Missing)
            else group_answer(self._committed(answer, attempt), groups[name])
            for name, answer in offsets.items()
        }

    def offsets(self, request: OffsetRequest, attempt: Attempt) -> Mapping[PartitionId, Offset]:
        """The offset of each partition, including records of open transactions."""
        futures: dict[TopicPartition, Future[Any]] = {}
        for batch in request.batches:
            futures |= self._admin.list_offsets(
                batch, isolation_level=IsolationLevel.READ_UNCOMMITTED, request_timeout=attempt.left
            )
        settled = self._settle(futures, attempt, lambda key: f"partition {key.topic}/{key.partition}")
        answers = zip(request.partitions, settled.values(), strict=True)
        return {partition: self._checked(partition, answer, attempt) for partition, answer in answers}

    def _checked(self, partition: PartitionId, answer: Any, attempt: Attempt) -> Offset:  # noqa: ANN401
        if isinstance(answer, Missing):
            return answer
        offset: int = answer.offset
        # With a broker down the call can succeed and give -1001.
        return offset if offset >= 0 else kafka_errors.no_leader(attempt.at, self._where, partition)

    def _committed(
        self, answer: ConsumerGroupTopicPartitions, attempt: Attempt
    ) -> Mapping[PartitionId, Offset]:
        committed: dict[PartitionId, Offset] = {}
        for entry in answer.topic_partitions or ():
            partition = PartitionId(entry.topic, entry.partition)
            if entry.error is not None:
                subject = f"commit of {entry.topic}/{entry.partition} in group '{answer.group_id}'"
                committed[partition] = self._explain(entry.error, attempt, subject)
            elif entry.offset >= 0:  # otherwise nothing is committed
                committed[partition] = entry.offset
        return committed

    def _settle(
        self, futures: Mapping[T, "Future[Any]"], attempt: Attempt, subject: Callable[[T], str]
    ) -> dict[T, Any]:
        """Wait for all; then, knowing whether anybody answered, say what is wrong with each failure."""
        outcomes = {key: _outcome(future, attempt.patience) for key, future in futures.items()}
        self._admin.poll(0)
        attempt.answered |= any(not kafka_errors.is_local(outcome) for outcome in outcomes.values())
        self._unanswered |= any(kafka_errors.is_silence(outcome) for outcome in outcomes.values())
        return {
            key: self._explain(outcome, attempt, subject(key)) if isinstance(outcome, KafkaError) else outcome
            for key, outcome in outcomes.items()
        }

    def _explain(self, error: KafkaError, attempt: Attempt, subject: str) -> Missing:
        trouble = kafka_errors.Trouble(
            self._where,
            subject,
            error,
            self._complaints.latest,
            answered=attempt.answered,
            seconds=self._seconds,
        )
        return kafka_errors.explain(attempt.at, trouble)

    def _new_admin(self) -> AdminClient:
        milliseconds = round(1_000 * max(1.0, self._seconds))
        config: dict[str, Any] = {
            "bootstrap.servers": self._connection.bootstrap_servers,
            "client.id": "logpipeline",
            # Not a method of ours: the client would be in a reference cycle, and the collector of garbage
            # would destroy it, which blocks, in whatever thread it runs.
            "error_cb": self._complaints.hear,
            "log_level": 0,  # its lines say what `Missing` says, many times a second
            "reconnect.backoff.ms": 100,
            "reconnect.backoff.max.ms": 1_000,
            "socket.timeout.ms": milliseconds,
            "socket.connection.setup.timeout.ms": milliseconds,
        }
        return AdminClient(config)


class _Complaints:
    """What the client last said of its connections; that all are down says less than why one is."""

    def __init__(self) -> None:
        self.latest: KafkaError | None = None

    def hear(self, error: KafkaError) -> None:
        if error.code() != KafkaError._ALL_BROKERS_DOWN:  # noqa: SLF001 - its name
            self.latest = error


def _outcome(future: "Future[Any]", seconds: float) -> Any:  # noqa: ANN401 - whatever was asked for
    """The value, or the error in its place."""
    try:
        return future.result(timeout=seconds)
    except KafkaException as failure:
        return failure.args[0]
    except TimeoutError:
        return KafkaError(KafkaError._TIMED_OUT)  # noqa: SLF001 - its name

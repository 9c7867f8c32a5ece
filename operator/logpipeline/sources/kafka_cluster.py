"""One Kafka cluster as its admin protocol shows it: topics, groups, offsets.

Every call blocks, for no longer than what is left of its `Attempt`, and answers for each thing asked with a
value or with `Missing`. It is meant to be used from one thread.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

from confluent_kafka import (
    ConsumerGroupState,
    ConsumerGroupTopicPartitions,
    ConsumerGroupType,
    IsolationLevel,
    KafkaError,
    KafkaException,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._group import ConsumerGroupDescription
from confluent_kafka.admin._listoffsets import OffsetSpec

from logpipeline.core.model import Group, GroupState, Missing, PartitionId
from logpipeline.sources import kafka_errors
from logpipeline.sources.base import Clock, KafkaConnection
from logpipeline.sources.naming import name_of

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")
Offset = int | Missing
Batch = dict[TopicPartition, OffsetSpec]

OFFSETS_PER_REQUEST = 500
GRACE_SECONDS = 0.2
"""The client library gives up by itself at the deadline; this is how much later it may tell."""
NEVER_COMMITTED = -1001
STATES: Mapping[object, GroupState] = {
    ConsumerGroupState.STABLE: GroupState.STABLE,
    ConsumerGroupState.PREPARING_REBALANCING: GroupState.REBALANCING,
    ConsumerGroupState.COMPLETING_REBALANCING: GroupState.REBALANCING,
    ConsumerGroupState.EMPTY: GroupState.EMPTY,
    ConsumerGroupState.DEAD: GroupState.DEAD,
}


@dataclass(slots=True)
class Attempt:
    """One pass over the cluster: how long it may still take, and whether anybody answered."""

    at: float
    """When it began, Unix seconds."""
    seconds: float
    """How long it may take in all."""
    answered: bool = False
    _began: float = field(default_factory=monotonic)

    @property
    def left(self) -> float:
        """Seconds that are left; never so few that the library would take them for "no limit"."""
        return max(0.001, self._began + self.seconds - monotonic())


@dataclass(frozen=True, slots=True)
class OffsetRequest:
    """A prepared question for one kind of offset of many partitions. Worth keeping: making it is slow."""

    partitions: tuple[PartitionId, ...]
    batches: Sequence[Batch]

    @classmethod
    def latest(cls, partitions: Iterable[PartitionId]) -> "OffsetRequest":
        """Ask for the log end offsets."""
        return cls._of(tuple(partitions), OffsetSpec.latest())  # type: ignore[no-untyped-call]

    @classmethod
    def earliest(cls, partitions: Iterable[PartitionId]) -> "OffsetRequest":
        """Ask for the log start offsets."""
        return cls._of(tuple(partitions), OffsetSpec.earliest())  # type: ignore[no-untyped-call]

    @classmethod
    def _of(cls, partitions: tuple[PartitionId, ...], spec: OffsetSpec) -> "OffsetRequest":
        keys = [TopicPartition(topic, partition) for topic, partition in partitions]
        starts = range(0, len(keys), OFFSETS_PER_REQUEST)
        return cls(partitions, [dict.fromkeys(keys[i : i + OFFSETS_PER_REQUEST], spec) for i in starts])


@dataclass(frozen=True, slots=True)
class GroupAnswer:
    """What the cluster knows of one consumer group."""

    committed: Mapping[PartitionId, Offset]
    """Committed offsets; a partition without a commit is not in it."""
    group: Group | Missing
    assigned: frozenset[str]
    """Topics that members are assigned partitions of."""


class Cluster:
    """The admin client of one cluster, and what it last complained of."""

    def __init__(self, connection: KafkaConnection, *, seconds: float, clock: Clock) -> None:
        self._where = name_of(connection)
        self._seconds = seconds
        self._clock = clock
        self._complaint: KafkaError | None = None
        config: dict[str, Any] = {
            "bootstrap.servers": connection.bootstrap_servers,
            "client.id": "logpipeline",
            "error_cb": self._complain,
            "log_level": 0,  # its lines say what `Missing` says, many times a second
            "reconnect.backoff.ms": 100,
            "reconnect.backoff.max.ms": 1_000,
            "socket.timeout.ms": round(1_000 * max(1.0, seconds)),
            "socket.connection.setup.timeout.ms": round(1_000 * max(1.0, seconds)),
        }
        self._admin = AdminClient(config)

    def attempt(self) -> Attempt:
        """Begin a pass."""
        self._complaint = None
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
        """Committed offsets and members of each group, all asked at once. An unknown group has none."""
        if not names:
            return {}
        committed: dict[str, Future[Any]] = {}
        for name in names:
            request = [ConsumerGroupTopicPartitions(name)]  # the protocol takes one group in a call
            committed |= self._admin.list_consumer_group_offsets(request, request_timeout=attempt.left)
        described = self._admin.describe_consumer_groups(list(names), request_timeout=attempt.left)
        offsets = self._settle(committed, attempt, lambda name: f"offsets of group '{name}'")
        descriptions = self._settle(described, attempt, lambda name: f"members of group '{name}'")
        return {name: self._group_answer(offsets[name], descriptions[name], attempt) for name in names}

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

    def _group_answer(
        self,
        offsets: ConsumerGroupTopicPartitions | Missing,
        description: ConsumerGroupDescription | Missing,
        attempt: Attempt,
    ) -> GroupAnswer | Missing:
        if isinstance(offsets, Missing):
            return offsets
        committed = self._committed(offsets, attempt)
        if isinstance(description, Missing):
            return GroupAnswer(committed, description, frozenset())
        return GroupAnswer(committed, _group(description), _assigned(description))

    def _committed(
        self, answer: ConsumerGroupTopicPartitions, attempt: Attempt
    ) -> Mapping[PartitionId, Offset]:
        committed: dict[PartitionId, Offset] = {}
        for entry in answer.topic_partitions or ():
            partition = PartitionId(entry.topic, entry.partition)
            if entry.error is not None:
                subject = f"commit of {entry.topic}/{entry.partition} in group '{answer.group_id}'"
                committed[partition] = self._explain(entry.error, attempt, subject)
            elif entry.offset != NEVER_COMMITTED:
                committed[partition] = entry.offset
        return committed

    def _settle(
        self, futures: Mapping[T, "Future[Any]"], attempt: Attempt, subject: Callable[[T], str]
    ) -> dict[T, Any]:
        """Wait for all; then, knowing whether anybody answered, say what is wrong with each failure."""
        outcomes = {key: _outcome(future, attempt.left + GRACE_SECONDS) for key, future in futures.items()}
        self._admin.poll(0)
        attempt.answered |= any(not _is_local(outcome) for outcome in outcomes.values())
        return {
            key: self._explain(outcome, attempt, subject(key)) if isinstance(outcome, KafkaError) else outcome
            for key, outcome in outcomes.items()
        }

    def _explain(self, error: KafkaError, attempt: Attempt, subject: str) -> Missing:
        trouble = kafka_errors.Trouble(
            self._where, subject, error, self._complaint, answered=attempt.answered, seconds=self._seconds
        )
        return kafka_errors.explain(attempt.at, trouble)

    def _complain(self, error: KafkaError) -> None:
        """Keep the latest complaint that says more than "all brokers are down"."""
        if self._complaint is None or error.code() != KafkaError._ALL_BROKERS_DOWN:  # noqa: SLF001 - its name
            self._complaint = error


def _outcome(future: "Future[Any]", seconds: float) -> Any:  # noqa: ANN401 - whatever was asked for
    """The value, or the error in its place."""
    try:
        return future.result(timeout=seconds)
    except KafkaException as failure:
        return failure.args[0]
    except TimeoutError:
        return KafkaError(KafkaError._TIMED_OUT)  # noqa: SLF001 - its name


def _is_local(outcome: object) -> bool:
    """An error that the client library made up for want of an answer."""
    return isinstance(outcome, KafkaError) and outcome.code() < 0


def _group(description: ConsumerGroupDescription) -> Group:
    state = STATES.get(description.state, GroupState.UNKNOWN)
    if state is GroupState.UNKNOWN and description.type is ConsumerGroupType.CONSUMER:
        state = (
            GroupState.REBALANCING
        )  # a KIP-848 group that reconciles has a state older clients do not know
    return Group(state, description.partition_assignor or None, len(description.members))


def _assigned(description: ConsumerGroupDescription) -> frozenset[str]:
    return frozenset(
        entry.topic
        for member in description.members
        if member.assignment is not None
        for entry in member.assignment.topic_partitions
    )

"""One Kafka cluster as its admin protocol shows it: topics, groups, offsets.

Every call blocks, for no longer than what is left of its `Attempt`, and answers for each thing asked with a
value or with `Missing`. It is meant to be used from one thread.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from confluent_kafka import (
    ConsumerGroupState,
    ConsumerGroupTopicPartitions,
    ConsumerGroupType,
    KafkaError,
    KafkaException,
    TopicCollection,
)
from confluent_kafka.admin._group import ConsumerGroupDescription

from logpipeline.api.conditions import Reason
from logpipeline.core.readings import Missing, PartitionId
from logpipeline.sources.base import Clock, KafkaConnection
from logpipeline.sources.credentials import Credentials
from logpipeline.sources.kafka import errors
from logpipeline.sources.kafka.admin import Complaints, OffsetsAdmin, new_admin
from logpipeline.sources.kafka.groups import GroupAnswer, group_answer
from logpipeline.sources.kafka.offsets import Offset
from logpipeline.sources.kafka.requests import Attempt, Batch, Found, OffsetRequest
from logpipeline.sources.kafka.turns import Asking, Turns
from logpipeline.sources.kafka.wire import REFUSED_SECONDS
from logpipeline.sources.naming import name_of

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")

LIST_SHARE, MEMBERS_SHARE, COMMITS_SHARE, TOPICS_SHARE, STARTS_SHARE, ENDS_SHARE = (
    0.1,
    0.4,
    0.55,
    0.65,
    0.75,
    1.0,
)
"""By when each step of a pass must be over, as a share of the time it may take."""
ABANDONED_SECONDS = 600.0
"""Given to the client library for what it asks of a group's coordinator, instead of the time we wait for it.

Where its own limit passes while the coordinator is silent, what comes later crashes this process, in
rd_kafka_enq_once_del_source_return (librdkafka issue 4605). So it never passes: we stop waiting, and the
whole client goes before the next pass, which is safe.
"""
SILENT_PASSES = 3
"""A client of whose questions some were not answered in so many passes in a row is replaced."""
LATER = "there are more groups than are answered in one pass; this one has its turn in the next"
NOTHING_NEWER = -1
"""In place of an offset: nothing was written since the moment that was asked for."""

Listed = tuple[ConsumerGroupState, ConsumerGroupType]
_Asked = list[tuple[Batch, "Future[Any]"]]
"""Batches of one request, each with the future of its answers."""


class Step(NamedTuple):
    """One step of a pass, by the groups' coordinators."""

    what: str
    share: float


class Cluster:
    """The admin client of one cluster.

    A client that nobody answered is replaced before the next pass, and so is one that was not answered some
    of its questions in several passes: after a broker has died, one was seen to wait for its old coordinator
    for ever, though the broker was back and answered everything else. Not at once: brokers that are only slow
    would be asked everything anew, by a client that has yet to connect.
    """

    def __init__(
        self,
        connection: KafkaConnection,
        credentials: Credentials,
        *,
        seconds: float,
        clock: Clock,
        refused_seconds: float = REFUSED_SECONDS,
    ) -> None:
        self._connection = connection
        self._credentials = credentials
        self._where = name_of(connection)
        self._seconds = seconds
        self._clock = clock
        self._refused_seconds = refused_seconds
        self._complaints = Complaints()
        self._admin = self._new_admin()
        self._unanswered = self._silent = self._slow = False
        self._silences = 0
        self._to_describe, self._to_fetch = Turns(), Turns()
        self._last: Attempt | None = None
        self._rests_until = 0.0

    def attempt(self, seconds: float) -> Attempt | Missing:
        """Begin a pass of no more than so many seconds; or why that would be in vain."""
        complaint = self._complaints.latest
        if complaint is not None and self._is_locked_out(complaint):
            return errors.refused_login(self._clock(), self._where, complaint)
        self._silences = self._silences + 1 if self._unanswered and not self._slow else 0
        if self._silent or self._silences >= SILENT_PASSES:
            self._admin, self._silences = self._new_admin(), 0
        self._unanswered = self._silent = self._slow = False
        self._complaints.latest = None
        self._admin.poll(0)
        self._last = Attempt(self._clock(), seconds)
        return self._last

    def _is_locked_out(self, complaint: KafkaError) -> bool:
        """Whether the last pass met nothing but a refusal of our login, and that is not long ago."""
        if self._last is not None and not self._last.answered and errors.is_refused_login(complaint):
            self._last, self._rests_until = None, monotonic() + self._refused_seconds
            self._unanswered = self._silent = True
            del self._admin  # it would go on trying; there is another one before anything is asked again
        return monotonic() < self._rests_until

    def topics(self, names: Collection[str], attempt: Attempt) -> Mapping[str, int | Missing]:
        """The number of partitions of each topic. Never creates one, whatever the brokers allow."""
        if not names:
            return {}
        limit = attempt.left(TOPICS_SHARE)
        futures = self._admin.describe_topics(TopicCollection(list(names)), request_timeout=limit)
        settled = self._settle(futures, attempt, TOPICS_SHARE, lambda name: f"topic '{name}'")
        return {
            name: answer if isinstance(answer, Missing) else len(answer.partitions)
            for name, answer in settled.items()
        }

    def listed(self, attempt: Attempt) -> Mapping[str, Listed]:
        """State and type of each group, as its coordinator lists them; of none where one keeps silent."""
        future = self._admin.list_consumer_groups(request_timeout=attempt.left(LIST_SHARE))
        answer = _outcome(future, attempt.patience(LIST_SHARE))
        if isinstance(answer, KafkaError):
            return {}
        return {listing.group_id: (listing.state, listing.type) for listing in answer.valid}

    def describe(
        self, names: Collection[str], attempt: Attempt
    ) -> Mapping[str, ConsumerGroupDescription | Missing]:
        """State and members of each group. A group that never was has no members."""

        def ask(name: str) -> Asking:  # answers to one call come together: the slowest would hold up all
            return self._admin.describe_consumer_groups([name], request_timeout=ABANDONED_SECONDS)

        return self._in_turn(self._to_describe, names, ask, attempt, Step("members", MEMBERS_SHARE))

    def groups(
        self, groups: Mapping[str, ConsumerGroupDescription | Missing], attempt: Attempt
    ) -> Mapping[str, GroupAnswer | Missing]:
        """Committed offsets of each group, and its members, which must have been asked for in this pass."""

        # Asking a broker for offsets that is not the coordinator any more crashes this process, in
        # rd_kafka_handle_OffsetFetch (librdkafka issue 5040): so only one that has just answered is asked.
        def ask(name: str) -> Asking:  # the protocol takes one group in a call
            request = [ConsumerGroupTopicPartitions(name)]
            return self._admin.list_consumer_group_offsets(request, request_timeout=ABANDONED_SECONDS)

        names = [name for name, description in groups.items() if not isinstance(description, Missing)]
        offsets = self._in_turn(self._to_fetch, names, ask, attempt, Step("offsets", COMMITS_SHARE))
        unknown = {name: one for name, one in groups.items() if isinstance(one, Missing)}
        return unknown | {
            name: answer
            if isinstance(answer, Missing)
            else group_answer(self._committed(answer, attempt), description)
            for name, answer in offsets.items()
            if not isinstance(description := groups[name], Missing)
        }

    def starts(self, partitions: Iterable[PartitionId], attempt: Attempt) -> Mapping[PartitionId, Offset]:
        """The log start offset of each partition."""
        return self._offsets(OffsetRequest.earliest(partitions), attempt, STARTS_SHARE)

    def ends(self, request: OffsetRequest, attempt: Attempt) -> Mapping[PartitionId, Offset]:
        """The log end offset of each partition, including records of open transactions."""
        return self._offsets(request, attempt, ENDS_SHARE)

    def look_up(
        self, requests: Sequence[OffsetRequest], attempt: Attempt
    ) -> list[Mapping[PartitionId, Found]]:
        """What each of the requests finds, all asked at once; without what could not be had.

        Nothing is asked after a silence in the same pass: it would only make the pass later.
        """
        if self._unanswered:
            return [{} for _ in requests]
        asked = [self._ask(request, attempt, ENDS_SHARE) for request in requests]
        return [
            {
                partition: Found(answer.offset, answer.timestamp / 1_000)
                for partition, answer in self._answers(futures, attempt, ENDS_SHARE).items()
                if not isinstance(answer, Missing) and answer.offset >= NOTHING_NEWER
            }
            for futures in asked
        ]

    def _offsets(
        self, request: OffsetRequest, attempt: Attempt, share: float
    ) -> Mapping[PartitionId, Offset]:
        answers = self._answers(self._ask(request, attempt, share), attempt, share)
        return {p: self._checked(p, answers.get(p), attempt) for p in request.partitions}

    def _ask(self, request: OffsetRequest, attempt: Attempt, share: float) -> _Asked:
        limit = attempt.left(share)
        return [(batch, self._admin.offsets_of(batch.keys, limit)) for batch in request.batches]

    def _answers(self, asked: _Asked, attempt: Attempt, share: float) -> dict[PartitionId, Any]:
        """The answer for each partition that was asked for; Missing where there is none."""
        outcomes: dict[PartitionId, Any] = {}
        for batch, future in asked:
            answer = _outcome(future, attempt.patience(share))
            found = dict.fromkeys(batch.keys, answer) if isinstance(answer, KafkaError) else answer
            outcomes |= {p: found[key] for p, key in zip(*batch, strict=True) if key in found}
        return self._explained(outcomes, attempt, lambda key: f"partition {key.topic}/{key.partition}")

    def _checked(self, partition: PartitionId, answer: Any, attempt: Attempt) -> Offset:  # noqa: ANN401
        if isinstance(answer, Missing):
            return answer
        # With a broker down the call can succeed and give -1001.
        offset: int = -1 if answer is None else answer.offset
        return offset if offset >= 0 else errors.no_leader(attempt.at, self._where, partition)

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

    def _in_turn(
        self, turns: Turns, names: Collection[str], ask: Callable[[str], Asking], attempt: Attempt, step: Step
    ) -> dict[str, Any]:
        """What is asked of the coordinator of each group, for as many as are answered in time."""
        limit, futures = attempt.left(step.share), turns.ask(names, ask)
        settled = self._settle(futures, attempt, step.share, lambda name: f"{step.what} of group '{name}'")
        later = Missing(attempt.at, Reason.NOT_YET_MEASURED, f"{step.what} of {self._where}: {LATER}")
        if turns.settle(limit):
            self._slow = True  # answers were still coming: those that are owed come too late, and that is all
            settled = {name: later if _is_late(answer) else answer for name, answer in settled.items()}
        return {**dict.fromkeys(names, later), **settled}

    def _settle(
        self, futures: Mapping[T, "Future[Any]"], attempt: Attempt, share: float, subject: Callable[[T], str]
    ) -> dict[T, Any]:
        """Wait for all, and say what is wrong with each failure."""
        outcomes = {key: _outcome(future, attempt.patience(share)) for key, future in futures.items()}
        return self._explained(outcomes, attempt, subject)

    def _explained(
        self, outcomes: Mapping[T, Any], attempt: Attempt, subject: Callable[[T], str]
    ) -> dict[T, Any]:
        """The outcomes with each error as `Missing`, now that it is known whether anybody answered."""
        self._admin.poll(0)
        answered = any(not errors.is_local(outcome) for outcome in outcomes.values())
        unanswered = any(errors.is_silence(outcome) for outcome in outcomes.values())
        attempt.answered |= answered
        self._unanswered |= unanswered
        self._silent |= unanswered and not answered
        return {
            key: self._explain(outcome, attempt, subject(key)) if isinstance(outcome, KafkaError) else outcome
            for key, outcome in outcomes.items()
        }

    def _explain(self, error: KafkaError, attempt: Attempt, subject: str) -> Missing:
        trouble = errors.Trouble(
            self._where,
            subject,
            error,
            self._complaints.latest,
            answered=attempt.answered,
            seconds=round(attempt.seconds, 1),
        )
        return errors.explain(attempt.at, trouble)

    def _new_admin(self) -> OffsetsAdmin:
        return new_admin(self._connection, self._credentials, self._seconds, self._complaints)


def _is_late(answer: object) -> bool:
    """Nobody said anything, in time."""
    return isinstance(answer, Missing) and answer.reason is Reason.SOURCE_TOO_SLOW


def _outcome(future: "Future[Any]", seconds: float) -> Any:  # noqa: ANN401 - whatever was asked for
    """The value, or the error in its place."""
    try:
        return future.result(timeout=seconds)
    except KafkaException as failure:
        return failure.args[0]
    except TimeoutError:
        return KafkaError(KafkaError._TIMED_OUT)  # noqa: SLF001 - its name

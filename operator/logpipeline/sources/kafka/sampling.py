"""The order of one pass over a Kafka cluster, and what is kept from one pass to the next."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import chain

from logpipeline.api.conditions import Reason
from logpipeline.api.sources import OffsetReset
from logpipeline.core.readings import Missing, PartitionId, Reading, Sample
from logpipeline.sources.base import Clock, KafkaQuery
from logpipeline.sources.kafka.ages import Ages
from logpipeline.sources.kafka.cluster import Cluster
from logpipeline.sources.kafka.doubts import Commits, Ends, fallen_doubts, lost_doubts
from logpipeline.sources.kafka.groups import GroupAnswer
from logpipeline.sources.kafka.members import Members
from logpipeline.sources.kafka.offsets import Layout, Offset, Offsets, Partitions, reading_of
from logpipeline.sources.kafka.recall import Recall
from logpipeline.sources.kafka.requests import Attempt, OffsetRequest
from logpipeline.sources.kafka.topics import LogStarts, Topics
from logpipeline.sources.naming import name_of

HEAD_ROOM = 0.1
"""A group that has less than this share of the log before it may be overtaken by retention."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What one query is about."""

    layout: Layout
    answer: GroupAnswer


class ClusterPass:
    """Groups, topics, log starts, and log ends last; then what can be recalled, in the time that is left."""

    def __init__(self, cluster: Cluster, clock: Clock) -> None:
        self._cluster = cluster
        self._clock = clock
        self._topics = Topics(cluster)
        self._members = Members(cluster)
        self._starts = LogStarts(cluster)
        self._request = OffsetRequest.latest(())
        self._ends = Ends()
        self._commits: dict[KafkaQuery, Commits] = {}
        self._recall = Recall(cluster)
        self._ages = Ages(cluster)
        self._tuples: dict[KafkaQuery, Partitions] = {}

    def run(self, queries: Collection[KafkaQuery], seconds: float) -> Mapping[KafkaQuery, Reading]:
        """A reading for every query, within so many seconds."""
        attempt = self._cluster.attempt(seconds)
        if isinstance(attempt, Missing):
            return dict.fromkeys(queries, attempt)
        names = {query.group for query in queries}
        searching = {query.group for query in queries if not query.topics}
        groups = self._cluster.groups(self._members.of(names, attempt, searching), attempt)
        scopes = self._scopes(queries, groups, attempt)
        known = {query: scope for query, scope in scopes.items() if not isinstance(scope, Missing)}
        partitions = _partitions_of(scope.layout for scope in known.values())
        starts = self._starts.offsets(partitions, self._at_risk(known), attempt)
        ends = self._end_offsets(partitions, attempt)
        at = self._clock()
        readings: dict[KafkaQuery, Reading] = {
            query: scope
            if isinstance(scope, Missing)
            else reading_of(
                scope.layout,
                Offsets(at, scope.answer.committed, starts, ends),
                query.offset_reset,
                scope.answer.group,
            )
            for query, scope in scopes.items()
        }
        samples = {query: reading for query, reading in readings.items() if isinstance(reading, Sample)}
        return {**readings, **self._completed(samples, known, starts, ends, attempt)}

    def _scopes(
        self,
        queries: Collection[KafkaQuery],
        groups: Mapping[str, GroupAnswer | Missing],
        attempt: Attempt,
    ) -> Mapping[KafkaQuery, Scope | Missing]:
        """The partitions that each query is about."""
        names = {query: query.topics or _topics_of(groups[query.group]) for query in queries}
        known = self._topics.partitions(sorted(set(chain.from_iterable(names.values()))), attempt)
        scopes: dict[KafkaQuery, Scope | Missing] = {}
        for query in queries:
            answer, layout = groups[query.group], {name: known[name] for name in names[query]}
            if isinstance(answer, Missing):
                scopes[query] = answer
            elif query.topics:
                scopes[query] = Scope(layout, answer)
            else:
                scopes[query] = _found(query, layout, answer, attempt.at)
        return scopes

    def _at_risk(self, scopes: Mapping[KafkaQuery, Scope]) -> frozenset[PartitionId]:
        """Partitions whose log start must be fresh: a group begins there, or retention is close behind it."""
        return frozenset(
            partition
            for query, scope in scopes.items()
            for partition in _partitions_of((scope.layout,))
            if self._needs_start(scope.answer.committed.get(partition), partition, query.offset_reset)
        )

    def _needs_start(self, committed: Offset | None, partition: PartitionId, reset: OffsetReset) -> bool:
        if committed is None:
            return reset is OffsetReset.EARLIEST
        start, end = self._starts.known(partition), self._ends.known(partition)
        if start is None or end is None or isinstance(committed, Missing):
            return False
        return committed < end and committed - start < HEAD_ROOM * (end - start)

    def _end_offsets(self, partitions: Partitions, attempt: Attempt) -> Mapping[PartitionId, Offset]:
        if self._request.partitions != partitions:
            self._request = OffsetRequest.latest(partitions)
        ends = self._cluster.ends(self._request, attempt)
        self._topics.suspect({partition.topic for partition, end in ends.items() if isinstance(end, Missing)})
        return ends

    def _completed(
        self,
        samples: Mapping[KafkaQuery, Sample],
        scopes: Mapping[KafkaQuery, Scope],
        starts: Mapping[PartitionId, Offset],
        ends: Mapping[PartitionId, Offset],
        attempt: Attempt,
    ) -> Mapping[KafkaQuery, Sample]:
        """The samples with what is to be doubted of them, and with what the brokers remember."""
        fallen = self._ends.fallen(ends)
        self._starts.forget(fallen)
        self._topics.suspect({partition.topic for partition in fallen})
        self._commits = {query: self._commits.get(query, Commits()) for query in scopes}
        recalled = self._recall.of(scopes, samples, starts, attempt)
        oldest = self._ages.of(samples, recalled, attempt)
        completed = {
            query: replace(
                sample,
                partitions=self._shared_tuple(query, sample.partitions),
                oldest_at=oldest.get(query),
                past=recalled[query].past,
                doubts=(
                    *lost_doubts(query.group, sample),
                    *self._commits[query].doubts(query.group, scopes[query].answer.committed, ends),
                    *fallen_doubts(sample, fallen),
                ),
            )
            for query, sample in samples.items()
        }
        self._tuples = {query: sample.partitions for query, sample in completed.items()}
        return completed

    def _shared_tuple(self, query: KafkaQuery, partitions: Partitions) -> Partitions:
        """The very tuple that the last sample had, if it is equal.

        Windows hold hundreds of samples: so they hold one tuple, and comparing two is comparing identities.
        """
        last = self._tuples.get(query)
        return last if last is not None and last == partitions else partitions


def _topics_of(answer: GroupAnswer | Missing) -> tuple[str, ...]:
    """Topics that the group's members are assigned, or that it has committed offsets in."""
    if isinstance(answer, Missing):
        return ()
    return tuple(sorted(answer.assigned | {partition.topic for partition in answer.committed}))


def _found(query: KafkaQuery, layout: Layout, answer: GroupAnswer, at: float) -> Scope | Missing:
    """The topics that a group was found to read, without those that were deleted since."""
    present = {name: found for name, found in layout.items() if not _is_gone(found)}
    if present:
        return Scope(present, answer)
    message = (
        f"group '{query.group}' on {name_of(query.connection)} has neither members nor committed offsets, "
        "and the spec names no topics: name them, or start a consumer"
    )
    return Missing(at, Reason.GROUP_MISSING, message)


def _partitions_of(layouts: Iterable[Layout]) -> Partitions:
    """All partitions of all layouts, each once."""
    topics = {
        name: found for layout in layouts for name, found in layout.items() if not isinstance(found, Missing)
    }
    return tuple(chain.from_iterable(topics.values()))


def _is_gone(partitions: Partitions | Missing) -> bool:
    return isinstance(partitions, Missing) and partitions.reason is Reason.TOPIC_MISSING

"""What waits in Kafka: one pass over a cluster for all the queries that concern it."""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain

from confluent_kafka import KafkaException

from logpipeline.api.conditions import Reason
from logpipeline.api.pipeline import OffsetReset
from logpipeline.core.model import Missing, PartitionId, Reading, Sample
from logpipeline.sources.base import Clock, KafkaConnection, KafkaQuery
from logpipeline.sources.kafka_cluster import Cluster
from logpipeline.sources.kafka_groups import GroupAnswer
from logpipeline.sources.kafka_offsets import Layout, Offset, Offsets, Partitions, reading_of
from logpipeline.sources.kafka_requests import Attempt, OffsetRequest
from logpipeline.sources.kafka_topics import LogStarts, Topics
from logpipeline.sources.naming import name_of


class KafkaReader:
    """A `SourceReader` for one cluster.

    The client library blocks: its calls are made in one thread of our own, each within what is left of the
    pass's deadline, and never on the event loop. Offsets of groups are read before log end offsets; the
    other way round, what was produced and consumed in between would make lag negative.
    """

    def __init__(self, connection: KafkaConnection, *, deadline_seconds: float, clock: Clock) -> None:
        self._connection = connection
        self._seconds = deadline_seconds
        self._clock = clock
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="kafka")
        self._pass: _ClusterPass | None = None

    async def sample(self, queries: Collection[KafkaQuery]) -> Mapping[KafkaQuery, Reading]:
        """Measure all queries in one pass."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._sample, tuple(queries))

    async def close(self) -> None:
        """Let go of the cluster; a pass that is still under way ends by its deadline, unheard."""
        self._thread.submit(self._forget)
        self._thread.shutdown(wait=False)

    def _sample(self, queries: tuple[KafkaQuery, ...]) -> Mapping[KafkaQuery, Reading]:
        try:
            if self._pass is None:
                cluster = Cluster(self._connection, seconds=self._seconds, clock=self._clock)
                self._pass = _ClusterPass(cluster, self._clock)
            return self._pass.run(queries)
        except KafkaException as failure:
            message = (
                f"cannot use {name_of(self._connection)} as bootstrap servers: {failure.args[0].str()}; "
                "give host:port, separated by commas"
            )
            return dict.fromkeys(queries, Missing(self._clock(), Reason.SOURCE_REFUSED, message))

    def _forget(self) -> None:
        self._pass = None


@dataclass(frozen=True, slots=True)
class _Scope:
    """What one query is about."""

    layout: Layout
    answer: GroupAnswer


class _ClusterPass:
    """The order of a pass, and what is kept from one to the next."""

    def __init__(self, cluster: Cluster, clock: Clock) -> None:
        self._cluster = cluster
        self._clock = clock
        self._topics = Topics(cluster)
        self._starts = LogStarts(cluster)
        self._ends = OffsetRequest.latest(())
        self._tuples: dict[KafkaQuery, Partitions] = {}

    def run(self, queries: Collection[KafkaQuery]) -> Mapping[KafkaQuery, Reading]:
        """Groups, topics, log starts, and log ends last."""
        attempt = self._cluster.attempt()
        groups = self._cluster.groups({query.group for query in queries}, attempt)
        scopes = self._scopes(queries, groups, attempt)
        partitions = _partitions_of(
            scope.layout for scope in scopes.values() if not isinstance(scope, Missing)
        )
        starts = self._starts.offsets(partitions, _uncommitted(scopes), attempt)
        ends = self._end_offsets(partitions, attempt)
        at = self._clock()
        readings: dict[KafkaQuery, Reading] = {}
        for query, scope in scopes.items():
            if isinstance(scope, Missing):
                readings[query] = scope
                continue
            offsets = Offsets(at, scope.answer.committed, starts, ends)
            readings[query] = reading_of(scope.layout, offsets, query.offset_reset, scope.answer.group)
        return self._sharing_tuples(readings)

    def _scopes(
        self,
        queries: Collection[KafkaQuery],
        groups: Mapping[str, GroupAnswer | Missing],
        attempt: Attempt,
    ) -> Mapping[KafkaQuery, _Scope | Missing]:
        """The partitions that each query is about."""
        names = {query: query.topics or _topics_of(groups[query.group]) for query in queries}
        known = self._topics.partitions(sorted(set(chain.from_iterable(names.values()))), attempt)
        scopes: dict[KafkaQuery, _Scope | Missing] = {}
        for query in queries:
            answer, layout = groups[query.group], {name: known[name] for name in names[query]}
            if isinstance(answer, Missing):
                scopes[query] = answer
            elif query.topics:
                scopes[query] = _Scope(layout, answer)
            else:
                scopes[query] = _found(query, layout, answer, attempt.at)
        return scopes

    def _end_offsets(self, partitions: Partitions, attempt: Attempt) -> Mapping[PartitionId, Offset]:
        if self._ends.partitions != partitions:
            self._ends = OffsetRequest.latest(partitions)
        ends = self._cluster.offsets(self._ends, attempt)
        self._topics.forget({partition.topic for partition, end in ends.items() if isinstance(end, Missing)})
        return ends

    def _sharing_tuples(self, readings: Mapping[KafkaQuery, Reading]) -> Mapping[KafkaQuery, Reading]:
        """Give each sample the very tuple of partitions that the last one had, if it is equal.

        Windows hold hundreds of samples: so they hold one tuple, and comparing two is comparing identities.
        """
        shared = {
            query: replace(reading, partitions=last)
            if isinstance(reading, Sample) and (last := self._tuples.get(query)) == reading.partitions
            else reading
            for query, reading in readings.items()
        }
        self._tuples = {
            query: reading.partitions for query, reading in shared.items() if isinstance(reading, Sample)
        }
        return shared


def _topics_of(answer: GroupAnswer | Missing) -> tuple[str, ...]:
    """Topics that the group's members are assigned, or that it has committed offsets in."""
    if isinstance(answer, Missing):
        return ()
    return tuple(sorted(answer.assigned | {partition.topic for partition in answer.committed}))


def _found(query: KafkaQuery, layout: Layout, answer: GroupAnswer, at: float) -> _Scope | Missing:
    """The topics that a group was found to read, without those that were deleted since."""
    present = {name: found for name, found in layout.items() if not _is_gone(found)}
    if present:
        return _Scope(present, answer)
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


def _uncommitted(scopes: Mapping[KafkaQuery, _Scope | Missing]) -> frozenset[PartitionId]:
    """Partitions in which a group would begin at the log start."""
    return frozenset(
        partition
        for query, scope in scopes.items()
        if query.offset_reset is OffsetReset.EARLIEST and not isinstance(scope, Missing)
        for partition in _partitions_of((scope.layout,))
        if partition not in scope.answer.committed
    )


def _is_gone(partitions: Partitions | Missing) -> bool:
    return isinstance(partitions, Missing) and partitions.reason is Reason.TOPIC_MISSING

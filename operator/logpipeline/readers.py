"""Which pipelines read what: equal queries are measured once, for all their readers."""

from collections.abc import Collection, Mapping

from logpipeline.api.pipeline import LogPipelineSpec
from logpipeline.sources.base import Query, query_of
from logpipeline.world.objects import PipelineKey, PipelineObject


class Readers:
    """The readers of every query. A change costs what it changes, however many pipelines there are."""

    def __init__(self) -> None:
        self._readers: dict[Query, set[PipelineKey]] = {}
        self._queries: dict[PipelineKey, frozenset[Query]] = {}

    def of(self, query: Query) -> Collection[PipelineKey]:
        """The pipelines that read it."""
        return self._readers.get(query, ())

    def queries(self) -> Mapping[Query, Collection[PipelineKey]]:
        """Every query that somebody reads, with its readers."""
        return self._readers

    def put(self, key: PipelineKey, pipeline: PipelineObject | None) -> bool:
        """Take in what the pipeline reads now, nothing where it is gone; whether that is something else."""
        before, now = self._queries.pop(key, frozenset()), queries_of(pipeline)
        if now:
            self._queries[key] = now
        for query in before - now:
            self._readers[query].discard(key)
            if not self._readers[query]:
                del self._readers[query]
        for query in now - before:
            self._readers.setdefault(query, set()).add(key)
        return now != before


def queries_of(pipeline: PipelineObject | None) -> frozenset[Query]:
    """What a pipeline reads; nothing where its spec does not parse."""
    if pipeline is None or not isinstance(pipeline.spec, LogPipelineSpec):
        return frozenset()
    return frozenset(query_of(stage.source, pipeline.key.namespace) for stage in pipeline.spec.stages)

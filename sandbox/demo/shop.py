"""What the demo knows of the pipeline it shows: read from the example, not written down again."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from logpipeline.api.pipeline import LogPipelineSpec, Stage
from logpipeline.api.sources import Source
from sandbox.demo.overlay import Json


@dataclass(frozen=True, slots=True)
class ShownStage:
    """One stage as the table shows it."""

    name: str
    workload: str
    place: str
    """Where its records wait."""
    minimum: int

    @classmethod
    def of(cls, stage: Stage) -> Self:
        """What the stage's spec says."""
        return cls(stage.name, stage.scale_target_ref.name, _place(stage.source), stage.scaling.min_replicas)


@dataclass(frozen=True, slots=True)
class Shop:
    """The pipeline of the example: a Redis stream, a relay, a Kafka topic, a worker."""

    namespace: str
    pipeline: str
    stages: tuple[ShownStage, ...]
    stream: str
    topic: str
    group: str
    """Kafka's consumer group."""
    alert_backlog: int

    @classmethod
    def read(cls, documents: Iterable[Json]) -> Self:
        """Find the LogPipeline among the documents."""
        pipeline = next(document for document in documents if document["kind"] == "LogPipeline")
        spec = LogPipelineSpec.model_validate(pipeline["spec"])
        redis = next(stage.source.redis for stage in spec.stages if stage.source.redis)
        kafka = next(stage.source.kafka for stage in spec.stages if stage.source.kafka)
        return cls(
            namespace=pipeline["metadata"]["namespace"],
            pipeline=pipeline["metadata"]["name"],
            stages=tuple(map(ShownStage.of, spec.stages)),
            stream=redis.streams[0],
            topic=kafka.topics[0],
            group=kafka.consumer_group,
            alert_backlog=spec.alerts.backlog,
        )

    @property
    def last(self) -> ShownStage:
        """The stage that writes to the store."""
        return self.stages[-1]


def _place(source: Source) -> str:
    if source.redis is not None:
        return f"Redis stream {', '.join(source.redis.streams)}"
    if source.kafka is not None:
        return f"Kafka topic {', '.join(source.kafka.topics)}"
    return "?"

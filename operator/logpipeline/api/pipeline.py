"""The spec of a LogPipeline: stages where records wait, and the workloads that empty them."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from logpipeline.api.base import ApiModel, Rule, unwritten
from logpipeline.api.duration import Between, Duration, parse
from logpipeline.api.names import ApiVersion, DnsLabel, DnsName, KindName
from logpipeline.api.sources import Source

Replicas = Annotated[int, Field(ge=0, le=10_000)]


class Mode(StrEnum):
    """How far the operator goes for a stage."""

    AUTO = "Auto"
    ADVISE = "Advise"
    PAUSED = "Paused"


class ScaleTargetRef(ApiModel):
    """The workload that empties a stage."""

    api_version: ApiVersion = "apps/v1"
    """API group and version of the workload."""
    kind: KindName = "Deployment"
    """Kind of the workload."""
    name: DnsName
    """Name of the workload."""


class Capacity(ApiModel):
    """What one replica can do."""

    records_per_second: Annotated[int, Field(ge=1, le=100_000_000)]
    """Records that a replica takes each second when it is busy all the time. With `learn` a first guess."""
    learn: Annotated[bool, Field(json_schema_extra=unwritten)] = True
    """Learn it from what busy replicas take. `false`: it is what `recordsPerSecond` says. Omitted: `true`."""


class Fallback(ApiModel):
    """What to run when not everything could be measured for a while."""

    replicas: Replicas
    """Replicas to run then. Never fewer than run now."""
    after: Annotated[Duration, Between("1s", "7d")] = parse("10m")
    """How long the source, or a part of it, must not have been measured."""


class ScaleDown(ApiModel):
    """How carefully to shrink."""

    stabilization_window: Annotated[Duration, Between("0s", "1d")] = parse("10m")
    """The largest count that was wanted within this time is kept. `0s`: what is wanted now counts alone."""
    max_percent: Annotated[int, Field(ge=1, le=100)] = 50
    """At most this share of the replicas is taken away in one step."""


class Behavior(ApiModel):
    """How the count of replicas may move."""

    scale_down: ScaleDown = ScaleDown()
    """How carefully to shrink."""


class Scaling(ApiModel):
    """Between which bounds, towards which goals, and how the workload is scaled."""

    validations: ClassVar = (
        Rule(
            "self.minReplicas <= self.maxReplicas",
            "minReplicas must not be above maxReplicas",
            "'minReplicas is %d and must not be above maxReplicas, which is %d'"
            ".format([self.minReplicas, self.maxReplicas])",
        ),
        Rule(
            "!has(self.fallback) || self.fallback.replicas <= self.maxReplicas",
            "fallback.replicas must not be above maxReplicas",
        ),
    )

    mode: Mode = Mode.AUTO
    """`Auto` scales; `Advise` computes and reports and touches nothing; `Paused` only measures."""
    min_replicas: Replicas = 1
    """Never fewer than this. 0: the workload sleeps while nothing waits and nothing arrives."""
    max_replicas: Annotated[int, Field(ge=1, le=10_000)]
    """Never more than this, whatever waits."""
    activation_backlog: Annotated[int, Field(ge=0, le=1_000_000_000)] = 0
    """Records that may wait without waking a stage that sleeps at zero."""
    drain_within: Annotated[Duration, Between("1s", "7d")] = parse("5m")
    """A backlog is to be gone within this time, such as `90s`, `10m` or `1h30m`."""
    oldest_within: Annotated[Duration, Between("1s", "7d"), Field(json_schema_extra=unwritten)] = parse("60s")
    """No record is to wait longer than this. What may wait so long asks for none before. Omitted: `1m`."""
    target_utilization_percent: Annotated[int, Field(ge=1, le=100)] | None = None
    """Share of a replica's capacity to plan with. Omitted: found from pauses, noise and doubt."""
    capacity: Capacity
    """What one replica can do."""
    consumers_per_replica: Annotated[int, Field(ge=1, le=1_000)] = 1
    """Consumers (members of the group) in one replica."""
    fallback: Fallback | None = None
    """What to run when not everything could be measured for a while. Omitted: the count is held."""
    behavior: Behavior = Behavior()
    """How the count of replicas may move."""


class Stage(ApiModel):
    """One place where records wait, and the workload that empties it."""

    name: DnsLabel
    """Name of the stage, unique in the pipeline."""
    scale_target_ref: ScaleTargetRef
    """The workload that empties the stage: anything with a `/scale` subresource, in the same namespace."""
    source: Source
    """Where the records wait: exactly one of kafka, redis and prometheus."""
    scaling: Scaling
    """How the workload is scaled: between which bounds and towards which goals."""


class Alerts(ApiModel):
    """When someone is to be told."""

    backlog: Annotated[int, Field(ge=1, le=1_000_000_000_000)] = 1_000_000
    """`BacklogCritical` above it: records waiting in all stages, less what flows between two commits."""
    for_: Annotated[Duration, Between("0s", "1d"), Field(alias="for")] = parse("1m")
    """How long a condition must hold before its alert fires."""


class LogPipelineSpec(ApiModel):
    """What is to be kept drained."""

    validations: ClassVar = (
        Rule(
            "self.stages.all(a, self.stages.exists_one(b, a.scaleTargetRef.kind == b.scaleTargetRef.kind"
            " && a.scaleTargetRef.apiVersion == b.scaleTargetRef.apiVersion"
            " && a.scaleTargetRef.name == b.scaleTargetRef.name))",
            "two stages of a pipeline must not scale the same workload",
        ),
    )

    stages: Annotated[
        tuple[Stage, ...],
        Field(
            min_length=1,
            max_length=8,
            json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]},
        ),
    ]
    """The places where records wait, in the order in which records pass them."""
    alerts: Alerts = Alerts()
    """When someone is to be told."""

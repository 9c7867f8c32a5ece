"""Values that the tests of the core begin with, each with only what its test speaks of spelled out."""

from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from logpipeline.api.conditions import Reason
from logpipeline.api.pipeline import LogPipelineSpec, Scaling, Stage
from logpipeline.core.limits import Move
from logpipeline.core.memory import StageMemory
from logpipeline.core.model import Measures, Obstacle, Workload
from logpipeline.core.observation import Observation, StageObservation
from logpipeline.core.readings import Group, GroupState, Missing, PartitionId, Reading, Sample, Sharing
from logpipeline.core.window import window_of

NOW = 1_795_000_000.0
OURS = ("logpipeline",)
Readings = tuple[Reading, ...]
"""The oldest first."""
STABLE = Group(GroupState.STABLE, "cooperative-sticky", 2)


def partitions(count: int, topic: str = "access-log") -> tuple[PartitionId, ...]:
    return tuple(PartitionId(topic, number) for number in range(count))


def sample(at: float, produced: Sequence[int], consumed: Sequence[int], **more: Any) -> Sample:  # noqa: ANN401
    names = more.pop("partitions", partitions(len(produced)))
    sharing = more.pop("sharing", Sharing.PARTITIONED)
    counters = np.array(produced, dtype=np.int64), np.array(consumed, dtype=np.int64)
    return Sample(at, sharing, names, *counters, **more)


def flow(
    produced: Callable[[float], float],
    consumed: Callable[[float], float],
    *,
    seconds: int = 300,
    every: int = 5,
    count: int = 1,
    **more: Any,  # noqa: ANN401
) -> Readings:
    """Readings up to NOW of `count` partitions; both counters by the seconds since it began."""
    return tuple(
        sample(
            NOW - seconds + at,
            [int(produced(at) / count)] * count,
            [int(min(produced(at), consumed(at)) / count)] * count,
            **more,
        )
        for at in range(0, seconds + 1, every)
    )


def missing(at: float = NOW) -> Missing:
    return Missing(at, Reason.SOURCE_UNREACHABLE, "kafka:9092 does not answer: is it running?")


def scaling(**fields: Any) -> Scaling:  # noqa: ANN401
    given = {"minReplicas": 1, "maxReplicas": 64, "capacity": {"recordsPerSecond": 1000}}
    return Scaling.model_validate(given | fields)


def stage(**fields: Any) -> Stage:  # noqa: ANN401
    kafka = {"bootstrapServers": "kafka:9092", "consumerGroup": "indexers", "topics": ["access-log"]}
    return Stage.model_validate(
        {
            "name": "index",
            "scaleTargetRef": {"name": "log-indexer"},
            "source": {"kafka": kafka},
            "scaling": scaling(**fields),
        }
    )


def spec(*stages: Stage, **alerts: Any) -> LogPipelineSpec:  # noqa: ANN401
    return LogPipelineSpec.model_validate({"stages": stages or (stage(),), "alerts": alerts})


def measures(**fields: Any) -> Measures:  # noqa: ANN401
    """Of two partitions with nothing waiting and 100 records/s each, consumed as they come."""
    given: dict[str, Any] = {
        "at": NOW,
        "sharing": Sharing.PARTITIONED,
        "missing": 0,
        "lower_bound": False,
        "excess": np.zeros(2),
        "arrival": np.array([100.0, 100.0]),
        "slope": 0.0,
        "consumption": np.array([100.0, 100.0]),
        "oldest_seconds": 0.0,
        "drain_seconds": 0.0,
        "pace": 0.0,
        "estimated": False,
        "group": STABLE,
        "missing_because": "",
    } | fields
    given.setdefault("partitions", partitions(len(given["excess"])))
    given.setdefault("backlog", given["excess"].astype(np.int64))
    return Measures(**given)


def workload(replicas: int = 2, ready: int | None = -1, managers: tuple[str, ...] = OURS) -> Workload:
    return Workload("uid-1", replicas, replicas if ready == -1 else ready, managers)


def memory(**fields: Any) -> StageMemory:  # noqa: ANN401
    given: dict[str, Any] = {"identity": "index", "since": NOW - 86_400, "whole_at": NOW - 5}
    return StageMemory(**given | fields)


def move(current: int, target: int, **fields: Any) -> Move:  # noqa: ANN401
    given: dict[str, Any] = {
        "target": target,
        "measures": measures(),
        "workload": workload(current),
        "scaling": scaling(),
        "memory": memory(),
        "now": NOW,
    }
    return Move(**given | fields)


def seen(
    readings: Readings, now_workload: Workload | None = None, obstacle: Obstacle | None = None
) -> StageObservation:
    return StageObservation(window_of(readings), now_workload or workload(), obstacle)


def observation(**stages: StageObservation) -> Observation:
    return Observation(MappingProxyType(stages))

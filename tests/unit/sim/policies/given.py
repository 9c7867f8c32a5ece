"""What the tests of policies begin with: a look at one stage, and settings to play in."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from logpipeline.api.conditions import Reason
from logpipeline.core.model import Workload
from logpipeline.core.readings import Group, GroupState, Missing, PartitionId, Sample, Sharing
from logpipeline.sim.policies.stages import StageFacts, facts_of
from logpipeline.sim.policy import Policy, Seen
from logpipeline.sim.setting import START, Setting, setting_of
from tests.unit.sim.plant.given import INDEX, scenario

STAGE = "index"


def sample(
    lags: Sequence[float],
    *,
    at: float = START,
    taken: Sequence[float] | float = 0.0,
    shared: bool = False,
    missing: int = 0,
    state: GroupState = GroupState.STABLE,
) -> Sample:
    """What waits in each partition, where so many records of each were taken before."""
    consumed = np.broadcast_to(np.asarray(taken, dtype=np.int64), (len(lags),)).copy()
    names = tuple(PartitionId("access-log", number) for number in range(len(lags) + missing))
    return Sample(
        at=at,
        sharing=Sharing.SHARED if shared else Sharing.PARTITIONED,
        partitions=names[: len(lags)],
        produced=consumed + np.asarray(lags, dtype=np.int64),
        consumed=consumed,
        missing=names[len(lags) :],
        group=None if shared else Group(state, "range", 1),
    )


def nothing(at: float = START) -> Missing:
    return Missing(at, Reason.SOURCE_UNREACHABLE, "kafka:9092 does not answer")


def seen(reading: Sample | Missing, replicas: int, ready: int | None = None) -> Seen:
    return Seen(reading, Workload("simulated", replicas, replicas if ready is None else ready))


def setting(least: int = 1, most: int = 64, **said: Any) -> Setting:  # noqa: ANN401
    """One stage of 1,000 records/s a replica, between these bounds."""
    stage = {**INDEX, "scaling": {**INDEX["scaling"], "minReplicas": least, "maxReplicas": most}}
    return setting_of(scenario(stages=(stage,), **{"rate": 1_000.0, "until": "1h"} | said), seed=1)


def facts(least: int = 1, most: int = 64, **said: Any) -> StageFacts:  # noqa: ANN401
    return facts_of(setting(least, most, **said))[STAGE]


def asked(policy: Policy, now: float, sight: Seen) -> int:
    """How many replicas `policy` wants after this look; those of now where it wishes nothing."""
    wishes: Mapping[str, Any] = policy.wish(now, {STAGE: sight})
    return int(wishes[STAGE].replicas) if STAGE in wishes else sight.workload.replicas


def driven(policy: Policy, lags: Sequence[float], replicas: int, **how: Any) -> list[int]:  # noqa: ANN401
    """The counts that `policy` sets, look by look, while so much waits in a single partition each time."""
    counts = []
    for look, lag in enumerate(lags):
        at = START + look * policy.every_seconds
        replicas = asked(policy, at, seen(sample([lag], at=at, **how), replicas))
        counts.append(replicas)
    return counts

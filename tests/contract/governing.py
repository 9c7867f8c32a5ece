"""What the operator would do with readings of real servers: the count it wants, and what it says."""

from collections.abc import Sequence
from itertools import takewhile
from typing import Any

from logpipeline.api.conditions import ConditionType, Reason
from logpipeline.core.decide import decide, identity_of
from logpipeline.core.decision import Decision
from logpipeline.core.memory import Memory, StageMemory
from logpipeline.core.model import Workload
from logpipeline.core.observation import Observation, StageObservation
from logpipeline.core.readings import Reading
from logpipeline.core.window import window_of
from tests.contract.reading import is_complete
from tests.unit.core.given import spec, stage

DAY_SECONDS = 86_400


def governed(readings: Sequence[Reading], *, replicas: int, **scaling: Any) -> Decision:  # noqa: ANN401
    """The decision on the last of `readings`, for a stage that has been watched for a day and has `replicas`.

    One replica takes 1,000 records/s unless `scaling` says otherwise.
    """
    now = readings[-1].at
    one = stage(**scaling)
    seen = StageObservation(window_of(readings), Workload("uid", replicas, replicas, ("logpipeline",)))
    watched = StageMemory(
        identity_of(one), since=now - DAY_SECONDS, whole_at=now, unknown_since=_unknown_since(readings)
    )
    return decide(spec(one), Observation({one.name: seen}), Memory({one.name: watched}), now)


def wanted(readings: Sequence[Reading], *, replicas: int, **scaling: Any) -> int:  # noqa: ANN401
    """The count that is decided then."""
    (decided,) = governed(readings, replicas=replicas, **scaling).stages.values()
    assert decided.replicas is not None
    return decided.replicas


def _unknown_since(readings: Sequence[Reading]) -> float | None:
    """Since when not everything could be measured, in Unix seconds; None where the last reading is whole."""
    unknown = list(takewhile(lambda reading: not is_complete(reading), reversed(readings)))
    return unknown[-1].at if unknown else None


def source_reason(decision: Decision) -> Reason:
    """Why `SourcesAvailable` is as it is."""
    return next(said.reason for said in decision.statements if said.type is ConditionType.SOURCES_AVAILABLE)

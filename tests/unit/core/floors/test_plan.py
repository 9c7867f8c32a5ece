"""From a rate that is announced to replicas, and what stands in their way."""

import numpy as np
import pytest

from logpipeline.api.status import Confidence
from logpipeline.core.capacity import Known
from logpipeline.core.fit import Fit
from logpipeline.core.floors.plan import beyond, bounded, needed_for, usable_of
from logpipeline.core.headroom import Pace
from tests.unit.core.given import measures, scaling

PACE = Pace(60.0, 5.0)


def fitted(
    per_second: float, *, confidence: Confidence = Confidence.HIGH, count: int = 64, **fields: object
) -> Fit:
    known = Known(1_000.0, confidence, "learned")
    seen = measures(excess=np.zeros(count), arrival=np.full(count, 10.0))
    return needed_for(per_second, seen, scaling(**fields), None, known=known, pace=PACE)


def test_head_room_is_what_live_demand_has_and_more_where_little_is_known() -> None:
    assert fitted(18_000, count=1_000).needed == 20
    assert fitted(18_000, count=1_000, confidence=Confidence.LOW).needed == 23


def test_partitions_are_the_quantum() -> None:
    assert fitted(24_000).replicas == 32


def test_the_count_is_right_beyond_max_replicas() -> None:
    assert fitted(24_000, maxReplicas=8).replicas == 32


def test_where_nothing_arrives_it_is_shared_out_evenly() -> None:
    seen = measures(excess=np.zeros(64), arrival=None)
    known = Known(1_000.0, Confidence.HIGH, "pinned")
    assert needed_for(24_000, seen, scaling(), None, known=known, pace=PACE).replicas == 32


def test_where_partitions_are_not_known_the_sum_counts() -> None:
    known = Known(1_000.0, Confidence.HIGH, "pinned")
    assert needed_for(19_000, None, scaling(), None, known=known, pace=PACE) == Fit(20, 20, None, 0.0)
    assert usable_of(None, scaling(), None) is None
    assert usable_of(measures(missing=1), scaling(), None) is None


@pytest.mark.parametrize(
    ("needed", "most", "usable", "planned", "bound"),
    [
        (40, 64, 64, 40, ""),
        (90, 64, 128, 64, "needs 90, maxReplicas is 64: 90 would do"),
        (90, 128, 32, 32, "needs 90, fits 32: 90 partitions would do"),
        (90, 64, 80, 64, "needs 90, maxReplicas is 64: 90 would do with 90 partitions, there is work for 80"),
        (90, 64, None, 64, "needs 90, maxReplicas is 64: 90 would do"),
    ],
)
def test_what_bounds_it_is_said_with_the_number_that_would_do(
    needed: int, most: int, usable: int | None, planned: int, bound: str
) -> None:
    plan = bounded(needed, needed, scaling(maxReplicas=most), usable)
    assert (plan.planned, plan.bound) == (planned, bound)


def test_a_partition_that_is_too_full_is_said() -> None:
    seen = measures(excess=np.zeros(4), arrival=np.array([70.0, 10.0, 10.0, 10.0]))
    known = Known(1_000.0, Confidence.HIGH, "pinned")
    hot = needed_for(2_000, seen, scaling(), None, known=known, pace=PACE)
    assert "keys that spread evenly" in beyond(hot)

"""What a stage can take in the long run."""

import numpy as np
import pytest

from logpipeline.api.status import Confidence
from logpipeline.core.capacity import Known
from logpipeline.core.model import Measures
from logpipeline.core.readings import Sharing
from logpipeline.core.sustainable import sustainable_rate
from tests.unit.core.given import measures, scaling

KNOWN = Known(1000.0, Confidence.HIGH, "learned")


def rate(of: Measures, usable: int | None = None, most: int = 10) -> float:
    return sustainable_rate(
        of, scaling(maxReplicas=most), KNOWN, planned=0.9, usable=usable, assignor="range"
    )


def test_it_is_what_all_replicas_take_less_what_the_backlog_needs() -> None:
    even = measures(arrival=np.full(20, 10.0), excess=np.zeros(20))
    assert rate(even, usable=20) == pytest.approx(9000)
    assert rate(measures(arrival=np.full(20, 10.0), excess=np.full(20, 1500.0)), 20) == pytest.approx(8900)


def test_no_more_replicas_than_can_have_work() -> None:
    assert rate(measures(), usable=2) == pytest.approx(1800)


def test_the_fullest_partition_ends_it_earlier() -> None:
    """Half of all records in one partition: twice what its consumer takes is all that there can be."""
    assert rate(measures(arrival=np.array([50.0, 25.0, 25.0]), excess=np.zeros(3)), 3) == pytest.approx(1800)


def test_it_is_never_below_nothing_and_a_stream_has_no_partitions() -> None:
    assert rate(measures(excess=np.full(2, 1e9)), usable=2) == 0
    stream = measures(arrival=np.array([10.0]), excess=np.zeros(1), sharing=Sharing.SHARED)
    assert rate(stream) == pytest.approx(9000)

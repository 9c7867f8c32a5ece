"""Each verdict by its name: of what it is said, and of what it is not."""

import math

import numpy as np
import pytest

from logpipeline.core.capacity import Full
from logpipeline.core.model import Measures
from logpipeline.core.readings import Sharing
from logpipeline.core.verdicts import Symptom, judged, out_of_reach, spared, without
from tests.unit.core.given import measures


def found(of: Measures, full: Full | None = None) -> dict[str, list[int]]:
    verdicts = judged(of, 1000.0, full)
    return {symptom.value: np.flatnonzero(mask).tolist() for symptom, mask in verdicts.partitions.items()}


def standing(seconds: float, waiting: float = 5000.0, others: float = 100.0, **fields: object) -> Measures:
    """Two partitions, of which the first has not moved for `seconds`."""
    given = {
        "excess": np.array([waiting, 0.0]),
        "consumption": np.array([0.0, others]),
        "still_seconds": np.array([seconds, 0.0 if others else seconds]),
        "commit_interval_seconds": 5.0,
    }
    return measures(**given | fields)


def test_a_partition_that_stands_still_while_others_go_on_is_stalled() -> None:
    assert found(standing(120)) == {"PartitionStalled": [0]}
    assert found(standing(119)) == {}


def test_a_slow_committer_is_not_stuck() -> None:
    """A group that commits every 30 s was restarted each minute, because its offsets stood still."""
    assert found(standing(150, commit_interval_seconds=30.0)) == {}
    assert found(standing(180, commit_interval_seconds=30.0)) == {"PartitionStalled": [0]}


def test_the_marker_of_a_transaction_is_no_record_that_waits() -> None:
    assert found(standing(9000, waiting=1.0)) == {}


def test_where_nothing_goes_on_the_group_has_stopped() -> None:
    assert found(standing(120, others=0.0)) == {"PartitionStopped": [0]}


def test_a_position_that_went_back_is_told_for_ten_minutes() -> None:
    assert found(measures(rewound_seconds=np.array([math.nan, 600.0]))) == {"PartitionRewound": [1]}
    assert found(measures(rewound_seconds=np.array([math.nan, 601.0]))) == {}


def test_retention_is_near_where_it_deletes_within_ten_minutes_what_waits() -> None:
    kept, waits = np.array([59_000.0, math.inf]), np.array([500.0, 500.0])
    assert found(measures(kept=kept, excess=waits)) == {"RetentionNear": [0]}
    assert found(measures(kept=kept, excess=np.zeros(2))) == {}


def test_what_one_consumer_cannot_take_alone_is_hot() -> None:
    hot = np.array([1001.0, 10.0])
    assert found(measures(arrival=hot)) == {"HotPartition": [0]}
    assert found(measures(arrival=hot, sharing=Sharing.SHARED)) == {}


def test_what_is_full_is_named_by_what_it_can_be() -> None:
    full = Full(4, 4000.0, saturated=True)
    assert judged(measures(), 1000.0, full).stage == (Symptom.DOWNSTREAM_SATURATED,)
    assert judged(measures(sharing=Sharing.SHARED), 1000.0, full).stage == (Symptom.SOURCE_SATURATED,)
    assert judged(measures(), 1000.0, Full(4, 4000.0)).stage == ()


def test_all_that_is_the_matter_is_said_the_gravest_of_a_partition_first() -> None:
    of = standing(600, arrival=np.array([2000.0, 10.0]), lost=7)
    verdicts = judged(of, 1000.0, None).with_bound()
    assert verdicts.stage == (
        Symptom.STALLED,
        Symptom.HOT,
        Symptom.RECORDS_LOST,
        Symptom.PARTITION_BOUND,
    )
    assert (verdicts.of(0), verdicts.of(1)) == (Symptom.STALLED, None)


def test_a_stalled_partition_leaves_demand_and_not_the_backlog() -> None:
    """One record that no consumer survived scaled a group to its maximum."""
    of = standing(600)
    moving = without(of, out_of_reach(judged(of, 1000.0, None)))
    assert (moving.excess.sum(), moving.drain_seconds) == (0, 0)
    assert of.excess.sum() == 5000
    assert moving.arrival is of.arrival


def of_sixteen(hot: int, rate: float = 1500.0) -> Measures:
    """Partitions in which much waits, the first so many of which are more than the 1,000 of a consumer."""
    waits = np.full(16, 5000.0)
    return measures(excess=waits, arrival=np.array([rate] * hot + [100.0] * (16 - hot)), consumption=waits)


def test_what_waits_in_a_few_hot_partitions_is_out_of_reach() -> None:
    """The backlog of a hot key, which can only grow, kept a group at its maximum for as long."""
    few = of_sixteen(2)
    verdicts = judged(few, 1000.0, None)
    assert without(few, out_of_reach(verdicts)).excess.sum() == 14 * 5000
    assert spared(few, 1000.0, verdicts) == 500


def test_where_many_are_hot_there_is_too_much_of_everything() -> None:
    many = of_sixteen(3)
    verdicts = judged(many, 1000.0, None)
    assert verdicts.count(Symptom.HOT) == 3
    assert out_of_reach(verdicts) is None
    assert spared(many, 1000.0, verdicts) == 0


def test_nothing_the_matter_is_nothing_said() -> None:
    of = measures()
    verdicts = judged(of, 1000.0, None)
    assert (verdicts.stage, verdicts.partitions) == ((), {})
    assert without(of, out_of_reach(verdicts)) is of


@pytest.mark.parametrize("symptom", Symptom)
def test_each_can_be_asked_for(symptom: Symptom) -> None:
    assert judged(measures(), 1000.0, None).count(symptom) == 0

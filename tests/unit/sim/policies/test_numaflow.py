"""Numaflow's autoscaler does what its page says."""

import pytest

from logpipeline.sim.policies import numaflow
from logpipeline.sim.policies.numaflow import desired_replicas
from logpipeline.sim.setting import START
from tests.unit.sim.policies.given import asked, nothing, sample, seen, setting

TASK = numaflow.TASK_SECONDS


def counts(
    pending: float, rate: float, replicas: int, looks: int = 10, least: int = 1, **bounds: int
) -> list[int]:
    """The count after each look, while so much is pending and so much is taken."""
    policy, told = numaflow.numaflow(setting(least, **bounds)), []
    for look in range(looks):
        at = START + look * TASK
        reading = sample([pending], at=at, taken=rate * (at - START))
        replicas = asked(policy, at, seen(reading, replicas))
        told.append(replicas)
    return told


@pytest.mark.parametrize(
    ("pending", "rate", "expected"),
    [(10_010, 250, 16), (10_010, 450, 9), (800, 20, 16), (18_932, 450, 17), (24_988, 750, 13)],
)
def test_what_is_pending_is_to_be_processed_in_so_many_seconds(
    pending: float, rate: float, expected: int
) -> None:
    """Numaflow, `scaling_test.go`, of a source with 2 replicas that are ready and 5 s to process."""
    assert desired_replicas(pending, rate, 2, seconds=5.0) == expected


def test_no_more_replicas_than_records() -> None:
    """Numaflow, `scaling.go`: not more than is pending, and at least 1."""
    assert desired_replicas(3, 0.001, 2) == 3
    assert desired_replicas(1, 1_000, 2) == 1


def test_of_five_more_it_adds_two() -> None:
    """Numaflow, "Autoscaling", on `replicasPerScaleUp`: from 3, where 8 are desired, to 5."""
    told = counts(pending=53_334, rate=1_000, replicas=3)
    assert desired_replicas(53_334, 1_000, 3) == 8
    assert next(count for count in told if count != 3) == 5


def test_of_five_less_it_takes_two() -> None:
    """Numaflow, "Autoscaling", on `replicasPerScaleDown`: from 9, where 4 are desired, to 7."""
    told = counts(pending=8_889, rate=1_000, replicas=9)
    assert desired_replicas(8_889, 1_000, 9) == 4
    assert next(count for count in told if count != 9) == 7


def test_between_two_steps_ninety_seconds_go_by() -> None:
    """Numaflow, "Autoscaling": `scaleUpCooldownSeconds` and `scaleDownCooldownSeconds` are 90."""
    assert counts(pending=1e6, rate=1_000, replicas=3, looks=8) == [3, 5, 5, 5, 7, 7, 7, 9]


def test_a_source_without_records_sleeps_and_peeks_after_two_minutes() -> None:
    """Numaflow, "Autoscaling": `zeroReplicaSleepSeconds` is 120."""
    told = counts(pending=0, rate=0, replicas=2, looks=12, least=0)
    asleep = told.index(0)
    assert told[asleep : asleep + 5] == [0, 0, 0, 0, 1]


def test_replicas_that_are_not_ready_do_not_count() -> None:
    """Numaflow, `scaling_test.go`: 2 of 3 replicas are ready, and 2 is what is multiplied."""
    policy = numaflow.numaflow(setting())
    asked(policy, START, seen(sample([40_000], at=START), 4))
    reading = sample([40_000], at=START + TASK, taken=1_000 * TASK)
    assert asked(policy, START + TASK, seen(reading, 4, ready=2)) == 4


def test_nothing_known_leaves_the_count() -> None:
    policy = numaflow.numaflow(setting())
    assert asked(policy, START, seen(nothing(), 4)) == 4
    assert asked(policy, START + TASK, seen(sample([9_999], missing=1), 4)) == 4

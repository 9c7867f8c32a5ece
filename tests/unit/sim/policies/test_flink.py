"""When Flink's autoscaler acts, and what it takes the busiest subtask for."""

from itertools import pairwise
from typing import Any

import numpy as np

from logpipeline.core.readings import GroupState
from logpipeline.sim.policies import flink
from logpipeline.sim.policies.flink import DelayedScaleDown, FlinkPolicy
from logpipeline.sim.policies.flink_parallelism import DOCUMENTED
from logpipeline.sim.setting import START
from tests.unit.sim.policies.given import asked, nothing, sample, seen, setting

LOOK = flink.RECONCILE_SECONDS


def counts(policy: FlinkPolicy, rate: float, seconds: float, replicas: int, **how: Any) -> list[int]:  # noqa: ANN401
    """The count after each look: `rate` records/s are taken of 8 partitions, and `more` come and wait."""
    shares, more = np.array(how.get("shares", [1.0] * 8)), how.get("more", 0.0)
    told = []
    for look in range(int(seconds / LOOK) + 1):
        at = START + how.get("begins", 0.0) + look * LOOK
        taken = rate * (at - START) * shares / shares.sum()
        state = how.get("state", GroupState.STABLE)
        reading = sample([more * (at - START) / 8] * 8, at=at, taken=taken, state=state)
        replicas = asked(policy, at, seen(reading, replicas))
        told.append(replicas)
    return told


def test_it_waits_until_the_job_is_stable_and_then_for_a_whole_window() -> None:
    """Flink Kubernetes Operator, "Autoscaler": 1 minute and 5 minutes in the example."""
    told = counts(flink.flink_docs(setting()), 1_900.0, 400, 2)
    waits = DOCUMENTED.stabilization_interval + DOCUMENTED.metrics_window
    assert [count != 2 for count in told].index(True) == waits / LOOK


def test_after_a_change_it_waits_as_long_again() -> None:
    told = counts(flink.flink_docs(setting(most=8)), 3_900.0, 3_600, 2)
    steps = [look for look in range(1, len(told)) if told[look] != told[look - 1]]
    waits = DOCUMENTED.stabilization_interval + DOCUMENTED.metrics_window
    assert all(later - earlier >= waits / LOOK for earlier, later in pairwise(steps))


def test_the_defaults_wait_for_twenty_minutes() -> None:
    told = counts(flink.flink(setting()), 2_000.0, 30 * 60, 2, more=100.0)
    assert [count != 2 for count in told].index(True) == 20 * 60 / LOOK


def test_it_takes_away_what_was_not_needed_for_an_hour() -> None:
    """Flink Kubernetes Operator, configuration: `scale-down.interval` is 1 h."""
    told = counts(flink.flink_docs(setting()), 1_000.0, 90 * 60, 8)
    first = [count != 8 for count in told].index(True)
    assert 66 * 60 / LOOK <= first <= 67 * 60 / LOOK
    assert told[first] == 4


def test_the_largest_count_of_that_hour_is_what_it_shrinks_to() -> None:
    """Flink Kubernetes Operator, `DelayedScaleDown`: the maximum that was recommended within the interval."""
    delayed = DelayedScaleDown(60.0)
    assert delayed.due(0.0, 2, outside=True) is None
    assert delayed.due(30.0, 4, outside=False) is None
    assert delayed.due(61.0, 1, outside=True) == (4, False)
    assert delayed.due(95.0, 1, outside=True) == (1, True)


def test_a_moment_in_which_as_much_is_needed_begins_the_hour_anew() -> None:
    delayed = DelayedScaleDown(60.0)
    delayed.due(0.0, 2, outside=True)
    delayed.clear()
    assert delayed.due(61.0, 2, outside=True) is None


def test_the_busiest_subtask_decides() -> None:
    """Flink Kubernetes Operator, configuration: `metrics.busy-time.aggregator` is MAX."""
    uneven = [5.0, *[0.5] * 7]
    assert counts(flink.flink_docs(setting()), 1_500.0, 400, 4)[-1] == 4
    assert counts(flink.flink_docs(setting()), 1_500.0, 400, 4, shares=uneven)[-1] == 8


def test_a_rebalance_is_no_time_to_measure() -> None:
    policy = flink.flink_docs(setting())
    counts(policy, 1_900.0, 330, 2)
    assert set(counts(policy, 1_900.0, 0, 2, begins=345, state=GroupState.REBALANCING)) == {2}
    assert set(counts(policy, 1_900.0, 300, 2, begins=360)) == {2}


def test_what_is_not_measured_changes_nothing() -> None:
    policy = flink.flink_docs(setting())
    counts(policy, 1_900.0, 330, 2)
    at = START + 400
    assert asked(policy, at, seen(nothing(at), 2)) == 2


def test_a_job_has_at_least_one_task() -> None:
    assert asked(flink.flink(setting(least=0)), START, seen(sample([0] * 8), 0)) == 1


def test_records_that_are_just_not_committed_yet_do_not_wait() -> None:
    conf_lag = 5.0 * 1_000 / 2
    policy = flink.flink_docs(setting(commitEvery="5s"))
    for look in range(30):
        at = START + look * LOOK
        reading = sample([conf_lag / 8] * 8, at=at, taken=1_000.0 * (at - START) / 8)
        assert asked(policy, at, seen(reading, 2)) == 2

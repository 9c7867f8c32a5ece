"""Each brake by its name: which rule fired, and what came of it."""

from dataclasses import replace

import numpy as np
import pytest

from logpipeline.core.limits import clamp, is_late, limit, remember_sight, remember_want
from logpipeline.core.memory import PastWant
from logpipeline.core.model import Measures
from logpipeline.core.readings import Group, GroupState
from logpipeline.core.rules import Rule
from tests.unit.core.given import NOW, measures, memory, move, scaling, workload

LATE = measures(excess=np.array([90_000.0, 0.0]), oldest_seconds=400.0, drain_seconds=None)
WAITING = measures(excess=np.array([90_000.0, 0.0]), oldest_seconds=10.0, drain_seconds=100.0)


def limited(current: int, target: int, **fields: object) -> tuple[int, list[Rule]]:
    count, rules = limit(move(current, target, **fields))
    return count, [applied.rule for applied in rules]


def test_up_goes_at_once_and_in_one_step() -> None:
    assert limited(1, 8) == (8, [])


@pytest.mark.parametrize(
    ("current", "target", "count"), [(20, 22, 20), (20, 23, 23), (1, 2, 2), (10, 11, 10)]
)
def test_a_trifle_is_not_worth_a_rebalance(current: int, target: int, count: int) -> None:
    assert limited(current, target) == (count, [Rule.TRIFLE] if count == current else [])


def test_a_trifle_is_worth_it_when_somebody_is_late() -> None:
    assert limited(20, 22, measures=LATE) == (22, [])


@pytest.mark.parametrize(
    ("since", "target", "count"),
    [(NOW - 10, 12, 10), (NOW - 10, 13, 13), (NOW - 301, 12, 12), (None, 12, 12)],
)
def test_a_few_more_wait_for_those_that_are_starting(since: float | None, target: int, count: int) -> None:
    starting = memory(starting_since=since)
    assert limited(10, target, memory=starting) == (count, [Rule.STILL_STARTING] if count == 10 else [])


def test_down_goes_when_nothing_speaks_against_it() -> None:
    assert limited(10, 6) == (6, [])


@pytest.mark.parametrize(
    ("rule", "fields"),
    [
        (Rule.LOWER_BOUND, {"measures": measures(lower_bound=True)}),
        (Rule.SEEN_TOO_LITTLE, {"memory": memory(since=NOW - 599)}),
        (Rule.LATE, {"measures": LATE}),
        (Rule.UNSETTLED, {"memory": memory(written_at=NOW - 59)}),
        (Rule.UNSETTLED, {"memory": memory(starting_since=NOW - 299)}),
        (Rule.UNSETTLED, {"measures": measures(group=Group(GroupState.REBALANCING, None, 3))}),
        (Rule.STABILIZATION, {"memory": memory(wants=(PastWant(NOW - 500, 10), PastWant(NOW, 6)))}),
    ],
)
def test_down_waits_and_says_for_what(rule: Rule, fields: dict[str, object]) -> None:
    assert limited(10, 6, **fields) == (10, [rule])


@pytest.mark.parametrize(("window", "settled_after"), [("10m", 60), ("30s", 8), ("0s", 8)])
def test_a_step_settles_for_a_tenth_of_the_window_and_for_one_more_measurement(
    window: str, settled_after: int
) -> None:
    spec = scaling(behavior={"scaleDown": {"stabilizationWindow": window}})
    fresh, settled = (memory(written_at=NOW - settled_after + early) for early in (0.5, 0))
    assert limited(10, 6, scaling=spec, memory=fresh) == (10, [Rule.UNSETTLED])
    assert limited(10, 6, scaling=spec, memory=settled) == (6, [])


def test_replicas_that_never_come_up_do_not_hold_the_others_for_ever() -> None:
    stuck = {"workload": workload(10, ready=7), "memory": memory(starting_since=NOW - 300)}
    assert limited(10, 6, **stuck) == (6, [])


def test_kinds_that_do_not_tell_what_is_ready_can_shrink() -> None:
    assert limited(10, 6, workload=workload(10, ready=None)) == (6, [])


def test_down_goes_as_far_as_the_largest_count_wanted_in_the_window() -> None:
    wants = memory(wants=(PastWant(NOW - 500, 8), PastWant(NOW, 6)))
    assert limited(10, 6, memory=wants) == (8, [Rule.STABILIZATION])


@pytest.mark.parametrize(("target", "count"), [(9, 10), (8, 8)])
def test_a_little_less_is_not_worth_a_rebalance(target: int, count: int) -> None:
    assert limited(10, target) == (count, [Rule.TOO_LITTLE_LESS] if count == 10 else [])


def test_the_last_bit_to_the_minimum_is_worth_it() -> None:
    assert limited(10, 9, scaling=scaling(minReplicas=9)) == (9, [])


@pytest.mark.parametrize(
    ("percent", "current", "count"), [(50, 64, 32), (10, 64, 58), (1, 10, 9), (100, 64, 2), (50, 1, 0)]
)
def test_down_goes_step_by_step(percent: int, current: int, count: int) -> None:
    spec = scaling(minReplicas=0, behavior={"scaleDown": {"maxPercent": percent}})
    target = min(2, current - 1)
    stepped = [Rule.STEP] if count > target else []
    assert limited(current, target, scaling=spec) == (count, stepped)


def test_min_and_max_come_last() -> None:
    bounds = scaling(minReplicas=4, maxReplicas=12)
    assert limited(6, 40, scaling=bounds) == (12, [Rule.MAXIMUM])
    assert limited(6, 1, scaling=bounds) == (4, [Rule.MINIMUM])
    assert limited(20, 20, scaling=bounds) == (12, [Rule.MAXIMUM])
    held = {"scaling": bounds, "measures": measures(lower_bound=True)}
    assert limited(20, 5, **held) == (12, [Rule.LOWER_BOUND, Rule.MAXIMUM])
    assert limited(2, 1, **held) == (4, [Rule.MINIMUM])


def test_no_more_than_partitions_can_use() -> None:
    assert limited(4, 20, usable=16) == (16, [Rule.PARTITION_BOUND])
    assert limited(40, 40, usable=16) == (20, [Rule.PARTITION_BOUND, Rule.STEP])


@pytest.mark.parametrize("window", ["0s", "30s"])
def test_rates_that_rest_on_a_few_seconds_take_nothing_away_however_short_the_window(window: str) -> None:
    """After a restart, between two bursts a minute apart, 20 replicas became one within 25 s."""
    of = scaling(behavior={"scaleDown": {"stabilizationWindow": window}})
    assert limited(10, 6, scaling=of, memory=memory(since=NOW - 64)) == (10, [Rule.SEEN_TOO_LITTLE])
    assert limited(10, 6, scaling=of, memory=memory(since=NOW - 65)) == (6, [])


def test_fewer_partitions_than_there_were_take_nothing_away_while_that_is_doubted() -> None:
    """A topic that shows half of its partitions for a moment cost half of its consumers."""
    held = (40, [Rule.PARTITION_BOUND, Rule.LOWER_BOUND])
    assert limited(40, 40, usable=16, measures=measures(lower_bound=True)) == held


def test_a_minimum_above_what_partitions_can_use_wins_and_it_is_said() -> None:
    count, rules = clamp(10, scaling(minReplicas=8), usable=4)
    assert count == 8
    assert [(applied.rule, applied.value) for applied in rules] == [
        (Rule.PARTITION_BOUND, "4, not 10: more would have no partition"),
        (Rule.MINIMUM, "8, not 4: minReplicas"),
    ]


def test_only_wants_that_no_later_one_exceeds_are_kept() -> None:
    kept = memory()
    for ago, count in ((900, 50), (500, 9), (400, 12), (300, 7), (200, 7), (0, 3)):
        kept = remember_want(kept, count, scaling(), NOW - ago)
    assert [want.replicas for want in kept.wants] == [12, 7, 3]
    assert kept.wants[1].at == NOW - 200


def test_a_window_of_nothing_remembers_nothing() -> None:
    spec = scaling(behavior={"scaleDown": {"stabilizationWindow": "0s"}})
    kept = remember_want(remember_want(memory(), 9, spec, NOW - 5), 2, spec, NOW)
    assert [want.replicas for want in kept.wants] == [2]


@pytest.mark.parametrize(("gap", "since"), [(5, NOW - 86_400), (60, NOW - 86_400), (61, NOW), (1200, NOW)])
def test_after_a_gap_the_watching_begins_anew(gap: float, since: float) -> None:
    known = memory(whole_at=NOW - gap)
    assert remember_sight(known, measures(), NOW).since == since


def test_half_a_measurement_is_part_of_the_gap() -> None:
    known = remember_sight(memory(whole_at=NOW - 100), measures(lower_bound=True), NOW)
    assert (known.measured_at, known.whole_at, known.since) == (NOW, NOW - 100, NOW - 86_400)


@pytest.mark.parametrize(
    ("of", "late"),
    [
        (LATE, True),
        (WAITING, False),
        (replace(WAITING, drain_seconds=301.0), True),
        (replace(WAITING, drain_seconds=None), True),
        (replace(WAITING, oldest_seconds=None), False),
        (replace(LATE, excess=np.array([1999.0, 0.0])), False),  # a trickle of ten seconds' flow
        (replace(LATE, excess=np.array([2001.0, 0.0])), True),
        (replace(LATE, excess=np.array([1.0, 0.0]), consumption=None), True),
        (replace(LATE, excess=np.zeros(2)), False),
    ],
)
def test_late_is_more_than_a_trickle_that_waits_too_long(of: Measures, late: bool) -> None:  # noqa: FBT001
    assert is_late(of, scaling()) is late


def test_the_rules_are_told_in_the_order_in_which_they_shaped_the_count() -> None:
    """The line of a count held at 3 ended in `Minimum 2, not 1`."""
    fields = {"scaling": scaling(minReplicas=2), "measures": measures(lower_bound=True)}
    assert limited(3, 1, **fields) == (3, [Rule.MINIMUM, Rule.LOWER_BOUND])

from typing import Any

import numpy as np
import pytest

from logpipeline.sim.pods import Pods
from logpipeline.sim.truth import StageTruth


def pods(**truth: Any) -> Pods:  # noqa: ANN401
    said = StageTruth.model_validate({"startUp": "20s"} | truth)
    return Pods(said, capacity=1_000.0, consumers_per_replica=1, chance=np.random.default_rng(1))


def test_those_of_the_beginning_are_at_work_at_once() -> None:
    given = pods(replicas=3)
    assert given.ready(0) == len(given.members_at(0)) == 3


def test_a_pod_works_after_its_start_up_time() -> None:
    given = pods(replicas=1)
    given.scale(3)
    assert len(given.members_at(0)) == 1
    assert [given.ready(second) for second in (19, 20)] == [1, 3]
    assert [len(given.members_at(second)) for second in (19, 20)] == [1, 3]


def test_start_up_times_spread() -> None:
    given = pods(replicas=0, startUp="60s", startUpSpread="10s")
    given.scale(200)
    given.members_at(0)
    counts = [given.ready(second) for second in range(121)]
    assert counts[30] < 5
    assert 80 < counts[60] < 120
    assert counts[120] == 200


def test_a_pod_costs_from_its_creation_to_its_end() -> None:
    given = pods(replicas=1)
    given.live(10.0)
    given.scale(4)
    given.live(10.0)
    given.scale(2)
    given.live(10.0)
    assert given.pod_seconds == 10 + 40 + 20


def test_pods_wait_for_a_node_and_start_when_there_is_one() -> None:
    given = pods(replicas=2, nodes=3)
    given.scale(5)
    given.members_at(0)
    assert given.ready(1_000) == 3
    given.scale(4)
    assert given.ready(1_000) == 3, "one that had no node is the first to go"
    given.scale(3)
    given.scale(4)
    given.members_at(100)
    assert given.ready(1_000) == 3


def test_those_that_start_go_before_those_that_work() -> None:
    given = pods(replicas=2)
    given.scale(4)
    given.members_at(0)
    given.scale(2)
    assert given.ready(0) == 2


def test_the_youngest_go_first() -> None:
    given = pods(replicas=2)
    first = {member.key for member in given.members_at(0)}
    given.scale(4)
    given.members_at(0)
    given.members_at(20)
    given.scale(2)
    assert {member.key for member in given.members_at(21)} == first


def test_another_pod_comes_in_place_of_one_that_died_and_the_group_notices_late() -> None:
    given = pods(replicas=2, deaths={"at": ["100s"]})
    before = given.members_at(99)
    at_death = given.members_at(100)
    assert given.count == 2
    assert given.ready(100) == 1
    assert sorted(member.able for member in at_death) == [0.0, 1_000.0]
    assert {member.key for member in at_death} == {member.key for member in before}
    assert len(given.members_at(120)) == 3, "the new one works, and the dead one is still known"
    assert len(given.members_at(145)) == 2
    assert all(member.able for member in given.members_at(145))


def test_pods_die_as_often_as_is_said() -> None:
    given = pods(replicas=100, startUp="0s", deaths={"perPodDay": 2})
    keys = {member.key for second in range(86_400 // 10) for member in given.members_at(second)}
    assert len(keys) - 100 == pytest.approx(20, abs=15)


def test_replicas_differ_in_speed_as_is_said() -> None:
    able = [member.able for member in pods(replicas=500, unevenness=0.2).members_at(0)]
    assert np.mean(able) == pytest.approx(1_000, rel=0.05)
    assert np.std(able) == pytest.approx(200, rel=0.15)
    assert {member.able for member in pods(replicas=5).members_at(0)} == {1_000.0}


def test_the_members_stay_the_same_while_nothing_happens() -> None:
    given = pods(replicas=3)
    assert given.members_at(0) is given.members_at(50)

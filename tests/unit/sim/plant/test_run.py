"""A whole run: stages one after another, rows, and the same again by the same seed."""

from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from logpipeline.sim.arrivals import Curve, curve_of
from logpipeline.sim.mishaps import Point
from logpipeline.sim.plant import Plant
from logpipeline.sim.policies.logpipeline import logpipeline
from logpipeline.sim.run import run
from logpipeline.sim.setting import Setting, setting_of
from logpipeline.sim.track import StageTrack, Track
from tests.unit.sim.plant.given import COLLECT, INDEX, ByTheClock, plant, played, scenario, track

TWO: dict[str, Any] = {"stages": (COLLECT, INDEX), "others": {"index": {"partitions": 8, "replicas": 8}}}


def flow_of(whole: Plant) -> tuple[float, float]:
    """Records that the first stage is done with, and that arrived at the second."""
    first, second = whole.stations.values()
    return first.done_records, second.arrived_records


def test_what_one_stage_is_done_with_arrives_at_the_next() -> None:
    whole = plant(rate=5_000, replicas=2, **TWO)
    played(whole, 60)
    assert flow_of(whole) == pytest.approx((60 * 2_000, 60 * 2_000))


def test_a_stage_that_drains_floods_the_next() -> None:
    whole = plant(rate=1_000, replicas=10, waiting=100_000, **TWO)
    played(whole, 10)
    assert flow_of(whole)[1] == pytest.approx(100_000)
    assert whole.stations["index"].waiting.sum() == pytest.approx(100_000 - 8_000 * 10)


def test_a_stage_may_hand_on_fewer_records_than_it_takes_and_others_may_write_there_too() -> None:
    others = {"index": {"partitions": 8, "replicas": 8, "arrivals": [{"at": "30s", "rate": 100}]}}
    whole = plant(rate=1_000, outputRatio=0.25, stages=(COLLECT, INDEX), others=others)
    played(whole, 60)
    assert flow_of(whole)[1] == pytest.approx(60 * 250 + 30 * 100)


def test_nothing_is_lost_between_stages() -> None:
    whole = plant(rate=3_000, replicas=2, skew=1.0, arrival_noise=0.2, **TWO)
    for _ in range(200):
        whole.advance()
        first, second = whole.stations.values()
        assert first.done_records == pytest.approx(second.arrived_records)
        assert first.arrived_records == pytest.approx(first.done_records + first.waiting.sum())
        assert second.arrived_records == pytest.approx(second.done_records + second.waiting.sum())


def test_the_log_of_a_later_stage_also_remembers_what_came_before_the_run() -> None:
    whole = plant(rate=800, outputRatio=0.5, **TWO)
    log = whole.stations["index"].log
    assert (log.ends - log.ends_at(-60)).sum() == pytest.approx(60 * 400)


def equal(one: Track, other: Track) -> bool:
    def same(a: object, b: object) -> bool:
        return bool(np.array_equal(a, b)) if isinstance(a, np.ndarray) else a == b  # type: ignore[arg-type]

    return all(
        same(getattr(one.stages[name], each.name), getattr(other.stages[name], each.name))
        for name in one.stages
        for each in fields(StageTrack)
    )


LEFT_TO_CHANCE: dict[str, Any] = {
    "rate": [{"at": "0s", "rate": 4_000}, {"at": "5m", "rate": 9_000}],
    "arrival_noise": 0.1,
    "skew": 0.5,
    "unevenness": 0.1,
    "startUpSpread": "5s",
    "deaths": {"perPodDay": 300},
    "measuring": {"noise": 0.1},
    "until": "20m",
}


def test_the_same_seed_gives_the_same_run_and_another_one_another() -> None:
    given = scenario(**LEFT_TO_CHANCE)
    runs = [run(setting_of(given, seed), logpipeline(setting_of(given, seed))) for seed in (1, 1, 2)]
    assert equal(runs[0], runs[1])
    assert not equal(runs[0], runs[2])


def test_what_arrives_does_not_depend_on_the_policy() -> None:
    few, many = (track({5: count}, **LEFT_TO_CHANCE) for count in (1, 20))
    assert few.arrival.tolist() == many.arrival.tolist()


def test_a_row_knows_the_most_that_waited_since_the_one_before() -> None:
    burst = [{"at": "0s", "rate": 0}, {"at": "61s", "rate": 5_000}, {"at": "62s", "rate": 0}]
    rows = track(rate=burst, until="2m", replicas=4, partitions=4)
    assert rows.backlog[12] == pytest.approx(1_000)
    assert rows.oldest_seconds[12] == pytest.approx(0.2)
    assert rows.arrival[12] == pytest.approx(1_000)
    assert rows.backlog[13] == 0.0


def test_rows_are_evenly_apart_and_cover_the_whole_scenario() -> None:
    given = setting_of(scenario(rate=1_000, until="61s"), 1)
    whole = run(given, ByTheClock({}), row_seconds=10)
    assert (whole.at - given.start).tolist() == [10, 20, 30, 40, 50, 60, 70]
    assert whole.stages["index"].arrival.tolist() == pytest.approx([1_000] * 7)
    assert whole.stages["index"].replica_seconds == 70


def test_a_change_is_kept_with_its_reason() -> None:
    rows = track({60: 3}, until="2m", rivals=[{"at": "90s", "replicas": 2}])
    assert [(c.before, c.after, c.line) for c in rows.changes] == [
        (1, 3, "it is time"),
        (3, 2, "somebody-else set it"),
    ]


def test_partitions_are_told_what_each_got() -> None:
    rows = track(rate=1_000, until="2m", partitions=4, skew=1.0)
    assert rows.partition_arrival is not None
    assert sorted(rows.partition_arrival) == pytest.approx(
        sorted(1_000 * np.array([1, 1 / 2, 1 / 3, 1 / 4]) / (25 / 12))
    )


def test_a_policy_is_asked_as_often_as_it_looks() -> None:
    policy = ByTheClock({}, every_seconds=15.0)
    run(setting_of(scenario(until="2m"), 1), policy)
    assert len(policy.seen) == 8


def test_the_count_is_owned_by_whoever_wrote_it() -> None:
    policy = ByTheClock({10: 1})
    run(setting_of(scenario(until="30s"), 1), policy)
    managers = [seen["index"].workload.managers for seen in policy.seen]
    assert managers == [("kubectl",)] * 2 + [("by-the-clock",)] * 4


def test_what_is_needed_is_known_for_each_row() -> None:
    rows = track(rate=[{"at": "0s", "rate": 900}, {"at": "1m", "rate": 3_900}], until="2m", partitions=8)
    assert rows.needed[:12].tolist() == [1] * 12
    assert rows.needed[12:].tolist() == [4] * 12


def test_points_jump_and_ramps_grow() -> None:
    points = [Point.model_validate(p) for p in ({"at": "0s", "rate": 10}, {"at": "10s", "rate": 20})]
    ramp = Point.model_validate({"at": "20s", "rate": 40, "ramp": True})
    curve = curve_of([*points, ramp])
    assert [curve(second) for second in (-5, 0, 9.9, 10, 15, 20, 99)] == [10, 10, 10, 20, 30, 40, 40]


def test_nothing_arrives_before_a_late_first_point() -> None:
    late = curve_of([Point.model_validate({"at": "10s", "rate": 20})])
    assert [late(second) for second in (-5, 5, 10)] == [0, 0, 20]


def test_a_curve_may_come_from_elsewhere() -> None:
    given = Setting(scenario(rate=0, until="1m"), Curve(np.array([0.0]), np.array([500.0])))
    rows = run(given, ByTheClock({})).stages["index"]
    assert rows.records == pytest.approx(60 * 500)

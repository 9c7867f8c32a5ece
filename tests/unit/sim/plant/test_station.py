"""One stage: nothing is lost nor made up, and everything costs what it is said to cost."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.sim.plant.given import COLLECT, INDEX, played, station, track

TRUTHS = st.fixed_dictionaries(
    {},
    optional={
        "skew": st.sampled_from([0.12, 1.0]),
        "replicas": st.integers(0, 6),
        "waiting": st.integers(0, 100_000),
        "unevenness": st.sampled_from([0.0, 0.3]),
        "store": st.sampled_from([{"recordsPerSecond": 1_500, "worsening": 0.3}]),
        "retention": st.sampled_from([500, 20_000]),
        "retries": st.just({"after": "10s", "share": 0.3}),
        "rebalance": st.sampled_from(
            [{"protocol": name, "pause": "7s"} for name in ("Eager", "Cooperative", "Consumer")]
        ),
        "deaths": st.sampled_from([{"at": ["31s", "90s"]}, {"perPodDay": 500}]),
        "hotKeys": st.just([{"since": "20s", "until": "60s", "share": 0.6}]),
        "recreated": st.just(["70s"]),
        "stuck": st.just([{"since": "40s", "until": "80s"}]),
        "shared": st.booleans(),
        "rivals": st.just([{"at": "25s", "replicas": 5}, {"at": "65s", "replicas": 1}]),
    },
)


@settings(max_examples=60, deadline=None)
@given(TRUTHS, st.sampled_from([0.0, 900.0, 5_000.0]), st.integers(0, 1_000))
def test_what_came_is_done_or_waits_or_was_lost(truth: dict[str, Any], rate: float, seed: int) -> None:
    whole, stage = station(seed, rate=rate, arrival_noise=0.3, **truth)
    at_first = float(stage.waiting.sum())
    for _ in range(120):
        whole.advance()
        assert (stage.waiting >= 0).all()
        assert (stage.committed <= stage.taken).all()
        went = stage.done_records - stage.wasted_records + stage.lost_records
        assert at_first + stage.arrived_records == pytest.approx(went + stage.waiting.sum(), abs=1e-3)


def test_one_replica_does_what_it_can_and_no_more() -> None:
    whole, stage = station(rate=1_500, replicas=1)
    played(whole, 100)
    assert stage.done_records == pytest.approx(100_000)
    assert stage.waiting.sum() == pytest.approx(50_000)


def test_sixty_four_partitions_let_fifty_four_replicas_do_no_more_than_thirty_two() -> None:
    """All have the same load, and some consumers of the 54 still have two."""
    done = {}
    for replicas in (32, 54, 64):
        whole, stage = station(rate=1e6, partitions=64, replicas=replicas, waiting=64_000_000)
        played(whole, 60)
        of_the_slowest = 60 * 1_000 / 2 if replicas < 64 else 60 * 1_000
        done[replicas] = float(stage.taken.min() - (stage.log.ends_at(0) - 1_000_000).min())
        assert done[replicas] == pytest.approx(of_the_slowest, rel=1e-6)
    rates = {}
    for replicas in (32, 54):
        whole, stage = station(rate=32_000, partitions=64, replicas=replicas)
        played(whole, 60)
        assert stage.waiting.sum() == pytest.approx(0.0)
        whole, stage = station(rate=32_640, partitions=64, replicas=replicas)
        played(whole, 60)
        rates[replicas] = float(stage.waiting.max())
    assert rates[54] == pytest.approx(rates[32]) == pytest.approx(60 * 10.0)


def test_replicas_work_when_they_have_started_and_the_group_has_settled() -> None:
    truth: dict[str, Any] = {"replicas": 1, "startUp": "60s", "rebalance": {"pause": "15s"}}
    rows = track({100: 2}, rate=2_000, until="5m", **truth)
    ready = np.flatnonzero(rows.ready == 2)[0]
    assert ready == 160 / 5 - 1
    assert rows.consumed[100 // 5] == pytest.approx(1_000)
    assert rows.consumed[165 // 5 : 175 // 5].sum() == 0.0
    assert rows.consumed[180 // 5] == pytest.approx(2_000)
    assert rows.pods[100 // 5] == 2
    assert rows.replica_seconds == 100 + 2 * 200


@pytest.mark.parametrize(
    ("protocol", "waiting"), [("Eager", 16_000 * 15), ("Cooperative", 8_000 * 15), ("Consumer", 8_000 * 15)]
)
def test_a_rebalance_costs_less_where_only_what_moves_stops(protocol: str, waiting: float) -> None:
    rebalance = {"protocol": protocol, "pause": "15s"}
    stages = {
        "partitions": 16,
        "replicas": 8,
        "capacity": 4_000,
        "assignor": "sticky",
        "rebalance": rebalance,
    }
    rows = track({60: 16}, rate=16_000, until="3m", **stages)
    assert rows.backlog.max() == pytest.approx(waiting, rel=0.1)
    assert rows.rebalances == 1
    assert rows.backlog[-1] == 0.0


def test_pods_that_start_one_after_another_do_not_stop_the_group_once_each() -> None:
    rows = track({30: 20}, rate=0, until="5m", partitions=64, startUpSpread="8s", rebalance={"pause": "15s"})
    assert 2 <= rows.rebalances <= 4


def test_what_a_dead_consumer_had_not_committed_is_done_again() -> None:
    rows = track(rate=900, until="20m", replicas=1, commitEvery="30s", deaths={"at": ["100s"]})
    assert rows.consumed.sum() * 5 >= rows.records + 900
    assert rows.records == pytest.approx(900 * 1_200), "and it catches up, 100 records/s"


def test_a_store_that_saturates_gives_less_the_more_replicas_press_it() -> None:
    store = {"recordsPerSecond": 5_000, "worsening": 0.2}
    done = {}
    for replicas in (4, 8, 16):
        whole, stage = station(rate=50_000, partitions=16, replicas=replicas, waiting=1_000_000, store=store)
        played(whole, 10)
        done[replicas] = stage.done_records / 10
    assert done[4] == pytest.approx(4_000)
    assert done[8] == pytest.approx(5_000 / (1 + 0.2 * 0.6))
    assert done[16] == pytest.approx(5_000 / (1 + 0.2 * 2.2))


def test_pods_without_a_node_do_nothing_and_cost_all_the_same() -> None:
    rows = track({0: 1, 30: 20}, rate=16_000, until="5m", partitions=32, nodes=8)
    assert rows.ready.max() == 8
    assert rows.pods.max() == 20
    assert rows.consumed.max() <= 8_000


def test_a_hot_key_loads_one_partition_and_only_while_it_is_hot() -> None:
    hot = [{"since": "60s", "until": "120s", "share": 0.5, "partition": 2}]
    whole, stage = station(rate=8_000, replicas=8, hotKeys=hot)
    played(whole, 60)
    assert stage.waiting.sum() == 0.0
    played(whole, 60)
    assert stage.waiting[2] == pytest.approx(60 * (4_000 + 500 - 1_000))
    assert stage.waiting.sum() == pytest.approx(stage.waiting[2])
    before = stage.waiting[2]
    played(whole, 60)
    assert stage.waiting[2] == pytest.approx(before), "its consumer keeps up again, and no more"


def test_records_that_become_dearer_take_longer() -> None:
    dearer = [{"at": "60s", "factor": 4}, {"at": "120s", "factor": 2}]
    rows = track(rate=2_000, until="3m", replicas=1, waiting=1_000_000, dearer=dearer)
    assert [rows.consumed[second // 5] for second in (30, 90, 150)] == pytest.approx([1_000, 250, 500])


def test_nobody_gets_past_a_record_that_is_stuck() -> None:
    stuck = [{"since": "20s", "until": "60s", "partition": 3}]
    whole, stage = station(rate=800, replicas=2, stuck=stuck)
    played(whole, 60)
    assert np.flatnonzero(stage.waiting).tolist() == [3]
    assert stage.waiting[3] == pytest.approx(40 * 100)
    played(whole, 60)
    assert stage.waiting.sum() == 0.0


def test_retention_deletes_what_nobody_read_in_time() -> None:
    whole, stage = station(rate=8_000, replicas=0, retention=10_000)
    played(whole, 30)
    assert stage.waiting.tolist() == pytest.approx([10_000] * 8)
    assert stage.lost_records == pytest.approx(8_000 * 30 - 80_000)


def test_producers_send_again_what_was_not_taken() -> None:
    retries = {"after": "20s", "share": 0.5}
    whole, stage = station(rate=1_000, replicas=0, retries=retries)
    played(whole, 20)
    assert stage.arrived_records == pytest.approx(20_000)
    played(whole, 20)
    assert stage.arrived_records == pytest.approx(40_000 + 0.5 * 20_000)
    whole, stage = station(rate=1_000, replicas=2, retries=retries)
    played(whole, 60)
    assert stage.arrived_records == pytest.approx(60_000)


def test_a_group_that_is_set_back_reads_again() -> None:
    whole, stage = station(rate=800, replicas=2, rewound=[{"at": "60s", "records": 500}])
    played(whole, 61)
    assert stage.waiting.sum() == pytest.approx(8 * 500 + 800 - 2_000)


def test_any_consumer_takes_any_record_of_a_stream_and_nobody_stops_when_others_come() -> None:
    rows = track({60: 4}, rate=3_000, until="3m", stages=(COLLECT,), replicas=1, startUp="20s")
    assert rows.rebalances == 0
    assert rows.partition_arrival is None
    assert rows.consumed[70 // 5] == pytest.approx(1_000)
    assert rows.consumed[85 // 5] == pytest.approx(4_000)


def test_consumers_of_unequal_speed_leave_one_behind() -> None:
    even, uneven = (
        track(rate=7_800, until="10m", partitions=8, replicas=8, unevenness=u) for u in (0.0, 0.15)
    )
    assert even.backlog.max() == 0.0
    assert uneven.backlog.max() > 10_000
    assert uneven.capacity == 1_000


def test_each_pod_counts_as_often_as_it_has_consumers() -> None:
    whole, stage = station(
        rate=16_000,
        partitions=16,
        replicas=4,
        waiting=1_000_000,
        stages=(_index_with(consumersPerReplica=4),),
    )
    played(whole, 10)
    group = stage.consumers.group
    assert group is not None
    assert len(group.members) == 16
    assert stage.done_records == pytest.approx(4_000 * 10)


def _index_with(**scaling: Any) -> dict[str, Any]:  # noqa: ANN401
    return {**INDEX, "scaling": {**INDEX["scaling"], **scaling}}

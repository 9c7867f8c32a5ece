"""Who knows the future is in time, and is bound by start-ups and partitions like anybody."""

import pytest

from logpipeline.sim.figures import figures_of
from logpipeline.sim.policies.clairvoyant import clairvoyant
from logpipeline.sim.policies.future import futures_of
from logpipeline.sim.run import run
from logpipeline.sim.setting import START, setting_of
from tests.unit.sim.plant.given import COLLECT, INDEX, scenario
from tests.unit.sim.policies.given import STAGE, asked, sample, seen, setting

BURST = [
    {"at": "0s", "rate": 1_500},
    {"at": "10m", "rate": 1_500},
    {"at": "11m", "rate": 7_500, "ramp": True},
    {"at": "30m", "rate": 7_500},
    {"at": "35m", "rate": 1_500, "ramp": True},
]


def test_a_burst_that_nobody_else_expects_is_never_late() -> None:
    track = run(setting(rate=BURST, replicas=2), clairvoyant(setting(rate=BURST, replicas=2)))
    figures = figures_of(track)
    assert figures.minutes_late == 0
    assert figures.efficiency > 0.6


def test_replicas_are_asked_for_a_start_up_and_a_rebalance_before_they_are_needed() -> None:
    policy = clairvoyant(setting(rate=[{"at": "0s", "rate": 500}, {"at": "30m", "rate": 3_500}], until="1h"))
    lead = 20 + 15
    idle = sample([0] * 8)
    assert asked(policy, START + 1_800 - lead - 10, seen(idle, 1)) == 1
    assert asked(policy, START + 1_800 - lead, seen(idle, 1)) >= 4


def test_partitions_bind_it() -> None:
    """Five consumers of eight partitions do no more than four: some have two."""
    future = futures_of(setting(rate=4_500.0))[STAGE]
    assert set(future.needed().tolist()) == {8}
    assert set(futures_of(setting(rate=4_000.0))[STAGE].needed().tolist()) == {4}


def test_what_a_record_costs_is_known_ahead() -> None:
    needed = futures_of(setting(rate=2_000.0, dearer=[{"at": "30m", "factor": 2}]))[STAGE].needed()
    assert (needed[0], needed[-1]) == (2, 4)


@pytest.mark.parametrize("bound", [{"nodes": 2}, {"store": {"recordsPerSecond": 2_000}}])
def test_what_cannot_be_taken_at_its_time_is_taken_afterwards(bound: dict[str, object]) -> None:
    rate = [{"at": "0s", "rate": 1_000}, {"at": "10m", "rate": 4_000}, {"at": "15m", "rate": 1_000}]
    taken = futures_of(setting(rate=rate, **bound))[STAGE].taken
    assert taken.max() == pytest.approx(2_000)
    assert taken.sum() * 5 == pytest.approx(1_000 * 3_600 + 3_000 * 300, rel=0.01)


def test_what_waits_at_the_beginning_is_drained() -> None:
    taken = futures_of(setting(rate=1_000.0, waiting=300_000))[STAGE].taken
    assert taken[0] == pytest.approx(2_000)
    assert taken[-1] == pytest.approx(1_000, rel=0.01)


def test_what_the_first_stage_drains_comes_to_the_second() -> None:
    told = scenario(
        rate=BURST,
        until="1h",
        stages=(COLLECT, INDEX),
        others={"index": {"partitions": 8, "startUp": "20s", "replicas": 2}},
        replicas=2,
        outputRatio=0.5,
    )
    futures = futures_of(setting_of(told, seed=1))
    assert futures["index"].taken.tolist() == (futures["collect"].taken * 0.5).tolist()
    assert figures_of(run(setting_of(told, seed=1), clairvoyant(setting_of(told, seed=1)))).minutes_late == 0


def test_without_a_node_nothing_can_be_taken() -> None:
    assert futures_of(setting(nodes=0))[STAGE].taken.max() == 0

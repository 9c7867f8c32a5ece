"""What is true of everybody who may scale."""

import pickle
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logpipeline.core.readings import GroupState
from logpipeline.sim.policies import POLICIES
from logpipeline.sim.run import run
from logpipeline.sim.setting import START
from logpipeline.simulate import arguments
from tests.unit.sim.policies.given import STAGE, asked, nothing, sample, seen, setting

OTHERS = [name for name in POLICIES if name != "logpipeline"]
PEERS = [name for name in OTHERS if name != "clairvoyant"]
DAY = [
    {"at": "0s", "rate": 1_000},
    {"at": "10m", "rate": 9_000, "ramp": True},
    {"at": "15m", "rate": 9_000},
    {"at": "25m", "rate": 500, "ramp": True},
]
moments = st.tuples(
    st.integers(0, 10**7), st.integers(0, 10**5), st.sampled_from(["whole", "part", "nothing", "rebalancing"])
)


@pytest.mark.parametrize("name", OTHERS)
def test_the_same_run_again_is_the_same(name: str) -> None:
    told = setting(1, 8, rate=DAY, until="40m", replicas=2, measuring={"noise": 0.05})
    first, second = (run(told, POLICIES[name](told)).stages[STAGE] for _ in range(2))
    assert first.changes == second.changes
    assert first.backlog.tolist() == second.backlog.tolist()


@pytest.mark.parametrize("name", OTHERS)
def test_nobody_leaves_the_bounds(name: str) -> None:
    told = setting(3, 6, rate=DAY, until="40m", replicas=4)
    changes = run(told, POLICIES[name](told)).stages[STAGE].changes
    assert all(3 <= change.after <= 6 for change in changes)
    assert all(before.after == after.before for before, after in pairwise(changes))


@pytest.mark.parametrize("name", PEERS)
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=25)
@given(looks=st.lists(moments, max_size=40), least=st.integers(0, 4), replicas=st.integers(0, 12))
def test_nobody_leaves_the_bounds_whatever_is_seen(
    name: str, looks: Sequence[tuple[int, int, str]], least: int, replicas: int
) -> None:
    policy, taken = POLICIES[name](setting(least, 8, rate=DAY)), 0
    for look, (lag, more, what) in enumerate(looks):
        at, taken = START + look * 60.0, taken + more
        state = GroupState.REBALANCING if what == "rebalancing" else GroupState.STABLE
        known = sample([lag, 0, lag // 2], at=at, taken=taken, missing=what == "part", state=state)
        before = replicas
        replicas = asked(policy, at, seen(nothing(at) if what == "nothing" else known, before))
        assert replicas == before or least <= replicas <= 8


@pytest.mark.parametrize("name", POLICIES)
def test_runs_may_be_played_by_other_processes(name: str) -> None:
    assert pickle.loads(pickle.dumps(POLICIES[name])) is POLICIES[name]  # noqa: S301


@pytest.mark.parametrize("name", POLICIES)
def test_its_runs_go_by_its_name(name: str) -> None:
    told = setting(1, 8)
    assert POLICIES[name](told).name == name


def test_the_command_line_names_all_of_them() -> None:
    assert arguments.POLICIES.split(", ") == list(POLICIES)

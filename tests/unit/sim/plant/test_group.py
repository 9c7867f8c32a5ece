from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from logpipeline.core.readings import GroupState, PartitionId
from logpipeline.sim.group import ConsumerGroup
from logpipeline.sim.pods import Member
from logpipeline.sim.truth import USUAL_ASSIGNORS, Protocol, Rebalance

NAMES = tuple(PartitionId("access-log", number) for number in range(8))


def members(count: int) -> tuple[Member, ...]:
    return tuple(Member(key=0.1 * place, able=100.0, phase=0.0) for place in range(count))


def group(protocol: Protocol, count: int, pause: str = "10s") -> ConsumerGroup:
    said = Rebalance.model_validate({"protocol": protocol, "pause": pause})
    return ConsumerGroup(said, USUAL_ASSIGNORS[protocol], NAMES, members(count))


def reading(given: ConsumerGroup, present: Sequence[tuple[int, tuple[Member, ...]]], until: int) -> list[int]:
    """How many partitions are read in each second, with these members from these seconds on."""
    counts = []
    for second in range(until):
        now = [known for since, known in present if since <= second]
        given.advance(second, now[-1] if now else given.members)
        counts.append(int((given.owners >= 0).sum()))
    return counts


def test_all_stop_for_the_pause_when_an_eager_group_grows() -> None:
    given = group(Protocol.EAGER, 2)
    counts = reading(given, [(5, members(4))], 20)
    assert counts == [8] * 5 + [0] * 10 + [8] * 5
    assert given.rebalances == 1
    assert np.bincount(given.owners).tolist() == [2, 2, 2, 2]


def test_all_stop_when_an_eager_group_shrinks() -> None:
    given = group(Protocol.EAGER, 4)
    assert reading(given, [(5, members(2))], 20) == [8] * 5 + [0] * 10 + [8] * 5
    assert np.bincount(given.owners).tolist() == [4, 4]


def test_those_who_come_at_about_the_same_time_share_a_rebalance() -> None:
    given = group(Protocol.EAGER, 1)
    one_a_second = [(5 + more, members(2 + more)) for more in range(5)]
    assert reading(given, one_a_second, 30) == [8] * 5 + [0] * 10 + [8] * 15
    assert given.rebalances == 1


def test_those_who_come_too_late_for_it_cause_one_more_and_not_one_each() -> None:
    given = group(Protocol.EAGER, 1)
    late = [(5, members(2)), *((11 + more, members(3 + more)) for more in range(4))]
    counts = reading(given, late, 40)
    assert given.rebalances == 2
    assert counts[5:25] == [0] * 20
    assert counts[25:] == [8] * 15
    assert len(set(given.owners.tolist())) == 6


@pytest.mark.parametrize("protocol", [Protocol.COOPERATIVE, Protocol.CONSUMER])
def test_only_partitions_that_move_stop_with_the_newer_protocols(protocol: Protocol) -> None:
    given = group(protocol, 2)
    assert reading(given, [(5, members(4))], 20) == [8] * 5 + [4] * 10 + [8] * 5
    assert np.bincount(given.owners).tolist() == [2, 2, 2, 2]
    assert given.rebalances == 1


@pytest.mark.parametrize("protocol", [Protocol.COOPERATIVE, Protocol.CONSUMER])
def test_what_a_leaver_had_is_read_by_others_after_the_pause(protocol: Protocol) -> None:
    given = group(protocol, 4)
    assert reading(given, [(5, members(3))], 20) == [8] * 5 + [6] * 10 + [8] * 5


def test_the_coordinator_gathers_with_the_cooperative_protocol_and_not_with_the_newest() -> None:
    one_each_four_seconds = [(5 + 4 * more, members(2 + more)) for more in range(5)]
    gathering, at_once = group(Protocol.COOPERATIVE, 1), group(Protocol.CONSUMER, 1)
    reading(gathering, one_each_four_seconds, 60)
    reading(at_once, one_each_four_seconds, 60)
    assert (gathering.rebalances, at_once.rebalances) == (3, 5)
    for given in (gathering, at_once):
        assert sorted(np.bincount(given.owners).tolist()) == [1, 1, 1, 1, 2, 2]


def test_who_gives_up_a_partition_is_told() -> None:
    given = group(Protocol.COOPERATIVE, 2)
    given.advance(0, members(4))
    assert given.let_go is not None
    assert int(given.let_go.sum()) == 4
    given.advance(1, given.members)
    assert given.let_go is None


def test_a_dead_consumer_keeps_its_partitions_until_the_group_notices() -> None:
    given = group(Protocol.EAGER, 2)
    alive = given.members
    dead = (replace(alive[0], able=0.0, gone_at=50.0), alive[1])
    given.advance(5, dead)
    assert given.torn is not None
    assert int(given.torn.sum()) == 4
    assert reading(given, [(0, dead), (50, alive[1:])], 70) == [8] * 50 + [0] * 10 + [8] * 10
    assert given.rebalances == 1


def test_an_eager_group_waits_for_a_dead_member_before_it_goes_on() -> None:
    given = group(Protocol.EAGER, 2)
    alive = given.members
    dead = (replace(alive[0], able=0.0, gone_at=50.0), alive[1])
    joined = (*dead, members(3)[2])
    counts = reading(given, [(5, dead), (20, joined), (50, joined[1:])], 70)
    assert counts[19:21] == [8, 0]
    assert counts[20:60] == [0] * 40
    assert counts[60:] == [8] * 10
    assert given.rebalances == 1


def test_a_group_tells_what_its_coordinator_would() -> None:
    given = group(Protocol.EAGER, 2)
    assert given.described(0).assignor == "range"
    given.advance(1, members(3))
    assert (given.described(2).state, given.described(2).assignor) == (GroupState.REBALANCING, None)
    given.advance(11, given.members)
    assert (given.described(11).state, given.described(11).members) == (GroupState.STABLE, 3)
    given.advance(12, ())
    assert given.described(12).state is GroupState.EMPTY


def test_a_group_of_the_newest_protocol_names_its_assignor_while_partitions_move() -> None:
    given = group(Protocol.CONSUMER, 2)
    given.advance(1, members(4))
    assert (given.described(2).state, given.described(2).assignor) == (GroupState.REBALANCING, "uniform")


def test_a_group_that_was_empty_begins_anew() -> None:
    for protocol in Protocol:
        given = group(protocol, 0)
        assert reading(given, [(5, members(2))], 20) == [0] * 15 + [8] * 5


def test_no_pause_is_none() -> None:
    for protocol in Protocol:
        given = group(protocol, 2, pause="0s")
        assert reading(given, [(5, members(4))], 10) == [8] * 10
        assert given.rebalances == 1

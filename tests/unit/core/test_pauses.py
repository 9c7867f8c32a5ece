"""How long a group takes to share out its partitions."""

from logpipeline.core.memory import StageMemory
from logpipeline.core.pauses import pause_seconds, watch_pauses
from logpipeline.core.readings import Group, GroupState, Sharing
from tests.unit.core.given import NOW, STABLE, measures, memory

BUSY = measures(group=Group(GroupState.REBALANCING, None, 2))


def watched(known: StageMemory, seconds: float) -> StageMemory:
    begun = watch_pauses(watch_pauses(known, BUSY, NOW), BUSY, NOW + 5)
    return watch_pauses(begun, measures(group=STABLE), NOW + seconds)


def test_a_pause_is_averaged_with_those_before() -> None:
    once = watched(memory(), 15)
    assert pause_seconds(memory(), Sharing.PARTITIONED) == 5
    assert (once.rebalance_seconds, once.stable_since) == (15, NOW + 15)
    assert watched(once, 25).rebalance_seconds == 20


def test_members_that_come_and_go_for_minutes_are_no_pause() -> None:
    assert watched(memory(), 300).rebalance_seconds is None


def test_a_stream_that_anybody_reads_has_no_pause() -> None:
    assert pause_seconds(memory(rebalance_seconds=15.0), Sharing.SHARED) == 0

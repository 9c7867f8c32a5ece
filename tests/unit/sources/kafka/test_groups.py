from collections.abc import Sequence

import pytest
from confluent_kafka import ConsumerGroupState, ConsumerGroupType, Node, TopicPartition
from confluent_kafka.admin._group import ConsumerGroupDescription, MemberAssignment, MemberDescription

from logpipeline.core.readings import GroupState
from logpipeline.sources.kafka.groups import group_answer

CLASSIC, KIP_848 = ConsumerGroupType.CLASSIC, ConsumerGroupType.CONSUMER


def partitions(*numbers: int) -> MemberAssignment:
    return MemberAssignment([TopicPartition("log", number) for number in numbers])


def state_of(
    state: ConsumerGroupState,
    kind: ConsumerGroupType,
    has: Sequence[int] = (0,),
    target: Sequence[int] | None = None,
) -> GroupState:
    meant = None if target is None else partitions(*target)
    member = MemberDescription("m", "c", "h", partitions(*has), target_assignment=meant)
    described = ConsumerGroupDescription(
        "g",
        is_simple_consumer_group=False,
        members=[member],
        partition_assignor="range",
        state=state.value,
        coordinator=Node(0, "kafka", 9092),
        type=kind.value,
    )
    return group_answer({}, described).group.state


@pytest.mark.parametrize(
    ("what", "state", "seen"),
    [
        ("settled", state_of(ConsumerGroupState.STABLE, CLASSIC), GroupState.STABLE),
        ("joining", state_of(ConsumerGroupState.PREPARING_REBALANCING, CLASSIC), GroupState.REBALANCING),
        ("sharing out", state_of(ConsumerGroupState.COMPLETING_REBALANCING, CLASSIC), GroupState.REBALANCING),
        ("not told", state_of(ConsumerGroupState.UNKNOWN, CLASSIC), GroupState.UNKNOWN),
        (
            "where it should be",
            state_of(ConsumerGroupState.STABLE, KIP_848, [1, 0], [0, 1]),
            GroupState.STABLE,
        ),
        ("not there yet", state_of(ConsumerGroupState.STABLE, KIP_848, [0], [0, 1]), GroupState.REBALANCING),
        ("one too many", state_of(ConsumerGroupState.STABLE, KIP_848, [0, 1], [0]), GroupState.REBALANCING),
        ("reconciling", state_of(ConsumerGroupState.UNKNOWN, KIP_848), GroupState.REBALANCING),
    ],
)
def test_what_a_group_is_doing(what: str, state: GroupState, seen: GroupState) -> None:
    assert state is seen, what

"""What a Kafka cluster knows of a consumer group."""

from collections.abc import Mapping
from dataclasses import dataclass

from confluent_kafka import ConsumerGroupState, ConsumerGroupType
from confluent_kafka.admin._group import ConsumerGroupDescription, MemberDescription

from logpipeline.core.readings import Group, GroupState, PartitionId
from logpipeline.sources.kafka.offsets import Offset

STATES: Mapping[object, GroupState] = {
    ConsumerGroupState.STABLE: GroupState.STABLE,
    ConsumerGroupState.PREPARING_REBALANCING: GroupState.REBALANCING,
    ConsumerGroupState.COMPLETING_REBALANCING: GroupState.REBALANCING,
    ConsumerGroupState.EMPTY: GroupState.EMPTY,
    ConsumerGroupState.DEAD: GroupState.DEAD,
}


@dataclass(frozen=True, slots=True)
class GroupAnswer:
    """What the cluster knows of one consumer group."""

    committed: Mapping[PartitionId, Offset]
    """Committed offsets; a partition without a commit is not in it."""
    group: Group
    assigned: frozenset[str]
    """Topics that members are assigned partitions of."""


def group_answer(
    committed: Mapping[PartitionId, Offset], description: ConsumerGroupDescription
) -> GroupAnswer:
    """Put the two answers about a group together."""
    return GroupAnswer(committed, group_of(description), _assigned(description))


def group_of(description: ConsumerGroupDescription) -> Group:
    """What the group is doing, and with how many members."""
    state = STATES.get(description.state, GroupState.UNKNOWN)
    if description.type is ConsumerGroupType.CONSUMER and (
        # A KIP-848 group that reconciles is in a state that the client library has no name for.
        state is GroupState.UNKNOWN or not all(map(_is_where_it_should_be, description.members))
    ):
        state = GroupState.REBALANCING
    return Group(state, description.partition_assignor or None, len(description.members))


def _assigned(description: ConsumerGroupDescription) -> frozenset[str]:
    return frozenset(
        entry.topic
        for member in description.members
        if member.assignment is not None
        for entry in member.assignment.topic_partitions
    )


def _is_where_it_should_be(member: MemberDescription) -> bool:
    """Whether the member has all the partitions that it is meant to have, and no other."""
    target = member.target_assignment
    return target is None or set(target.topic_partitions) == set(member.assignment.topic_partitions)

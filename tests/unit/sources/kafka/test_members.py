"""Groups are described when something has changed, and seldom otherwise"""

from collections.abc import Collection, Mapping

from confluent_kafka import ConsumerGroupState, ConsumerGroupType, Node, TopicPartition
from confluent_kafka.admin._group import ConsumerGroupDescription, MemberAssignment, MemberDescription

from logpipeline.api.conditions import Reason
from logpipeline.core.readings import Missing
from logpipeline.sources.kafka.cluster import Cluster, Listed
from logpipeline.sources.kafka.members import CROWD, FEW, PASSES, Members
from logpipeline.sources.kafka.requests import Attempt

STABLE, REBALANCING = ConsumerGroupState.STABLE, ConsumerGroupState.PREPARING_REBALANCING
CLASSIC, KIP_848 = ConsumerGroupType.CLASSIC, ConsumerGroupType.CONSUMER
SILENT = Missing(1.0, Reason.SOURCE_TOO_SLOW, "nobody answered")
MANY = [f"group-{number}" for number in range(60)]


class FakeCluster(Cluster):
    """Has groups in some state, and notes which of them it is asked to describe."""

    def __init__(self, names: Collection[str]) -> None:
        self.states: dict[str, Listed] = dict.fromkeys(names, (STABLE, CLASSIC))
        self.reconciling: set[str] = set()
        self.silent: set[str] = set()
        self.lists = True
        self.described: list[str] = []
        self.listings = 0

    def listed(self, attempt: Attempt) -> Mapping[str, Listed]:
        assert attempt.at == 1.0
        self.listings += 1
        here = {name: state for name, state in self.states.items() if name not in self.silent}
        return here if self.lists else {}

    def describe(
        self, names: Collection[str], attempt: Attempt
    ) -> Mapping[str, ConsumerGroupDescription | Missing]:
        assert attempt.at == 1.0
        self.described = list(names)
        return {name: SILENT if name in self.silent else self._description(name) for name in names}

    def _description(self, name: str) -> ConsumerGroupDescription:
        state, kind = self.states[name]
        target = MemberAssignment([TopicPartition("log", 1)]) if name in self.reconciling else None
        assignment = MemberAssignment([TopicPartition("log", 0)])
        member = MemberDescription("m", "c", "h", assignment, target_assignment=target)
        return ConsumerGroupDescription(
            name,
            is_simple_consumer_group=False,
            members=[member],
            partition_assignor="range",
            state=state.value,
            coordinator=Node(0, "kafka", 9092),
            type=kind.value,
        )


def passing(cluster: FakeCluster, members: Members, always: Collection[str] = ()) -> set[str]:
    """The groups that were described in the next pass."""
    known = members.of(list(cluster.states), Attempt(at=1.0, seconds=4.0), always)
    assert set(known) == set(cluster.states)
    return set(cluster.described)


def test_a_few_groups_are_described_in_every_pass() -> None:
    cluster = FakeCluster(MANY[:FEW])
    members = Members(cluster)
    assert passing(cluster, members) == passing(cluster, members) == set(MANY[:FEW])
    assert cluster.listings == 0


def test_each_of_many_calm_groups_is_described_once_in_a_dozen_passes() -> None:
    cluster = FakeCluster(MANY)
    members = Members(cluster)
    assert passing(cluster, members) == set(MANY)
    passes = [passing(cluster, members) for _ in range(PASSES)]
    assert set[str]().union(*passes) == set(MANY)
    assert max(map(len, passes)) == len(MANY) // PASSES


def test_a_group_that_is_listed_otherwise_is_described_at_once_and_until_it_is_calm() -> None:
    cluster = FakeCluster(MANY)
    members = Members(cluster)
    passing(cluster, members)
    cluster.states["group-50"] = (REBALANCING, CLASSIC)
    assert all("group-50" in passing(cluster, members) for _ in range(3))
    cluster.states["group-50"] = (STABLE, CLASSIC)
    assert "group-50" in passing(cluster, members)
    assert "group-50" not in passing(cluster, members)


def test_a_group_whose_members_are_not_where_they_should_be_is_described_again() -> None:
    cluster = FakeCluster(MANY)
    cluster.states["group-50"] = (STABLE, KIP_848)
    cluster.reconciling = {"group-50"}
    members = Members(cluster)
    assert all("group-50" in passing(cluster, members) for _ in range(3))


def test_a_group_that_moved_to_another_protocol_is_described_again() -> None:
    cluster = FakeCluster(MANY)
    members = Members(cluster)
    passing(cluster, members)
    cluster.states["group-50"] = (STABLE, KIP_848)
    assert "group-50" in passing(cluster, members)


def test_a_group_whose_coordinator_is_away_is_asked_for_itself_and_missing() -> None:
    cluster = FakeCluster(MANY)
    members = Members(cluster)
    passing(cluster, members)
    cluster.silent = {"group-50"}
    known = members.of(MANY, Attempt(at=1.0, seconds=4.0))
    assert known["group-50"] == SILENT
    assert "group-50" in cluster.described
    cluster.silent = set()
    assert not isinstance(members.of(MANY, Attempt(at=1.0, seconds=4.0))["group-50"], Missing)


def test_all_are_described_where_the_list_cannot_be_had() -> None:
    cluster = FakeCluster(MANY)
    members = Members(cluster)
    passing(cluster, members)
    cluster.lists = False
    assert passing(cluster, members) == set(MANY)


def test_groups_whose_topics_are_to_be_found_are_described_in_every_pass() -> None:
    cluster = FakeCluster(MANY)
    members = Members(cluster)
    passing(cluster, members)
    assert all("group-50" in passing(cluster, members, always=["group-50"]) for _ in range(3))


def test_a_cluster_with_far_more_groups_than_ours_is_not_listed_in_every_pass() -> None:
    cluster = FakeCluster(MANY)
    members = Members(cluster)
    passing(cluster, members)
    cluster.states |= {f"other-{number}": (STABLE, CLASSIC) for number in range(CROWD * len(MANY))}
    for _ in range(3):
        members.of(MANY, Attempt(at=1.0, seconds=4.0))
    assert cluster.listings == 1


def test_a_broker_that_lists_no_types_is_listed_all_the_same() -> None:
    cluster = FakeCluster(MANY)
    members = Members(cluster)
    passing(cluster, members)
    cluster.states = dict.fromkeys(MANY, (STABLE, ConsumerGroupType.UNKNOWN))
    assert len(passing(cluster, members)) == len(MANY) // PASSES


def test_a_cluster_is_listed_again_when_more_of_its_groups_are_ours() -> None:
    cluster = FakeCluster(MANY)
    cluster.states |= {f"other-{number}": (STABLE, CLASSIC) for number in range(CROWD * FEW * 2)}
    members, few = Members(cluster), MANY[: FEW + 1]
    for _ in range(3):
        members.of(few, Attempt(at=1.0, seconds=4.0))
    assert cluster.listings == 1
    for _ in range(2):
        members.of(MANY, Attempt(at=1.0, seconds=4.0))
    assert cluster.listings == 3

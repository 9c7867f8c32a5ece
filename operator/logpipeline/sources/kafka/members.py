"""What consumer groups are doing, asked for no more often than it changes.

To describe a group takes a request of its own, and of 200 groups half of what a pass costs. Brokers list all
their groups with their states in one answer: a group that is listed as it was described is not asked again.
"""

from collections.abc import Collection, Mapping

from confluent_kafka import ConsumerGroupType
from confluent_kafka.admin._group import ConsumerGroupDescription

from logpipeline.core.readings import GroupState, Missing
from logpipeline.sources.kafka.cluster import Cluster, Listed
from logpipeline.sources.kafka.groups import group_of
from logpipeline.sources.kafka.requests import Attempt

FEW = 16
"""So few groups are described in every pass."""
CROWD = 20
"""A cluster with so many times more groups than we ask for is not asked for its list again."""
PASSES = 12
"""A description is renewed after so many at the latest: members may have changed between two lists."""
CALM = frozenset({GroupState.STABLE, GroupState.EMPTY})
"""States that last. All the others are on their way to one of them."""


class Members:
    """The last description of each group."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._known: dict[str, ConsumerGroupDescription] = {}
        """The longest ago described first."""
        self._listed = 0
        """Groups in the last list."""

    def of(
        self, names: Collection[str], attempt: Attempt, always: Collection[str] = ()
    ) -> Mapping[str, ConsumerGroupDescription | Missing]:
        """A description of each group, those in `always` a new one.

        Whose description is not new has just been listed, too: its coordinator answers.
        """
        kept = self._still_true(names, attempt)
        for name in [*self._oldest(kept), *always]:
            kept.pop(name, None)
        described = self._cluster.describe([name for name in names if name not in kept], attempt)
        news = {name: one for name, one in described.items() if not isinstance(one, Missing)}
        self._known = {**kept, **news}
        return {**kept, **described}

    def _still_true(self, names: Collection[str], attempt: Attempt) -> dict[str, ConsumerGroupDescription]:
        if len(names) <= FEW or self._listed > CROWD * len(names) or not self._known:
            return {}
        listed = self._cluster.listed(attempt)
        self._listed = len(listed)
        return {
            name: one
            for name, one in self._known.items()
            if name in names and group_of(one).state in CALM and _agrees(listed.get(name), one)
        }

    def _oldest(self, kept: Mapping[str, ConsumerGroupDescription]) -> list[str]:
        return list(kept)[: -(-len(kept) // PASSES)]


def _agrees(listed: Listed | None, described: ConsumerGroupDescription) -> bool:
    """Whether a group is listed as it was described; brokers before Kafka 3.8 list no type."""
    if listed is None:
        return False
    state, kind = listed
    return state == described.state and kind in (ConsumerGroupType.UNKNOWN, described.type)

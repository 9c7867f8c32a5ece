"""What consumer groups are doing, asked for no more often than it changes.

To describe a group takes a request of its own, and of 200 groups half of what a pass costs. Brokers list all
their groups with their states in one answer: a group that is listed as it was described is not asked again.
"""

from collections.abc import Collection, Mapping, Sequence

from confluent_kafka.admin._group import ConsumerGroupDescription

from logpipeline.api.conditions import Reason
from logpipeline.core.readings import GroupState, Missing
from logpipeline.sources.kafka.cluster import Cluster
from logpipeline.sources.kafka.groups import group_of
from logpipeline.sources.kafka.requests import Attempt

FEW = 16
"""So few groups are described in every pass."""
CROWD = 20
"""A cluster with so many times more groups than we ask for is not asked for its list again."""
PASSES = 12
"""A description is renewed after so many at the latest: members may have changed between two lists."""
MOST = 250
"""So many are described in a pass: of a thousand at once none would be answered in time on a slow machine."""
CALM = frozenset({GroupState.STABLE, GroupState.EMPTY})
"""States that last. All the others are on their way to one of them."""


class Members:
    """The last description of each group."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._known: dict[str, ConsumerGroupDescription] = {}
        """The longest ago described first."""
        self._crowded = False

    def of(
        self, names: Collection[str], attempt: Attempt, always: Collection[str] = ()
    ) -> Mapping[str, ConsumerGroupDescription | Missing]:
        """A description of each group, those in `always` a new one.

        Whose description is not new has just been listed, too: its coordinator answers.
        """
        kept = self._still_true(names, attempt)
        for name in [*self._oldest(kept), *always]:
            kept.pop(name, None)
        asked, waiting = self._turns([name for name in names if name not in kept])
        described = self._cluster.describe(asked, attempt)
        news = {name: one for name, one in described.items() if not isinstance(one, Missing)}
        past = {name: one for name, one in self._known.items() if name in waiting}
        self._known = {**past, **kept, **news}
        later = Missing(attempt.at, Reason.NOT_YET_MEASURED, "There are many groups: its turn comes soon.")
        return {**kept, **described, **dict.fromkeys(waiting, later)}

    def _turns(self, names: Sequence[str]) -> tuple[Sequence[str], Collection[str]]:
        """Those to describe now, and those that must wait: who was described the longest ago comes first."""
        if len(names) <= MOST:
            return names, ()
        turns = {name: turn for turn, name in enumerate(self._known)}
        ordered = sorted(names, key=lambda name: turns.get(name, -1))
        return ordered[:MOST], frozenset(ordered[MOST:])

    def _still_true(self, names: Collection[str], attempt: Attempt) -> dict[str, ConsumerGroupDescription]:
        if len(names) <= FEW or self._crowded or not self._known:
            return {}
        listed = self._cluster.listed(attempt)
        self._crowded = len(listed) > CROWD * len(names)
        return {
            name: one
            for name, one in self._known.items()
            if name in names and group_of(one).state in CALM and listed.get(name) == (one.state, one.type)
        }

    def _oldest(self, kept: Mapping[str, ConsumerGroupDescription]) -> list[str]:
        return list(kept)[: -(-len(kept) // PASSES)]

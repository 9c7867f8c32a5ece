"""When the oldest waiting record was written, by timestamps, for groups that are behind our first sample.

For later records the history of samples tells it, and better: timestamps are what producers make of them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from logpipeline.core.readings import Counts, PartitionId, Sample
from logpipeline.sources.base import KafkaQuery
from logpipeline.sources.kafka.cluster import Cluster
from logpipeline.sources.kafka.recall import LATEST_SHARE, Remembered
from logpipeline.sources.kafka.requests import Attempt, Found, OffsetRequest

SEARCHES_PER_PASS = 20
PARTITIONS_PER_SEARCH = 64
ROUNDS = 3
MOMENTS = 8
PRECISION = 0.04
"""A search is over when the age is known to within this share of it."""
FAR_AGES_SECONDS = tuple(1_800.0 * 2**step for step in range(MOMENTS - 1))
"""Beyond what was recalled: from half an hour to more than a day ago, and the beginning of the log."""


@dataclass(slots=True)
class Bracket:
    """One partition: between which moments the first record that waits was written, Unix seconds."""

    consumed: int
    """Its offset."""
    low: float
    """-inf where it is not known how long ago it may be."""
    high: float

    def narrow(self, moment: float, found: Found) -> None:
        """Take in which record is the first that was written at `moment` or later."""
        if found.offset < 0 or found.offset > self.consumed:
            self.high = min(self.high, moment)
        else:
            self.low = max(self.low, found.written_at)
            if found.offset == self.consumed:
                self.high = self.low
        self.low = min(self.low, self.high)


@dataclass(slots=True)
class Search:
    """The search for one query, over the partitions that may hold its oldest record."""

    at: float
    brackets: dict[PartitionId, Bracket]

    @property
    def low(self) -> float:
        """The oldest record was written at this moment or later."""
        return min(bracket.low for bracket in self.brackets.values())

    @property
    def high(self) -> float:
        """The oldest record was written before this moment."""
        return min(bracket.high for bracket in self.brackets.values())

    @property
    def is_over(self) -> bool:
        """It is known well enough."""
        return self.high - self.low <= PRECISION * (self.at - self.high)

    def requests(self) -> list[tuple[float, OffsetRequest]]:
        """Moments that part what is not known yet, each with its question."""
        oldest = self.high
        suspects = sorted((b.low, p) for p, b in self.brackets.items() if b.low <= oldest)
        partitions = [partition for _, partition in suspects[:PARTITIONS_PER_SEARCH]]
        return [(moment, OffsetRequest.since(moment, partitions)) for moment in self._moments()]

    def _moments(self) -> Sequence[float]:
        if self.low == -inf:
            ages = [age for age in FAR_AGES_SECONDS if age > self.at - self.high]
            return [0.0, *(self.at - age for age in reversed(ages))]
        youngest = max(self.at - self.high, 1.0)
        between = np.geomspace(max(self.at - self.low, youngest), youngest, MOMENTS + 2)[1:-1]
        return [float(self.at - age) for age in between]


class Ages:
    """When the oldest waiting record of a query was written, where its group is behind our first sample."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._last: dict[KafkaQuery, Search] = {}

    def of(
        self,
        samples: Mapping[KafkaQuery, Sample],
        recalled: Mapping[KafkaQuery, Remembered],
        attempt: Attempt,
    ) -> Mapping[KafkaQuery, float]:
        """Unix seconds for each query where it is known; with many queries some are those of passes before.

        Those are too old rather than too young: groups go forward.
        """
        behind = {
            query: brackets
            for query, sample in samples.items()
            if recalled[query].past and (brackets := brackets_of(sample, recalled[query]))
        }
        self._last = {query: search for query, search in self._last.items() if query in behind}
        searches = {
            query: self._resumed(query, behind[query], samples[query].at) for query in self._due(behind)
        }
        if attempt.left() > (1 - LATEST_SHARE) * attempt.seconds:
            self._search(list(searches.values()), attempt)
            self._last |= searches
        return {query: _middle(search) for query, search in self._last.items() if search.low != -inf}

    def _due(self, behind: Collection[KafkaQuery]) -> Sequence[KafkaQuery]:
        """The queries that were never searched for, then those whose search is the longest ago."""
        last = self._last
        order = sorted(behind, key=lambda query: last[query].at if query in last else -inf)
        return order[:SEARCHES_PER_PASS]

    def _resumed(self, query: KafkaQuery, brackets: dict[PartitionId, Bracket], at: float) -> Search:
        """A search that knows what the last one found: a group that moved on waits for no older record."""
        before = self._last[query].brackets if query in self._last else {}
        for partition, bracket in brackets.items():
            known = before.get(partition)
            if known is not None and known.consumed <= bracket.consumed:
                bracket.low = max(bracket.low, min(known.low, bracket.high))
                if known.consumed == bracket.consumed:
                    bracket.high = min(bracket.high, max(known.high, bracket.low))
        return Search(at, brackets)

    def _search(self, searches: Sequence[Search], attempt: Attempt) -> None:
        for _ in range(ROUNDS):
            asked = [(search, *one) for search in searches if not search.is_over for one in search.requests()]
            answers = self._cluster.look_up([request for _, _, request in asked], attempt)
            for (search, moment, _), found in zip(asked, answers, strict=True):
                for partition, one in found.items():
                    search.brackets[partition].narrow(moment, one)


def brackets_of(sample: Sample, known: Remembered) -> dict[PartitionId, Bracket]:
    """The partitions whose group is behind our first sample, with what the recalled moments say of each."""
    brackets = {
        sample.partitions[index]: Bracket(int(sample.consumed[index]), -inf, known.first.at)
        for index in np.flatnonzero((sample.backlog > 0) & (sample.consumed < _ends(known.first, sample)))
    }
    if not brackets:
        return {}
    for recalled in known.past:
        for partition, end in zip(recalled.partitions, recalled.produced, strict=True):
            bracket = brackets.get(partition)
            if bracket is None or np.isnan(end):
                continue
            if end <= bracket.consumed:
                bracket.low = max(bracket.low, recalled.at)
            else:
                bracket.high = min(bracket.high, recalled.at)
    return brackets


def _ends(first: Sample, sample: Sample) -> Counts:
    """(P,) where the logs of `sample` ended at the first sample; 0 for a partition that came later."""
    if first.partitions == sample.partitions:
        return first.produced
    ends = dict(zip(first.partitions, first.produced.tolist(), strict=True))
    return np.array([ends.get(partition, 0) for partition in sample.partitions], dtype=np.int64)


def _middle(search: Search) -> float:
    return (search.low + search.high) / 2

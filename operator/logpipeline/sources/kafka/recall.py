"""What the brokers remember of the last quarter of an hour by timestamp, so that rates are known at once.

Producers write those timestamps, and some replay old records or have wrong clocks. So what is recalled is
believed only for as long as it agrees with what was measured live.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from logpipeline.core.readings import PartitionId, Recalled, Sample
from logpipeline.sources.base import KafkaQuery
from logpipeline.sources.kafka.cluster import Cluster
from logpipeline.sources.kafka.offsets import Offset
from logpipeline.sources.kafka.requests import Attempt, OffsetRequest
from logpipeline.sources.kafka.timestamps import TOLERATED_SECONDS, agrees, is_plausible, recalled_of

AGES_SECONDS = (10, 20, 40, 60, 90, 135, 200, 300, 450, 600, 900)
"""How long before the first sample the moments are that are asked for."""
LOOKUPS_PER_PASS = 12_000
"""Offsets by timestamp that are asked for in one pass; the queries beyond wait for the next ones."""
LATEST_SHARE = 0.5
"""Nothing is recalled in a pass that has taken so much of its time already."""
CHECKED_SECONDS = 20.0
"""What agrees with the live samples for so long is believed for good."""


@dataclass(slots=True)
class Remembered:
    """What is recalled for one query."""

    first: Sample
    """The first sample: what is recalled lies before it."""
    past: tuple[Recalled, ...] = ()
    asked: bool = False
    checked: bool = False
    """Nothing will change any more."""


class Recall:
    """The recalled past of each query, from the pass in which it is first measured on."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._known: dict[KafkaQuery, Remembered] = {}

    def of(
        self,
        queries: Collection[KafkaQuery],
        samples: Mapping[KafkaQuery, Sample],
        starts: Mapping[PartitionId, Offset],
        attempt: Attempt,
    ) -> Mapping[KafkaQuery, Remembered]:
        """What is recalled for each of `samples`; what was is forgotten where it is not in `queries`."""
        self._known = {query: known for query, known in self._known.items() if query in queries}
        for query, sample in samples.items():
            self._known.setdefault(query, Remembered(sample))
        if attempt.left() > (1 - LATEST_SHARE) * attempt.seconds:
            self._check(samples, attempt)
            self._ask(self._next(samples), starts, attempt)
        return {query: self._known[query] for query in samples}

    def _next(self, samples: Iterable[KafkaQuery]) -> Sequence[Remembered]:
        """As many of those not asked for yet as fit into one pass, and one in any case."""
        chosen: list[Remembered] = []
        lookups = 0
        for known in (self._known[query] for query in samples):
            if not known.asked:
                lookups += len(known.first.partitions) * (len(AGES_SECONDS) + 1)
                if chosen and lookups > LOOKUPS_PER_PASS:
                    break
                chosen.append(known)
        return chosen

    def _ask(
        self, chosen: Sequence[Remembered], starts: Mapping[PartitionId, Offset], attempt: Attempt
    ) -> None:
        for at, group in _by_first_sample(chosen).items():
            partitions = _partitions_of(group)
            moments = [at - age for age in reversed(AGES_SECONDS)]
            requests = [OffsetRequest.since(moment, partitions) for moment in moments]
            newest, *answers = self._cluster.look_up([OffsetRequest.newest(partitions), *requests], attempt)
            for known in group:
                known.asked = True
                past = tuple(
                    recalled
                    for moment, found in zip(moments, answers, strict=True)
                    if (recalled := recalled_of(moment, known.first, found, starts)) is not None
                )
                known.past = past if is_plausible(known.first, past, newest) else ()
                known.checked = not known.past

    def _check(self, samples: Mapping[KafkaQuery, Sample], attempt: Attempt) -> None:
        """Ask where the logs ended at the first sample, and compare that with what was measured then."""
        due = {
            query: known
            for query in samples
            if (known := self._known[query]).past
            and not known.checked
            and samples[query].at - known.first.at >= TOLERATED_SECONDS
        }
        answers = {
            at: self._cluster.look_up([OffsetRequest.since(at, _partitions_of(group))], attempt)[0]
            for at, group in _by_first_sample(due.values()).items()
        }
        for query, known in due.items():
            if not agrees(known.first, known.past, samples[query], answers[known.first.at]):
                known.past, known.checked = (), True
            known.checked |= samples[query].at - known.first.at >= CHECKED_SECONDS


def _by_first_sample(known: Iterable[Remembered]) -> Mapping[float, list[Remembered]]:
    groups: dict[float, list[Remembered]] = {}
    for one in known:
        groups.setdefault(one.first.at, []).append(one)
    return groups


def _partitions_of(known: Iterable[Remembered]) -> tuple[PartitionId, ...]:
    return tuple(dict.fromkeys(partition for one in known for partition in one.first.partitions))

"""What changes slowly in a cluster, remembered for a while: partitions of topics and log start offsets."""

from collections.abc import Callable, Collection, Iterable, Mapping
from time import monotonic

from logpipeline.api.conditions import Reason
from logpipeline.core.readings import Missing, PartitionId
from logpipeline.sources.kafka.cluster import Cluster
from logpipeline.sources.kafka.offsets import Offset, Partitions
from logpipeline.sources.kafka.requests import Attempt

REMEMBERED_SECONDS = 30.0
SILENCE = frozenset({Reason.SOURCE_UNREACHABLE, Reason.SOURCE_TOO_SLOW})
"""That nobody answered says nothing of the topic: what was known of it holds."""


class Topics:
    """The partitions of each topic. A topic that was not there is looked for again in every pass."""

    def __init__(self, cluster: Cluster, *, monotonic: Callable[[], float] = monotonic) -> None:
        self._cluster = cluster
        self._monotonic = monotonic
        self._known: dict[str, Partitions] = {}
        self._suspect: set[str] = set()
        self._expires = 0.0

    def partitions(self, names: Collection[str], attempt: Attempt) -> Mapping[str, Partitions | Missing]:
        """The partitions of each topic, in order, or why they are not known.

        The same tuple is given from pass to pass for as long as nothing changed.
        """
        if self._monotonic() >= self._expires:
            wanted: Collection[str] = names
            self._expires = self._monotonic() + REMEMBERED_SECONDS
        else:
            wanted = [name for name in names if name not in self._known or name in self._suspect]
        self._suspect.clear()
        missing: dict[str, Missing] = {}
        for name, count in self._cluster.topics(wanted, attempt).items():
            if not isinstance(count, Missing):
                if len(self._known.get(name, ())) != count:
                    self._known[name] = tuple(PartitionId(name, partition) for partition in range(count))
            elif count.reason in SILENCE and name in self._known:
                self._suspect.add(name)
            else:
                missing[name] = count
                self._known.pop(name, None)
        self._known = {name: self._known[name] for name in names if name in self._known}
        return self._known | missing

    def suspect(self, names: Iterable[str]) -> None:
        """Ask again for these in the next pass: something about them was wrong."""
        self._suspect.update(names)


class LogStarts:
    """Log start offsets. They only ever grow, so an old one is a lower bound."""

    def __init__(self, cluster: Cluster, *, monotonic: Callable[[], float] = monotonic) -> None:
        self._cluster = cluster
        self._monotonic = monotonic
        self._known: dict[PartitionId, Offset] = {}
        self._expires = 0.0

    def offsets(
        self, partitions: Collection[PartitionId], fresh: Collection[PartitionId], attempt: Attempt
    ) -> Mapping[PartitionId, Offset]:
        """Log starts of all the `partitions`; those in `fresh` are read in this very pass."""
        if self._monotonic() >= self._expires:
            wanted = partitions
            self._expires = self._monotonic() + REMEMBERED_SECONDS
        else:
            wanted = [p for p in partitions if p in fresh or not isinstance(self._known.get(p), int)]
        read = self._cluster.starts(wanted, attempt)
        self._known = {p: self._best(p, read.get(p)) for p in partitions}
        return self._known

    def _best(self, partition: PartitionId, read: Offset | None) -> Offset:
        """What was read; where that came to nothing, what was known. Without it no loss would show."""
        known = self._known.get(partition)
        if read is None or (isinstance(read, Missing) and isinstance(known, int)):
            return self._known[partition]
        return read

    def known(self, partition: PartitionId) -> int | None:
        """Where the log started when that was last read."""
        start = self._known.get(partition)
        return start if isinstance(start, int) else None

    def forget(self, partitions: Iterable[PartitionId]) -> None:
        """Ask again for these in the next pass: their logs are others than they were."""
        for partition in partitions:
            self._known.pop(partition, None)

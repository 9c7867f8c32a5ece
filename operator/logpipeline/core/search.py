"""The first count of replicas beyond which little enough is left, without a look at every count."""

import math
from dataclasses import dataclass

import numpy as np

from logpipeline.core.arrays import sum_of
from logpipeline.core.dealing import RANGE, ROUND_ROBIN, dealt, topic_sizes
from logpipeline.core.readings import PartitionId, Rates

SLACK_SHARE = 1e-9
"""Shares of what a consumer takes that are rounding errors."""
EACH = 64
"""Up to here every count is tried, where they are tried one by one."""


@dataclass(frozen=True, slots=True, eq=False)
class Deal:
    """A load that is to be dealt to consumers, each of which takes so much."""

    load: Rates
    """(P,) records/s."""
    partitions: tuple[PartitionId, ...]
    per_consumer: float
    """Records/s that each takes."""
    assignor: str | None

    def beyond(self, consumers: int) -> float:
        """Records/s that go to consumers that have their hands full already."""
        loads = dealt(self.load, self.partitions, consumers, self.assignor)
        return sum_of(np.maximum(loads - self.per_consumer, 0.0))

    def first(self, fewest: int, most: int, each: int, enough: float) -> tuple[int, float]:
        """The count of replicas with `each` consumers, and what is beyond them.

        It is the first from `fewest` to `most` (no less) beyond which no more than `enough` is. Where
        there is none it is the first of those that have the least beyond them.
        """
        if self.assignor == RANGE:
            sizes = topic_sizes(self.partitions)
            if len(set(sizes)) == 1:
                return self._in_ranges(sizes[0], fewest, most, each=each, enough=enough)
        elif self.assignor != ROUND_ROBIN:
            return self._by_halves(fewest, most, each, enough)
        return self._one_by_one(fewest, most, each, enough)

    def _in_ranges(self, size: int, fewest: int, most: int, *, each: int, enough: float) -> tuple[int, float]:
        """Topics of one `size` are dealt alike, so their loads add up: all counts of one quantum at a time.

        Counts between which the smaller share is the same have the same blocks of partitions, those of the
        larger share from the beginning and those of the smaller from the end, only not as many of each. So
        2 * sqrt(P) looks do for all counts.
        """
        load = np.add.reduce(self.load.reshape(-1, size)) if len(self.load) > size else self.load
        slack = SLACK_SHARE * self.per_consumer
        best, least, replicas = most, math.inf, fewest
        while replicas <= most:
            share = max(size // (replicas * each), 1)
            last = min(max(size // share // each, replicas), most)
            consumers = np.minimum(np.arange(replicas * each, last * each + 1, each), size)
            larger = size - share * consumers
            left, right = self._from_the_left(load, share + 1), self._from_the_right(load, share)
            beyond = left[larger] + right[consumers - larger]
            lowest = float(np.minimum.reduce(beyond))
            if lowest < least - slack:
                does = beyond <= max(enough, lowest + slack)
                place = int(does.argmax())
                best, least = replicas + place, float(beyond[place])
                if least <= enough:
                    break
            replicas = last + 1
        return best, least

    def _from_the_left(self, load: Rates, share: int) -> Rates:
        """What is beyond the first 0, 1, 2 and so on consumers of `share` partitions."""
        blocks = len(load) // share
        return self._summed(load[: blocks * share].reshape(blocks, share))

    def _from_the_right(self, load: Rates, share: int) -> Rates:
        """What is beyond the last 0, 1, 2 and so on."""
        blocks = len(load) // share
        return self._summed(load[len(load) - blocks * share :].reshape(blocks, share)[::-1])

    def _summed(self, blocks: Rates) -> Rates:
        loads, summed = np.add.reduce(blocks, axis=1), np.zeros(len(blocks) + 1)
        np.add.accumulate(np.maximum(loads - self.per_consumer, 0.0), out=summed[1:])
        return summed

    def _by_halves(self, fewest: int, most: int, each: int, enough: float) -> tuple[int, float]:
        """Dealt by load, more consumers never have more beyond them: so the first is found by halves."""
        falling = -np.sort(-self.load)
        low, high, found = fewest, most, self._in_turn(falling, most * each)
        target = max(enough, found + SLACK_SHARE * self.per_consumer)
        while low < high:
            middle = (low + high) // 2
            beyond = self._in_turn(falling, middle * each)
            if beyond <= target:
                high, found = middle, beyond
            else:
                low = middle + 1
        return high, found

    def _in_turn(self, load: Rates, consumers: int) -> float:
        rounds = -(-len(load) // consumers)
        padded = np.zeros(rounds * consumers)
        padded[: len(load)] = load
        loads = np.add.reduce(padded.reshape(rounds, consumers))
        return sum_of(np.maximum(loads - self.per_consumer, 0.0))

    def _one_by_one(self, fewest: int, most: int, each: int, enough: float) -> tuple[int, float]:
        """Where nothing better is known. Beyond 64 they are tried in steps of a few percent."""
        best, least, replicas = most, math.inf, fewest
        while replicas <= most:
            beyond = self.beyond(replicas * each)
            if beyond < least - SLACK_SHARE * self.per_consumer:
                best, least = replicas, beyond
            if beyond <= enough:
                break
            step = max(1, 2 ** (replicas.bit_length() - EACH.bit_length() + 1))
            replicas = most if replicas < most < replicas + step else (replicas // step + 1) * step
        return best, least

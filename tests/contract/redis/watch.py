"""A stage whose source is watched: real readings, and what the operator would do with them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from logpipeline.api.conditions import Reason
from logpipeline.core.readings import Missing, Reading, Sample
from logpipeline.sources.base import RedisQuery
from logpipeline.sources.redis.reader import RedisReader
from tests.contract.governing import governed, source_reason, wanted
from tests.contract.reading import sampled

EVERY_SECONDS = 5.0
QUIET_READINGS = 180
CAPACITY = {"recordsPerSecond": 1}
"""Of one replica: so little that a few thousand records are much."""


class Watch:
    """Readings, as if each was taken five seconds after the one before."""

    def __init__(self, reader: RedisReader, query: RedisQuery, *, beside: Sequence[RedisQuery] = ()) -> None:
        """`beside` are queries of others, measured in the same passes."""
        self._reader = reader
        self._query = query
        self._queries = (query, *beside)
        self._readings: list[Reading] = []

    async def see(self) -> Reading:
        """Measure once more."""
        reading = (await self._reader.sample(self._queries))[self._query]
        at = self._readings[-1].at + EVERY_SECONDS if self._readings else reading.at
        self._readings.append(replace(reading, at=at))
        return reading

    async def sample(self) -> Sample:
        """Measure once more, with success."""
        return sampled(await self.see())

    async def missing(self) -> Missing:
        """Measure once more, in vain."""
        reading = await self.see()
        assert isinstance(reading, Missing), reading
        return reading

    async def quiet(self) -> None:
        """See what is there, and take it to have been so for a quarter of an hour: now it would shrink."""
        sample = await self.sample()
        before = [
            replace(sample, at=sample.at - EVERY_SECONDS * count) for count in range(QUIET_READINGS, 0, -1)
        ]
        self._readings = [*before, sample]
        assert self.wanted(10) < 10, "nothing waits and nothing arrives, and yet it would not shrink"

    def wanted(self, replicas: int, **scaling: Any) -> int:  # noqa: ANN401
        """The count that the operator decides on with so many replicas."""
        return wanted(self._readings, replicas=replicas, **{"capacity": CAPACITY} | scaling)

    def said(self) -> Reason:
        """Why `SourcesAvailable` is as it is."""
        return source_reason(governed(self._readings, replicas=1, capacity=CAPACITY))

    def holds(self) -> bool:
        """Whether nothing becomes smaller."""
        return all(self.wanted(replicas) >= replicas for replicas in (1, 10, 64))

    def grows(self) -> bool:
        """Whether a stage that is too small for what is known to wait becomes larger."""
        return self.wanted(1) > 1

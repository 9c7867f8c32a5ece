"""From the answers of one pass to the readings of queries."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from logpipeline.api.conditions import Reason
from logpipeline.core.readings import Doubt, Missing, PartitionId, Reading, Sample, Sharing
from logpipeline.sources.base import PrometheusQuery
from logpipeline.sources.prometheus.age import STALE_SECONDS, ages_of, question_of_age
from logpipeline.sources.prometheus.answers import NotOneNumberError, number_of
from logpipeline.sources.prometheus.errors import Circumstances, explain, is_silence

PARTITIONS: Final = (PartitionId("query", 0),)
_NOTHING_CONSUMED: Final = np.zeros(1, dtype=np.int64)
_NO_ARRIVAL_QUERY: Final = Doubt(
    Reason.ARRIVAL_UNKNOWN,
    "no arrivalQuery is given, so the count is never lowered: give one that tells the records/s that arrive",
)


def questions_of(query: PrometheusQuery) -> list[str]:
    """All PromQL that must be answered for a query."""
    told = [query.backlog] if query.arrival is None else [query.backlog, query.arrival]
    ages = (question_of_age(question) for question in told)
    return [*told, *(age for age in ages if age is not None)]


@dataclass(frozen=True, slots=True)
class Answers:
    """What a server said in one pass."""

    at: float
    where: str
    seconds: float
    """How long the pass could take."""
    outcomes: Mapping[str, Any]
    """The result of each question as JSON, or the exception in its place."""

    def reading(self, query: PrometheusQuery) -> Reading:
        """What waits by one query."""
        backlog = self._number("backlogQuery", query.backlog)
        if isinstance(backlog, Missing):
            return backlog
        youngest, oldest = self._ages(query.backlog)
        if youngest > STALE_SECONDS:
            return Missing(
                self.at,
                Reason.STALE_SERIES,
                f"what backlogQuery gives on {self.where} is more than {STALE_SECONDS:g} s old: "
                "look whether what it measures is still scraped, and once a minute at least",
            )
        arrival, doubts = self._arrival(query)
        if oldest > STALE_SECONDS:
            doubts += (self._partly_stale(),)
        # A fraction of a record, of an average perhaps, is more than none.
        waiting = np.array([math.ceil(backlog)], dtype=np.int64)
        return Sample(
            self.at,
            Sharing.SHARED,
            PARTITIONS,
            waiting,
            _NOTHING_CONSUMED,
            counted=False,
            arrival_per_second=arrival,
            doubts=doubts,
        )

    def _number(self, field: str, question: str) -> float | Missing:
        outcome = self.outcomes[question]
        if isinstance(outcome, Exception):
            answered = any(not is_silence(one) for one in self.outcomes.values())
            circumstances = Circumstances(self.where, answered=answered, seconds=self.seconds)
            return explain(self.at, circumstances, field, outcome)
        try:
            return number_of(outcome)
        except NotOneNumberError as nonsense:
            return Missing(self.at, nonsense.reason, f"{field} on {self.where} {nonsense}")

    def _ages(self, asked: str) -> tuple[float, float]:
        """Of the youngest and the oldest series behind a query, s; 0 where Prometheus cannot tell."""
        question = question_of_age(asked)
        outcome = None if question is None else self.outcomes[question]
        ages = [] if isinstance(outcome, Exception) else ages_of(outcome)
        return (ages[0], ages[-1]) if ages else (0.0, 0.0)

    def _arrival(self, query: PrometheusQuery) -> tuple[float | None, tuple[Doubt, ...]]:
        if query.arrival is None:
            return None, (_NO_ARRIVAL_QUERY,)
        arrival = self._number("arrivalQuery", query.arrival)
        if isinstance(arrival, Missing):
            message = f"{arrival.message}; until then the count is not lowered"
            return None, (Doubt(Reason.ARRIVAL_UNKNOWN, message),)
        _, oldest = self._ages(query.arrival)
        if oldest > STALE_SECONDS:
            return None, (self._stale_arrival(),)
        return arrival, ()

    def _stale_arrival(self) -> Doubt:
        return Doubt(
            Reason.ARRIVAL_UNKNOWN,
            f"some or all of what arrivalQuery gives on {self.where} is more than {STALE_SECONDS:g} s old, "
            "so the count is not lowered: look whether all of it is still scraped, at least once a minute",
        )

    def _partly_stale(self) -> Doubt:
        return Doubt(
            Reason.STALE_SERIES,
            f"some of what backlogQuery counts on {self.where} is more than {STALE_SECONDS:g} s old, so the "
            "count is not lowered: look whether all of it is still scraped, and once a minute at least",
        )

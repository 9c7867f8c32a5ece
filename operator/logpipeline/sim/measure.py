"""What a source would tell of a stage: not the truth, but what servers know of it, and not always."""

import math
from dataclasses import dataclass, replace

import numpy as np

from logpipeline.api.conditions import Reason
from logpipeline.api.pipeline import Stage
from logpipeline.core.readings import Counts, Doubt, Missing, Rates, Reading, Recalled, Sample, Sharing
from logpipeline.sim.mishaps import Blindness
from logpipeline.sim.station import Station

RECALLED_SECONDS = (900, 600, 450, 300, 200, 135, 90, 60, 40, 20, 10)
"""How long before the first sample the moments are that a log is asked for."""
RATE_SECONDS = 60
"""Where a source tells a rate rather than a counter, it is the mean over this."""
_BROKER_DOWN = "a broker is down: start it again"
_NOT_COUNTED = "what arrives is not counted, so nothing shrinks: name a counter or a query for it in the spec"


@dataclass(slots=True)
class Measure:
    """Who measures one stage, from sample to sample."""

    stage: Stage
    station: Station
    chance: np.random.Generator
    _past: tuple[Recalled, ...] | None = None
    """What the log recalled at the first sample; None before that."""
    _ends: Rates | None = None
    """(P,) where the log ended in truth at the last sample."""
    _seen: Counts | None = None
    """(P,) where it seemed to end."""
    _last: Sample | None = None
    """What was told last."""

    def begin_anew(self) -> None:
        """Another process measures from now on, and asks the log for its past."""
        self._past = self._ends = self._seen = self._last = None

    def reading(self) -> Reading:
        """What is told now."""
        blind = self.station.truth.measuring.blind
        what = next((each.what for each in blind if each.holds(self.station.second)), None)
        known = self._known(what)
        if not known:
            message = f"the source of {self.stage.name} does not answer: is it running?"
            return Missing(self._now, Reason.SOURCE_UNREACHABLE, message)
        if what is Blindness.FROZEN and self._last is not None:
            return replace(self._last, at=self._now)
        shared = self.station.consumers.group is None
        sample = self._shared() if shared else self._partitioned()
        self._last = sample if len(known) == len(sample.partitions) else _part_of(sample, known)
        return self._last

    @property
    def _now(self) -> float:
        return self.station.start + self.station.second

    def _known(self, what: Blindness | None) -> range:
        """The places of the partitions that can be measured."""
        count = len(self.station.taken)
        match what:
            case Blindness.ALL:
                return range(0)
            case Blindness.HALF:
                return range(count // 2)
            case Blindness.ONE:
                return range(1, count)
            case _:
                return range(count)

    def _partitioned(self) -> Sample:
        station = self.station
        committed, starts, ends = station.committed, station.starts, self._seen_ends()
        consumed = np.maximum(np.minimum(committed, ends), starts).astype(np.int64)
        return Sample(
            at=self._now,
            sharing=Sharing.PARTITIONED,
            partitions=station.consumers.layout.names,
            produced=np.maximum(ends, consumed) + station.truth.measuring.markers,
            consumed=consumed,
            group=station.consumers.group.described(station.second) if station.consumers.group else None,
            lost=np.maximum(starts - committed, 0.0).astype(np.int64),
            past=self._recalled(),
            doubts=self._doubts(),
        )

    def _shared(self) -> Sample:
        """As Redis and Prometheus tell it, each record acknowledged as soon as it is processed."""
        station, redis, prometheus = self.station, self.stage.source.redis, self.stage.source.prometheus
        produced = self._seen_ends()
        consumed = np.minimum(station.taken.astype(np.int64), produced)
        listed = () if redis is None else redis.lists
        counted = (
            station.truth.measuring.counted and prometheus is None and all(one.arrival_key for one in listed)
        )
        told = prometheus is not None and prometheus.arrival_query is not None
        waits = bool((produced > consumed).any())
        oldest = self._now - station.log.oldest_seconds(station.taken)
        return Sample(
            at=self._now,
            sharing=Sharing.SHARED,
            partitions=station.consumers.layout.names,
            produced=produced if counted else produced - consumed,
            consumed=consumed if counted else np.zeros_like(consumed),
            oldest_at=oldest if waits and redis is not None and redis.streams else None,
            counted=counted,
            arrival_per_second=self._rate() if told else None,
            lost=None if prometheus else np.zeros_like(consumed),
            doubts=self._doubts(Reason.ARRIVAL_UNKNOWN if not (counted or told) else None),
        )

    def _seen_ends(self) -> Counts:
        """(P,) where the log ends by an answer that is a little old, as old for all partitions."""
        noise, before, ends = self.station.truth.measuring.noise, self._ends, self.station.log.ends
        read = ends
        if noise and before is not None:
            # Evenly from 0 to sqrt(6) * noise: the difference of two such answers is then off by `noise`.
            old = min(1.0, math.sqrt(6) * noise * self.chance.random())
            read = ends - old * np.maximum(ends - before, 0.0)
        seen: Counts = np.floor(read).astype(np.int64)
        if before is not None and self._seen is not None:
            seen = np.where(ends < before, seen, np.maximum(seen, self._seen))
        self._ends, self._seen = ends, seen
        return seen

    def _rate(self) -> float:
        log = self.station.log
        return float((log.ends - log.ends_at(log.second - RATE_SECONDS)).sum()) / RATE_SECONDS

    def _recalled(self) -> tuple[Recalled, ...]:
        """What the log tells of the time before the first sample; the same from sample to sample."""
        if self._past is None:
            station = self.station
            moments = [station.second - age for age in RECALLED_SECONDS]
            names = station.consumers.layout.names
            self._past = tuple(
                Recalled(station.start + moment, names, np.floor(station.log.ends_at(moment)))
                for moment in moments
                if station.truth.measuring.recalls
            )
        return self._past

    def _doubts(self, own: Reason | None = None) -> tuple[Doubt, ...]:
        told = {own: Doubt(own, _NOT_COUNTED)} if own else {}
        for doubtful in self.station.truth.measuring.doubtful:
            if doubtful.holds(self.station.second):
                told[doubtful.reason] = Doubt(doubtful.reason, f"it is doubtful because of {doubtful.reason}")
        return tuple(told.values())


def _part_of(sample: Sample, known: range) -> Sample:
    """What is told while the other partitions cannot be measured."""
    part = slice(known.start, known.stop)
    missing = tuple(name for place, name in enumerate(sample.partitions) if place not in known)
    return replace(
        sample,
        partitions=sample.partitions[part],
        produced=sample.produced[part],
        consumed=sample.consumed[part],
        lost=None if sample.lost is None else sample.lost[part],
        missing=missing,
        missing_because=_BROKER_DOWN,
    )

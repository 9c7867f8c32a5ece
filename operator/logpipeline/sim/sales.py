"""Events that are announced in a run: what policies are told of them, and what they bring in truth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from logpipeline.api.sale import SalesEventSpec
from logpipeline.core.occurrence import Announced, Upcoming, Usual
from logpipeline.core.schedule import occurrences
from logpipeline.core.usual import WEEK_SECONDS, usual_of
from logpipeline.sim.arrivals import Arrivals

RISE_SECONDS = 60.0
"""So soon after its start an event brings all that it brings, and so soon after its end nothing of it."""
LOOK_SECONDS = 300.0
"""How finely what is usual is looked at."""
MOST_WEEKS = 4


@dataclass(frozen=True, slots=True)
class Sale:
    """One time that an event happens in a run."""

    announced: Announced
    usual: Usual | None = None
    """What is usual then; None where that is not needed, or not known."""

    @property
    def per_second(self) -> float | None:
        """Records/s that are announced; None where replicas are, or nobody knows what is usual."""
        expected = self.announced.expected
        if expected.records_per_second is not None:
            return float(expected.records_per_second)
        if expected.multiplier is None or self.usual is None:
            return None
        return expected.multiplier * self.usual.per_second


@dataclass(frozen=True, slots=True)
class Sales:
    """All of a run, by their starts."""

    sales: tuple[Sale, ...] = ()

    def at(self, now: float) -> tuple[Announced, ...]:
        """Those that concern the pipeline at `now`, as the operator would be told."""
        return tuple(sale.announced for sale in self._near(now))

    def usual_at(self, now: float) -> Mapping[str, Usual]:
        """What is usual while they last, by their names."""
        known = {sale.announced.name: sale.usual for sale in self._near(now) if sale.usual is not None}
        return MappingProxyType(known)

    def next_at(self, now: float) -> Upcoming | None:
        """The one that starts next."""
        starts = ((sale.announced.occurrence.start, sale.announced.name) for sale in self.sales)
        start, name = min((each for each in starts if each[0] > now), default=(0.0, ""))
        return Upcoming(name, start) if name else None

    def _near(self, now: float) -> Sequence[Sale]:
        times = ((sale, sale.announced.occurrence) for sale in self.sales)
        return [sale for sale, when in times if when.warming <= now < when.over]


NONE = Sales()


@dataclass(frozen=True, slots=True)
class Peak:
    """What one event brings, in seconds of the run."""

    begins: float
    ends: float
    rate: float


@dataclass(frozen=True, slots=True, eq=False)
class Swollen:
    """What arrives, and on top of it what events bring: of both the larger, never the sum."""

    base: Arrivals
    peaks: tuple[Peak, ...] = field(default=())

    def __call__(self, seconds: float, /) -> float:
        """Records/s at that moment."""
        base = self.base(seconds)
        return max((base, *(self._of(peak, base, seconds) for peak in self.peaks)))

    @staticmethod
    def _of(peak: Peak, base: float, seconds: float) -> float:
        risen = min(1.0, max(0.0, (seconds - peak.begins) / RISE_SECONDS))
        fallen = min(1.0, max(0.0, (seconds - peak.ends) / RISE_SECONDS))
        return base + (peak.rate - base) * min(risen, 1.0 - fallen)


def sales_of(
    specs: Mapping[str, SalesEventSpec], base: Arrivals, *, start: float, seconds: float, known_seconds: float
) -> Sales:
    """What happens of `specs`, by their names, in a run of so many `seconds` from `start` on.

    `base` is what arrives without them, and `known_seconds` how far back before the run that is known.
    """
    found = sorted(
        (
            Announced(name, spec.expected, occurrence)
            for name, spec in specs.items()
            if not spec.suspend
            for occurrence in occurrences(spec, start, start + seconds)
        ),
        key=lambda announced: (announced.occurrence.start, announced.name),
    )
    eventful = [(each.occurrence.start, each.occurrence.end) for each in found]
    return Sales(
        tuple(
            Sale(each, _usual(each, base, start=start, known_seconds=known_seconds, eventful=eventful))
            for each in found
        )
    )


def swollen(base: Arrivals, sales: Sales, *, start: float, truth_factor: float) -> Arrivals:
    """What arrives when events bring `truth_factor` times what was announced."""
    peaks = tuple(
        Peak(
            sale.announced.occurrence.start - start,
            sale.announced.occurrence.end - start,
            sale.per_second * truth_factor,
        )
        for sale in sales.sales
        if sale.per_second is not None
    )
    return Swollen(base, peaks) if peaks and truth_factor > 0 else base


def _usual(
    announced: Announced,
    base: Arrivals,
    *,
    start: float,
    known_seconds: float,
    eventful: Sequence[tuple[float, float]],
) -> Usual | None:
    if announced.expected.multiplier is None:
        return None
    warming = announced.occurrence.warming
    since = max(start - known_seconds, warming - MOST_WEEKS * WEEK_SECONDS)
    at = np.arange(since, warming, LOOK_SECONDS)
    rates = np.array([max(0.0, base(moment - start + LOOK_SECONDS / 2)) for moment in at.tolist()])
    return usual_of(at, rates, announced.occurrence, eventful)

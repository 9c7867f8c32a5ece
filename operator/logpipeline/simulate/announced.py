"""What is announced on the command line, and what it brings to what is played."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from logpipeline.api.sale import SalesEventSpec
from logpipeline.core.timestamps import spell_time
from logpipeline.sim.arrivals import Arrivals
from logpipeline.sim.sales import Sales, sales_of, swollen
from logpipeline.sim.traffic import Traffic
from logpipeline.simulate.documents import read_events
from logpipeline.simulate.options import EventOptions, UnusableError


@dataclass(frozen=True, slots=True, eq=False)
class Announcements:
    """Events, and what comes with them."""

    sales: Sales
    arrivals: Arrivals
    notes: tuple[str, ...]
    """What is not played as it may have been meant, in a sentence each."""


def announced(
    events: EventOptions, base: Arrivals, begins: float, ends: float, earlier: Traffic | None
) -> Announcements:
    """What of `events` happens from `begins` to `ends`, Unix seconds, to what arrives anyway.

    `earlier` was counted, and tells what is usual; without it that is known from `begins` on. Raises
    UnusableError.
    """
    if not math.isfinite(events.truth_factor):
        raise UnusableError(f"--truth-factor {events.truth_factor}: give a number, such as 1.5")
    specs = read_events(events.paths)
    known, before = base, 0.0
    if earlier is not None:
        curve, before = earlier.curve(), begins - earlier.begins
        known = lambda second: curve(second + before)  # noqa: E731 - a curve with another beginning
    sales = sales_of(specs, known, start=begins, seconds=ends - begins, known_seconds=before)
    return Announcements(
        sales,
        swollen(base, sales, start=begins, truth_factor=events.truth_factor),
        tuple(_remarks(specs, sales, f"between {spell_time(begins)} and {spell_time(ends)}")),
    )


def _remarks(specs: Mapping[str, SalesEventSpec], sales: Sales, period: str) -> Iterator[str]:
    for name, spec in specs.items():
        mine = [sale for sale in sales.sales if sale.announced.name == name]
        if spec.suspend:
            yield f"{name} is suspended: it is not announced, and brings nothing"
        elif not mine:
            yield f"{name} does not happen {period}, when this is played"
        elif spec.expected.multiplier is not None and any(sale.usual is None for sale in mine):
            yield (
                f"{name} announces {spec.expected.multiplier:g} times the usual, which nobody knows with "
                "less than an hour of traffic before its warming (BaselineUnknown): it has no floor, and "
                "brings nothing; give recordsPerSecond"
            )

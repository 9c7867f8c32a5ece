"""What events bring: to the first stage as announced, to each other by what the stage before hands on."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from logpipeline.api.conditions import Reason
from logpipeline.core.figures import spell_rate
from logpipeline.core.flow import Inflow, Outflow
from logpipeline.core.model import Measures, Obstacle
from logpipeline.core.observation import Observation
from logpipeline.core.occurrence import Announced, Usual

LEAST_FLOW = 1.0
"""Records/s below which what arrives now says nothing of a flow."""


@dataclass(frozen=True, slots=True)
class Surge:
    """What one event brings to a stage."""

    sale: Announced
    per_second: float | None = None
    """Records/s; None where replicas were announced, or it is not known."""
    unknown: Obstacle | None = None
    """Why it is not known."""
    reaches: str | None = None
    """The stage; None before the first."""
    notes: tuple[str, ...] = ()
    """How it was worked out, where that is not plain."""


def announced(observation: Observation) -> tuple[Surge, ...]:
    """What events bring to the first stage."""
    return tuple(_announced(sale, observation.usual.get(sale.name)) for sale in observation.sales)


def reaching(
    stage: str,
    surges: Iterable[Surge],
    *,
    upstream: Outflow | None,
    inflow: Inflow | None,
    measures: Measures | None,
) -> tuple[Surge, ...]:
    """What comes to `stage` of `surges`, which reach the stage before.

    By the ratio that was learned where it is agreed. Otherwise, as after a restart, by what arrives here now
    for what the stage before consumes now; where nothing flows one for one: the usual pipeline neither adds
    records nor drops any.
    """
    ratio, origin = _ratio(upstream, inflow, measures)

    def onward(surge: Surge) -> Surge:
        if surge.reaches is None or surge.per_second is None:
            return replace(surge, reaches=stage)
        notes = (*surge.notes, *origin)
        return replace(surge, reaches=stage, per_second=ratio * surge.per_second, notes=notes)

    return tuple(onward(surge) for surge in surges)


def _announced(sale: Announced, usual: Usual | None) -> Surge:
    expected = sale.expected
    if expected.records_per_second is not None:
        return Surge(sale, float(expected.records_per_second))
    if expected.multiplier is None:
        return Surge(sale)
    if usual is None:
        text = (
            f"{sale.name} announces {expected.multiplier:g} times the usual, and what is usual is not known: "
            "less than an hour of history. Give recordsPerSecond instead."
        )
        return Surge(sale, unknown=Obstacle(Reason.BASELINE_UNKNOWN, text))
    told = f"{expected.multiplier:g} x {spell_rate(usual.per_second)}, the {usual.source}"
    return Surge(sale, expected.multiplier * usual.per_second, notes=(told,))


def _ratio(
    upstream: Outflow | None, inflow: Inflow | None, measures: Measures | None
) -> tuple[float, tuple[str, ...]]:
    """Records that come of one that the stage before consumes, and how that was found if not learned."""
    if inflow is not None and inflow.agreed and inflow.ratio is not None:
        return inflow.ratio, ()
    going, coming = None if upstream is None else upstream.consuming, _arriving(measures)
    if going is not None and coming is not None and min(going, coming) >= LEAST_FLOW:
        return coming / going, (f"{coming / going:.2g} of each record, as it flows now",)
    return 1.0, ("one for each record, as nothing flows that would tell",)


def _arriving(measures: Measures | None) -> float | None:
    if measures is None or measures.arrival is None or measures.lower_bound:
        return None
    return float(measures.arrival.sum())

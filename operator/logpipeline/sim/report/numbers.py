"""Figures as people read them, on the terminal and on the page."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from logpipeline.core.figures import spell_count

MINUTE, HOUR = 60, 3_600
SMALL = 10
"""Below it minutes have a digit behind the point."""


def spell_minutes(minutes: float) -> str:
    """Whole minutes, or a tenth of a few: 0, 0.3, 39."""
    return f"{minutes:.1f}".removesuffix(".0") if minutes < SMALL else f"{minutes:.0f}"


def spell_age(seconds: float) -> str:
    """Two units at most: 41 s, 3 m 20 s, 2 h 5 m."""
    whole = round(seconds)
    if whole < MINUTE:
        return f"{whole} s"
    large, small, units = (
        (whole // MINUTE, whole % MINUTE, ("m", "s"))
        if whole < HOUR
        else (whole // HOUR, whole % HOUR // MINUTE, ("h", "m"))
    )
    return f"{large} {units[0]} {small} {units[1]}" if small else f"{large} {units[0]}"


class Shown(NamedTuple):
    """How one figure is shown."""

    heading: str
    spell: Callable[[float], str]
    meaning: str
    more_is_better: bool = False


SHOWN: Mapping[str, Shown] = {
    "minutes_late": Shown(
        "Late, min", spell_minutes, "Minutes in which the oldest record had waited for more than a minute"
    ),
    "minutes_above_threshold": Shown(
        "Above alert, min", spell_minutes, "Minutes with more records waiting than alerts.backlog"
    ),
    "max_age_seconds": Shown("Oldest", spell_age, "The longest that a record had waited"),
    "max_backlog_records": Shown("Most waiting", spell_count, "The most records that waited at once"),
    "replica_hours": Shown("Replica-hours", "{:,.0f}".format, "Hours of pods, from creation to end"),
    "rebalances": Shown("Rebalances", "{:,.0f}".format, "How often consumer groups were dealt anew"),
    "efficiency": Shown(
        "Efficiency",
        "{:.2f}".format,
        "Records / what the pods could have taken; 1 is the limit",
        more_is_better=True,
    ),
}
"""The figures of a run in the order in which they are shown."""

"""Figures as people read them, on the terminal and on the page."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import NamedTuple

from logpipeline.api.duration import spell
from logpipeline.core.figures import spell_count

MINUTE, HOUR = 60, 3_600
SMALL = 10
"""Below it minutes have a digit behind the point."""


def spell_minutes(minutes: float) -> str:
    """Whole minutes, or a tenth of a few: 0, 0.3, 39."""
    return f"{minutes:.1f}".removesuffix(".0") if minutes < SMALL else f"{minutes:.0f}"


def spell_age(seconds: float) -> str:
    """Two units at most: 41s, 3m20s, 2h5m."""
    whole = round(seconds)
    if whole >= HOUR:
        whole -= whole % MINUTE
    return spell(timedelta(seconds=whole))


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

"""What each picture shows."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

from logpipeline.core.dealing import dealt
from logpipeline.core.figures import spell_count
from logpipeline.core.readings import PartitionId, Rates
from logpipeline.sim.figures import LATE_SECONDS
from tools.pictures.axes import MINUTE, Axis, ages, counts, decades, minutes
from tools.pictures.canvas import Curve, Panel, Picture, Point, drawn
from tools.pictures.runs import Stage, own, played, told

PARTITIONS, SKEW = 64, 0.3
TRUE, TOO_LITTLE, TOO_MUCH = 1_000, 400, 1_600
"""Records/s of one replica in the scenario `told`: what it takes, and 60 % off in both directions."""


def burst() -> str:
    """One step up, as soon as it is seen."""
    stage = played(own("burst"))["index"]
    title = "A million records within twenty seconds, and the one step that takes them away"
    panels = [
        _waiting(stage, "violet"),
        _replicas(
            stage,
        ),
    ]
    return drawn(Picture(title, minutes(4 * MINUTE, 30 * MINUTE), panels))


def slope() -> str:
    """Few steps along a slope, each as late as records may wait."""
    stage = played(own("slope"))["index"]
    able = stage.count(stage.stage.ready * stage.stage.capacity)
    arrival = Panel(
        "Arrival, and what the ready replicas take, records/s",
        counts(36_000),
        [
            Curve("capacity of ready replicas", "ours", able, steps=True, filled=True),
            Curve("arrival", "blue", stage.curve(stage.stage.arrival)),
        ],
        height=140,
    )
    age = Panel(
        "Age of the oldest record",
        ages(LATE_SECONDS),
        [Curve("", "amber", stage.curve(stage.stage.oldest_seconds), filled=True)],
        limits=[(LATE_SECONDS, "oldestWithin")],
        height=80,
    )
    title = "Arrival trebles within an hour: three steps, each of which comes when waiting no longer will do"
    panels = [arrival, age, _replicas(stage, needed=True)]
    return drawn(Picture(title, minutes(0, 65 * MINUTE), panels))


def partitions() -> str:
    """What counts can do with 64 partitions."""
    alike, falling = np.ones(PARTITIONS), np.arange(1.0, PARTITIONS + 1.0) ** -SKEW
    bound = [Point(1, 1), Point(PARTITIONS, PARTITIONS)]
    curves = [
        Curve("if records could be divided", "faint", bound, style="thin dotted"),
        Curve("64 partitions alike", "ours", _done(alike), steps=True, filled=True),
        Curve("64 unequal ones", "amber", _done(falling), steps=True),
    ]
    up = Axis(0, 66, [16, 32, 48, 64], spell_count)
    across = Axis(
        1,
        PARTITIONS,
        [8, 11, 13, 16, 22, 32, 64],
        lambda count: f"{count} replicas" if count == PARTITIONS else f"{count}",
    )
    panel = Panel("What so many replicas can do", up, curves, 220)
    return drawn(Picture("With 64 partitions, 32 to 63 replicas take the same", across, [panel]))


def _done(load: Rates) -> Sequence[Point]:
    """What each count takes of (P,) `load` when its fullest consumer is just busy, in busy replicas."""
    names = tuple(PartitionId("access-log", number) for number in range(PARTITIONS))
    every = range(1, PARTITIONS + 1)
    return [
        Point(count, load.sum() / dealt(load, names, count, "cooperative-sticky").max()) for count in every
    ]


def valley() -> str:
    """A count that outlasts a dip, and then goes down by and by."""
    stage = played(own("valley"))["index"]
    title = "A dip of eight minutes takes nothing away; when traffic is over the count goes down by steps"
    panels = [
        _arrival(stage),
        _replicas(stage, unbraked=True),
    ]
    return drawn(Picture(title, minutes(5 * MINUTE, 55 * MINUTE), panels))


def stages() -> str:
    """The second stage is scaled before its lag is there."""
    first, second = played(own("flood")).values()
    waiting = Panel(
        "Waiting, records (log scale)",
        decades(1_000, 1_000_000),
        [
            Curve("before collect", "amber", first.curve(first.stage.backlog)),
            Curve("before index", "violet", second.curve(second.stage.backlog), filled=True),
        ],
    )
    asked = Panel(
        "Replicas asked for",
        counts(64),
        [
            Curve("collect", "amber", first.count(first.stage.wanted), steps=True),
            Curve("index", "ink", second.count(second.stage.wanted), steps=True),
        ],
        height=140,
        marks=second.marks,
    )
    title = "Two stages: the second is scaled for what will come of the first, before it is there"
    across = minutes(23 * MINUTE, 31 * MINUTE)
    panels = [waiting, _arrival(second, "Arrival at index, records/s"), asked]
    return drawn(Picture(title, across, panels))


def learned() -> str:
    """A first guess that is wrong by 60 %, in both directions."""
    runs = {each: played(told(own("told"), each))["index"] for each in (TOO_LITTLE, TOO_MUCH)}
    little, much = runs[TOO_LITTLE], runs[TOO_MUCH]
    believed = Panel(
        "What one replica is believed to take, records/s",
        counts(TOO_MUCH),
        [
            Curve(f"told {TOO_LITTLE}", "amber", _believed(little, TOO_LITTLE)),
            Curve(f"told {spell_count(TOO_MUCH)}", "violet", _believed(much, TOO_MUCH)),
        ],
        limits=[(TRUE, "in truth")],
    )
    replicas = Panel(
        "Replicas asked for",
        counts(40),
        [
            Curve("needed at least", "red", much.curve(much.stage.needed), style="thin dotted"),
            Curve(f"told {TOO_LITTLE}", "amber", little.count(little.stage.wanted), steps=True),
            Curve(f"told {spell_count(TOO_MUCH)}", "violet", much.count(much.stage.wanted), steps=True),
        ],
        height=130,
    )
    age = Panel(
        "Age of the oldest record",
        ages(LATE_SECONDS),
        [
            Curve("", "amber", little.curve(little.stage.oldest_seconds)),
            Curve("", "violet", much.curve(much.stage.oldest_seconds)),
        ],
        limits=[(LATE_SECONDS, "oldestWithin")],
        height=80,
    )
    title = "Told 60 % too little and 60 % too much: what a replica takes is learned"
    return drawn(Picture(title, minutes(0, 60 * MINUTE), [believed, replicas, age]))


def _believed(stage: Stage, guess: int) -> Sequence[Point]:
    since = stage.learned[0]
    return [Point(0, guess), Point(since.x, guess), *stage.learned]


def _arrival(stage: Stage, heading: str = "Arrival, records/s") -> Panel:
    arrival = stage.curve(stage.stage.arrival)
    curves = [Curve("", "blue", arrival, filled=True)]
    return Panel(heading, counts(max(point.y for point in arrival)), curves, height=80)


def _waiting(stage: Stage, colour: str) -> Panel:
    waiting = stage.curve(stage.stage.backlog)
    curves = [Curve("", colour, waiting, filled=True)]
    limits = [(stage.track.alert_backlog, "alerts.backlog")]
    axis = decades(1_000, 1.2 * stage.track.alert_backlog)
    return Panel("Waiting, records (log scale)", axis, curves, limits=limits)


def _replicas(
    stage: Stage,
    *,
    unbraked: bool = False,
    needed: bool = False,
) -> Panel:
    """What was asked for and what was ready, with each decision; and what was wanted but for the limits."""
    asked = Curve("asked for", "ink", stage.count(stage.stage.wanted), steps=True)
    ready = Curve("ready", "ours", stage.count(stage.stage.ready), steps=True, filled=True)
    curves = [ready, asked]
    if unbraked:
        curves.append(Curve("wanted without limits", "violet", stage.unbraked, steps=True, style="thin"))
    if needed:
        needing = stage.count(stage.stage.needed)
        curves.append(Curve("needed at least", "red", needing, steps=True, style="thin dotted"))
    high = max(point.y for curve in curves for point in curve.points)
    return Panel("Replicas", counts(high), curves, height=130, marks=stage.marks)


SUBJECTS: Final[Mapping[str, Callable[[], str]]] = {
    "burst": burst,
    "slope": slope,
    "partitions": partitions,
    "valley": valley,
    "stages": stages,
    "learned": learned,
}
"""By the names of their files in docs/images."""

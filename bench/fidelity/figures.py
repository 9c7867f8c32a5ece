"""How far apart the two sides of a run are."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from bench.harness import Figure
from logpipeline.sim.scenario import Scenario
from logpipeline.sim.track import Series, Track

AGREED = 20.0
"""Percent by which the two may differ."""
LITTLE = 0.1
"""Drained is what has no more than this share of the real side's peak left."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One figure of a run, on both sides."""

    name: str
    unit: str
    real: float
    simulated: float
    apart: float
    """Percent of the real one."""


def pairs_of(real: Track, simulated: Track, burst: int) -> list[Pair]:
    """What is compared. Both tracks are of one stage and one row a second; `burst` is when it begins."""
    (ours,), (theirs,) = real.stages.values(), simulated.stages.values()
    little = LITTLE * float(ours.backlog.max())
    return [
        _pair("Peak backlog", "records", ours.backlog.max(), theirs.backlog.max()),
        _pair("Drain time", "s", *(drain_seconds(side.backlog, little, burst) for side in (ours, theirs))),
        _pair("Mean backlog", "records", ours.backlog.mean(), theirs.backlog.mean()),
        _pair("Oldest record", "s", ours.oldest_seconds.max(), theirs.oldest_seconds.max()),
        _pair("Most replicas", "", ours.wanted.max(), theirs.wanted.max()),
        _pair("Replica-seconds", "s", ours.wanted.sum(), theirs.wanted.sum()),
        _path("Path of replicas asked for", ours.wanted, theirs.wanted),
        _path("Path of replicas ready", ours.ready, theirs.ready),
    ]


def figures_of(runs: Sequence[Sequence[Pair]]) -> list[Figure]:
    """Of each figure the run in which the two sides are furthest apart."""
    worst = [max(each, key=lambda pair: pair.apart) for each in zip(*runs, strict=True)]
    return [Figure(f"{pair.name}: apart at most", round(pair.apart, 1), "%", AGREED) for pair in worst]


def burst_begins(scenario: Scenario) -> int:
    """Seconds until another rate arrives than at the beginning."""
    return next(
        round(before.at.total_seconds())
        for before, after in pairwise(scenario.arrivals)
        if after.rate != before.rate
    )


def drain_seconds(backlog: Series, little: float, burst: int) -> float:
    """From the burst until, after the peak, no more than `little` waits; to the end where that never is.

    Not from the peak: commits are steps, and which of two steps is the higher one is chance.
    """
    peak = int(backlog.argmax())
    return peak - burst + float(np.append(backlog[peak:] <= little, True).argmax())


def _pair(name: str, unit: str, real: float, simulated: float) -> Pair:
    apart = 100 * abs(simulated - real) / real if real else (0.0 if simulated == real else float("inf"))
    return Pair(name, unit, float(real), float(simulated), float(apart))


def _path(name: str, real: Series, simulated: Series) -> Pair:
    """The difference at each moment, in the mean of all, as a share of the mean count."""
    apart = 100 * float(np.abs(simulated - real).mean()) / float(real.mean())
    return Pair(name, "in the mean", float(real.mean()), float(simulated.mean()), apart)

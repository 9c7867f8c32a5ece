"""`python -m bench.control.thresholds`: which thresholds do best for those who are given one (docs/peers.md).

A late minute is priced as two hours of a replica; rebalances are not priced.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import typer
from rich.console import Console
from rich.table import Column, Table

from bench.control.part import CONSOLE
from bench.control.subjects import world_cup
from logpipeline.sim.batch import Job
from logpipeline.sim.figures import summaries_of
from logpipeline.sim.policies.hpa import HpaPolicy
from logpipeline.sim.policies.keda import KedaPolicy, scaled_objects
from logpipeline.sim.policies.keda_cron import keda_cron
from logpipeline.sim.policies.stages import facts_of
from logpipeline.sim.setting import MakePolicy, Setting
from logpipeline.simulate.runs import play_with_a_bar

DAYS = ("1998-06-26", "1998-06-30", "1998-07-02")
LATE_MINUTE_HOURS = 2.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A policy with its thresholds."""

    label: str
    make: MakePolicy


def hpa_with(setting: Setting, *, utilization: float, lag_seconds: float) -> HpaPolicy:
    """An HPA with these targets."""
    return HpaPolicy(facts_of(setting), utilization, lag_seconds)


def keda_with(setting: Setting, *, lag_seconds: float) -> KedaPolicy:
    """KEDA with this threshold."""
    return KedaPolicy(scaled_objects(setting, lag_seconds))


def candidates() -> Iterator[Candidate]:
    """All that are tried."""
    for seconds in (0.5, 1, 2, 5, 7, 10, 15, 20):
        yield Candidate(f"keda, {seconds:g} s", partial(keda_with, lag_seconds=seconds))
    for seconds in (5, 7, 10):
        for busy in (0.6, 0.8, 1.0):
            announced = partial(keda_cron, lag_seconds=seconds, utilization=busy)
            yield Candidate(f"keda-cron, {seconds:g} s, {busy:.0%}", announced)
    for seconds in (5, 7, 10):
        for busy in (0.5, 0.6, 0.7):
            paced = partial(hpa_with, utilization=busy, lag_seconds=seconds)
            yield Candidate(f"hpa, {seconds:g} s, {busy:.0%}", paced)


def main(jobs: int = os.cpu_count() or 1) -> None:
    """Play all of them on three days of the World Cup: about ten minutes."""
    runs = [
        Job(subject.setting(1), candidate.label, candidate.make)
        for candidate in candidates()
        for _, subject in world_cup(DAYS)
    ]
    table = Table(Column(no_wrap=True), "late, min", "replica hours", "rebalances", "efficiency", "price, h")
    for summary in summaries_of(play_with_a_bar(runs, jobs, CONSOLE)):
        mean = summary.mean
        price = mean.replica_hours + LATE_MINUTE_HOURS * mean.minutes_late
        table.add_row(
            summary.policy,
            f"{mean.minutes_late:.1f}",
            f"{mean.replica_hours:.0f}",
            f"{mean.rebalances:.0f}",
            f"{mean.efficiency:.2f}",
            f"{price:.0f}",
        )
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)

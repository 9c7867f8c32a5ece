"""A sale that is announced, as it was announced and otherwise, and what is promised of it."""

from collections.abc import Sequence
from dataclasses import replace

from bench.control.subjects import ROOT, SCENARIOS
from bench.harness import Figure
from logpipeline.api.pipeline import LogPipelineSpec
from logpipeline.sim.figures import figures_of, replica_hours_between
from logpipeline.sim.policies.clairvoyant import NAME as CLAIRVOYANT
from logpipeline.sim.track import Track
from logpipeline.simulate.options import EventOptions, Options
from logpipeline.simulate.runs import OURS
from logpipeline.simulate.subject import Subject, subject_of

SCENARIO = SCENARIOS / "announced-sale.yaml"
EVENT = ROOT / "examples" / "events" / "double-eleven.yaml"
EXACT, LARGER, SMALLER, GUESSED = (
    "As announced",
    "Half as much again",
    "Announced twice too high",
    "As announced, capacity only guessed",
)
DEARER = 1.15
"""During the event, the replica-hours of one who knows the future times this."""


def subjects() -> list[tuple[str, Subject]]:
    """What comes in truth, with one announcement."""
    exact = _subject(1.0)
    return [(EXACT, exact), (LARGER, _subject(1.5)), (SMALLER, _subject(0.5)), (GUESSED, _guessing(exact))]


def judged(name: str, subject: Subject, tracks: Sequence[Track]) -> list[Figure]:
    """Of the worst of our runs."""
    ours = [figures_of(track) for track in tracks if track.policy == OURS]
    above = max(each.minutes_above_threshold for each in ours)
    late = max(each.minutes_late for each in ours)
    share = _hours(subject, tracks, OURS) / _hours(subject, tracks, CLAIRVOYANT)
    announced = name in (EXACT, GUESSED)
    return [
        Figure(f"{name}: above a million", round(above, 3), "min", 0.0 if announced else None),
        Figure(f"{name}: late", round(late, 3), "min", 1.0 if name == LARGER else 0.0),
        Figure(f"{name}: hours / clairvoyant", round(share, 3), "", DEARER if name == EXACT else None),
    ]


def _hours(subject: Subject, tracks: Sequence[Track], policy: str) -> float:
    """Replica-hours while the event lasts, of all runs of a policy."""
    (sale,) = subject.sales.sales
    times = sale.announced.occurrence
    runs = (track for track in tracks if track.policy == policy)
    return sum(replica_hours_between(track, times.start, times.end) for track in runs)


def _subject(truth_factor: float) -> Subject:
    return subject_of(Options(scenario=SCENARIO, events=EventOptions((EVENT,), truth_factor)))


def _guessing(subject: Subject) -> Subject:
    """What a replica takes was never measured, nor is there anything to learn it from before the sale."""
    document = subject.scenario.pipeline.model_dump(by_alias=True, mode="json", exclude_none=True)
    for stage in document["stages"]:
        stage["scaling"]["capacity"]["learn"] = True
    told = LogPipelineSpec.model_validate(document)
    return replace(subject, scenario=subject.scenario.model_copy(update={"pipeline": told}))

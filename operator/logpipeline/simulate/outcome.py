"""The outcome as JSON, for programs. Its fields are documented in docs/simulate.md."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from logpipeline.api.duration import spell
from logpipeline.core.floors.floor import spell_expected
from logpipeline.core.timestamps import spell_time
from logpipeline.sim.figures import Summary, figures_of, stage_figures_of, summaries_of
from logpipeline.sim.sales import Sale
from logpipeline.sim.track import Track
from logpipeline.simulate.subject import Subject

Json = dict[str, object]
FIGURES_KEPT = 6
"""Significant figures: the rest is chance."""


def outcome_of(subject: Subject, tracks: Sequence[Track]) -> Json:
    """What was played, each run, and each policy in the mean of its runs."""
    return {
        "scenario": _scenario(subject),
        "runs": [_run(track) for track in tracks],
        "policies": [_policy(summary) for summary in summaries_of(tracks)],
    }


def spell_outcome(outcome: Json) -> str:
    """As a text."""
    return json.dumps(outcome, indent=2)


def _scenario(subject: Subject) -> Json:
    told: Json = {
        "name": subject.scenario.name,
        "title": subject.scenario.title,
        "duration": spell(subject.scenario.until),
    }
    if subject.sales.sales:
        told["events"] = [_event(sale) for sale in subject.sales.sales]
    traffic = subject.traffic
    if traffic is not None:
        gaps = [{"from": spell_time(gap.begins), "to": spell_time(gap.ends)} for gap in traffic.gaps]
        told["traffic"] = {
            "source": traffic.source,
            "from": spell_time(traffic.begins),
            "to": spell_time(traffic.ends),
            "step_seconds": traffic.step_seconds,
            "peak_records_per_second": _short(traffic.peak),
            "gaps": gaps,
        }
    return told


def _event(sale: Sale) -> Json:
    times = sale.announced.occurrence
    told: Json = {
        "name": sale.announced.name,
        "expected": spell_expected(sale.announced.expected),
        **{name: spell_time(getattr(times, name)) for name in ("warming", "ready", "start", "end", "over")},
    }
    if sale.per_second is not None:
        told["records_per_second"] = _short(sale.per_second)
    if sale.usual is not None:
        told["usual"] = {"records_per_second": _short(sale.usual.per_second), "source": sale.usual.source}
    return told


def _run(track: Track) -> Json:
    stages = {name: _shortened(asdict(figures)) for name, figures in stage_figures_of(track).items()}
    figures = _shortened(figures_of(track).as_json())
    return {"policy": track.policy, "seed": track.seed, **figures, "stages": stages}


def _policy(summary: Summary) -> Json:
    return {
        "policy": summary.policy,
        "runs": summary.runs,
        **{name: _shortened(getattr(summary, name).as_json()) for name in ("mean", "least", "most")},
    }


def _shortened(figures: dict[str, float]) -> Json:
    return {name: _short(value) for name, value in figures.items()}


def _short(value: float) -> float:
    return value if isinstance(value, int) else float(f"{value:.{FIGURES_KEPT}g}")

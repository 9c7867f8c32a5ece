"""One scene of the report: what was played, and every run of it, as the page's script reads it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from logpipeline.sim.figures import LATE_SECONDS, Summary, figures_of, row_seconds, summaries_of
from logpipeline.sim.report.series import means, moments, steps, tops
from logpipeline.sim.sales import NONE, Sale, Sales
from logpipeline.sim.track import Change, StageTrack, Track

Json = dict[str, object]
TELLING = 400
"""Decisions of a stage that are told with their reason; a policy that changed its mind more often has others
that say no more."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """How the runs of a scene are drawn."""

    dated: bool = True
    """Whether the time of day means something; otherwise it is told from 00:00 on."""
    sales: Sales = NONE
    """Events, which are shaded."""
    every_seed: bool = True
    """Or only the first: a report of many scenes grows large."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A scenario or a trace, and what came of it under each policy. Holds no tracks: those are large."""

    name: str
    """Short, and unique in the report."""
    title: str
    """What it shows, in a sentence."""
    facts: Sequence[tuple[str, str]]
    """What was played, each with what it is called."""
    summaries: Sequence[Summary]
    """The figures of each policy, in the order in which policies are shown."""
    drawn: Json
    """What the page draws."""


def scene_of(
    name: str, title: str, facts: Sequence[tuple[str, str]], tracks: Sequence[Track], drawing: Drawing
) -> Scene:
    """The scene of these runs, all of one setting; those of one policy follow each other."""
    first, summaries = tracks[0], summaries_of(tracks)
    begins = began(first)
    seeds = {track.seed for track in tracks} if drawing.every_seed else {first.seed}
    drawn: Json = {
        "name": name,
        "begins": begins if drawing.dated else 0.0,
        "seconds": float(first.at[-1]) - begins,
        "late": LATE_SECONDS,
        "alert": first.alert_backlog,
        "at": moments(first.at, begins),
        "events": [_event(sale, begins) for sale in drawing.sales.sales],
        "stages": list(first.stages),
        "policies": [_policy(summary) for summary in summaries],
        "runs": [_run(track) for track in tracks if track.seed in seeds],
    }
    return Scene(name, title, facts, summaries, drawn)


def overview_of(
    name: str, title: str, facts: Sequence[tuple[str, str]], summaries: Sequence[Summary]
) -> Scene:
    """A scene of figures alone, such as the mean of many others."""
    drawn: Json = {"name": name, "policies": [_policy(summary) for summary in summaries], "runs": []}
    return Scene(name, title, facts, summaries, drawn)


def began(track: Track) -> float:
    """When a run began: a row before its first one, which tells of the time until then."""
    return float(track.at[0]) - row_seconds(track)


def _event(sale: Sale, begins: float) -> Json:
    """When it warms, lasts and ramps down, in seconds of the run."""
    times = sale.announced.occurrence
    return {
        "name": sale.announced.name,
        **{name: getattr(times, name) - begins for name in ("warming", "start", "end", "over")},
    }


def _policy(summary: Summary) -> Json:
    """Where it stands between being punctual and being efficient."""
    return {
        "policy": summary.policy,
        "minutes_late": _short(summary.mean.minutes_late),
        "efficiency": _short(summary.mean.efficiency),
    }


def _run(track: Track) -> Json:
    figures = {name: _short(value) for name, value in figures_of(track).as_json().items()}
    stages = {name: _stage(track, stage) for name, stage in track.stages.items()}
    return {"policy": track.policy, "seed": track.seed, "figures": figures, "stages": stages}


def _stage(track: Track, stage: StageTrack) -> Json:
    begins = began(track)
    counts: Mapping[str, object] = {
        name: steps(track.at, getattr(stage, name), begins) for name in ("wanted", "ready", "pods")
    }
    return {
        "capacity": stage.capacity,
        "arrival": means(stage.arrival),
        "consumed": means(stage.consumed),
        "backlog": tops(stage.backlog),
        "age": tops(stage.oldest_seconds),
        "needed": tops(stage.needed),
        **counts,
        "changes": [_change(change, begins, tell=n < TELLING) for n, change in enumerate(stage.changes)],
    }


def _change(change: Change, begins: float, *, tell: bool) -> list[object]:
    reason = change.line.removeprefix(f"{change.before}→{change.after}: ")
    told = [reason, [[rule.rule, rule.value] for rule in change.rules]] if tell else []
    return [round(change.at - begins, 1), change.before, change.after, *told]


def _short(value: float) -> float:
    return float(f"{value:.4g}")

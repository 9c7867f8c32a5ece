"""`python -m bench.control`: all parts, or some of them by `--only`; `--quick` for a first look."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console

from bench.control import events, subjects
from bench.control.contest import ALL, EVERYBODY, PINNED
from bench.control.figures import figures_of
from bench.control.part import CONSOLE, WIDTH, Part, over_all
from bench.harness import RESULTS, Figure, machine, table_of
from logpipeline.sim.figures import Summary
from logpipeline.sim.report.page import render
from logpipeline.sim.report.scene import Scene, overview_of
from logpipeline.simulate import table

SEEDS = (1, 2, 3)
RESULT, REPORT = RESULTS / "control.json", RESULTS / "control.html"
FRONTIER_DAYS = ("1998-06-24", "1998-06-30", "1998-07-02")
QUICK_DAYS = ("1998-06-30",)
TITLE = "Who keeps a log pipeline drained, and at what cost"


class Name(StrEnum):
    """The parts, in the order in which they run."""

    WORLD_CUP = "worldcup"
    OTHERS = "others"
    SCENARIOS = "scenarios"
    EVENTS = "events"
    FRONTIER = "frontier"


PARTS: Mapping[Name, Callable[[], Part]] = {
    Name.WORLD_CUP: lambda: Part(subjects.world_cup(), ALL, SEEDS),
    Name.OTHERS: lambda: Part(subjects.other_traces(), ALL, SEEDS),
    Name.SCENARIOS: lambda: Part(subjects.scenarios(), EVERYBODY, SEEDS),
    Name.EVENTS: lambda: Part(events.subjects(), EVERYBODY, SEEDS, events.judged),
    Name.FRONTIER: lambda: Part(
        [(f"Frontier, {name}", subject) for name, subject in subjects.world_cup(FRONTIER_DAYS)],
        (*EVERYBODY, *PINNED),
        SEEDS[:1],
    ),
}
TITLES: Mapping[Name, str] = {
    Name.WORLD_CUP: "World Cup of 1998, noon to midnight UTC",
    Name.OTHERS: "A day of each of the other traces",
    Name.SCENARIOS: "The scenarios",
    Name.EVENTS: "A sale that is announced: forty times the usual within a minute",
    Name.FRONTIER: "Pinned to a utilisation: what punctuality costs",
}
QUICK: Mapping[Name, Callable[[], Part]] = {
    Name.WORLD_CUP: lambda: Part(subjects.world_cup(QUICK_DAYS), ALL, SEEDS[:1]),
    Name.SCENARIOS: lambda: Part(subjects.scenarios(), EVERYBODY, SEEDS[:1]),
    Name.EVENTS: lambda: Part(events.subjects(), EVERYBODY, SEEDS[:1], events.judged),
}


def main(
    only: Annotated[list[Name] | None, typer.Option(help="A part to run; may be given again.")] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Runs at a time.")] = os.cpu_count() or 1,
    *,
    quick: Annotated[
        bool, typer.Option("--quick", help="One day, one seed, and keep no result but the report.")
    ] = False,
) -> None:
    """Play every policy on every trace and scenario: about an hour and a half on two cores."""
    parts = QUICK if quick else PARTS
    names = [name for name in parts if only is None or name in only]
    raise typer.Exit(measure({name: parts[name] for name in names}, jobs, keep=not quick))


def measure(parts: Mapping[Name, Callable[[], Part]], jobs: int, *, keep: bool) -> int:
    """Play the parts, tell, and keep what each gave as soon as it is there; 1 when a limit is not kept."""
    scenes: list[Scene] = []
    figures: list[Figure] = []
    for name, part in parts.items():
        CONSOLE.print(f"[bold]{name}[/bold]")
        began = machine()
        played = part().play(jobs)
        shown = [each.scene for each in played]
        overall = over_all(shown)
        Console(highlight=False, width=WIDTH).print(table.table_of(f"{name}: all scenes", overall))
        if len(played) > 1:
            title = f"{TITLES[name]}: the mean of {len(played)} scenes, and how far they are apart"
            scenes.append(overview_of(f"{name}, in all", title, (), overall))
        scenes += shown
        told = figures_of(overall) if name is Name.WORLD_CUP else []
        told += [figure for each in played for figure in each.figures]
        figures += told
        if keep:
            remember(name, shown, told, began)
        RESULTS.mkdir(exist_ok=True)
        REPORT.write_text(render(TITLE, scenes), encoding="utf-8")
    if figures:
        Console().print(table_of("control", figures))
    CONSOLE.print(f"Report: {REPORT}")
    return 0 if all(figure.kept for figure in figures) else 1


def remember(
    name: Name, scenes: Sequence[Scene], figures: Sequence[Figure], began: Mapping[str, object]
) -> None:
    """Write one part into the file of results; the others stay as they are."""
    known = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    known[name] = {
        "figures": [asdict(figure) for figure in figures],
        "scenes": [
            {"name": scene.name, "policies": [_told(summary) for summary in scene.summaries]}
            for scene in scenes
        ],
        "machine": began,
    }
    RESULTS.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps({name: known[name] for name in Name if name in known}, indent=2) + "\n")


def _told(summary: Summary) -> dict[str, object]:
    mean = {name: float(f"{value:.4g}") for name, value in summary.mean.as_json().items()}
    return {"policy": summary.policy, "runs": summary.runs, **mean}


if __name__ == "__main__":
    typer.run(main)

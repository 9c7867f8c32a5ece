"""`python -m bench.fidelity`: one scenario on real parts and in the simulator, and how far they are apart."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bench.fidelity import real, simulated
from bench.fidelity.figures import Pair, burst_begins, figures_of, pairs_of
from bench.fidelity.real import Played
from bench.fidelity.recording import track_of
from bench.harness import RESULTS, machine, run, tell
from logpipeline.sim.report.page import render
from logpipeline.sim.report.scene import Drawing, Scene, scene_of
from logpipeline.sim.scenario import Scenario
from logpipeline.sim.track import Track
from logpipeline.simulate.documents import read_scenario
from logpipeline.simulate.facts import facts_of
from logpipeline.simulate.subject import Subject

SCENARIO = Path(__file__).with_name("scenario.yaml")
REPORT = RESULTS / "fidelity.html"
TITLE = "How true the simulator is"
RUNS = 3


def main(
    runs: Annotated[int, typer.Option(min=1, help="How often both sides play.")] = RUNS,
) -> None:
    """Play both sides, compare, and draw both curves: about six minutes a run."""
    run(lambda: measure(runs))


def measure(runs: int) -> int:
    """Tell, and keep what each run gave as soon as it is there; 1 when some figure is too far apart."""
    missed = 0
    began, scenario = machine(), read_scenario(SCENARIO)
    console = Console(stderr=True, highlight=False)
    compared: list[list[Pair]] = []
    scenes: list[Scene] = []
    sides: list[Played] = []
    for number in range(1, runs + 1):
        played = real.play(scenario)
        subject = simulated.subject_of(scenario, played)
        tracks = both(scenario, played, subject, seed=number)
        sides.append(played)
        compared.append(pairs_of(*tracks, burst_begins(scenario)))
        console.print(table_of(number, compared[-1]))
        title = f"Run {number}: {scenario.title}"
        scenes.append(scene_of(f"Run {number}", title, facts_of(subject), tracks, Drawing()))
        REPORT.parent.mkdir(exist_ok=True)
        REPORT.write_text(render(TITLE, scenes), encoding="utf-8")
        missed = tell("fidelity", figures_of(compared), details_of(sides, compared), began)
    console.print(f"Report: {REPORT}")
    return missed


def both(scenario: Scenario, played: Played, subject: Subject, seed: int) -> tuple[Track, Track]:
    """The real side, and the simulated one."""
    theirs = simulated.play(subject, seed)
    return track_of(played.recording, scenario, seed), track_of(theirs, scenario, seed)


def table_of(number: int, pairs: Sequence[Pair]) -> Table:
    """Both sides of a run."""
    table = Table("Figure", title=f"run {number}", title_justify="left")
    for heading in ("Real", "Simulated", "Apart"):
        table.add_column(heading, justify="right")
    for pair in pairs:
        values = (f"{value:,.4g} {pair.unit}".rstrip() for value in (pair.real, pair.simulated))
        table.add_row(pair.name, *values, f"{pair.apart:.1f} %")
    return table


def details_of(sides: Sequence[Played], compared: Sequence[Sequence[Pair]]) -> dict[str, object]:
    """What a reader needs to judge the figures."""
    return {
        "runs": [
            {
                "figures": [asdict(pair) for pair in pairs],
                "sent_records": played.sent,
                "start_up_seconds": [round(seconds, 2) for seconds in played.start_up_seconds],
                "decisions": [change.line for change in played.recording.changes],
            }
            for played, pairs in zip(sides, compared, strict=True)
        ]
    }


if __name__ == "__main__":
    typer.run(main)

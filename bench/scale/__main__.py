"""`python -m bench.scale`: all parts, or some of them by `--only`; `--quick` for a first look."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console

from bench.harness import RESULTS, Figure, machine, run, table_of
from bench.scale import faults, reaction, sampling, steady
from bench.scale.part import CONSOLE, Outcome, Part

QUICK_SHARE = 0.2
RESULT = RESULTS / "scale.json"


class Name(StrEnum):
    """The parts, in the order in which they run."""

    SAMPLING = "sampling"
    STEADY = "steady"
    THOUSAND = "thousand"
    REACTION = "reaction"
    FAULTS = "faults"


PARTS: Mapping[Name, Part] = {
    Name.SAMPLING: sampling.measure,
    Name.STEADY: steady.five_hundred,
    Name.THOUSAND: steady.thousand,
    Name.REACTION: reaction.measure,
    Name.FAULTS: faults.measure,
}


def main(
    only: Annotated[list[Name] | None, typer.Option(help="A part to run; may be given again.")] = None,
    *,
    quick: Annotated[bool, typer.Option("--quick", help="Run shorter, and keep no result.")] = False,
) -> None:
    """Measure what hundreds of pipelines cost: about twenty minutes on a quiet machine."""
    run(lambda: measure(only or list(Name), QUICK_SHARE if quick else 1.0, keep=not quick))


def measure(names: Iterable[Name], share: float, *, keep: bool) -> int:
    """Run the parts, tell, and keep what each gave as soon as it is there; 1 when a limit is not kept."""
    figures: list[Figure] = []
    for name in names:
        CONSOLE.print(f"[bold]{name}[/bold]")
        began = machine()
        outcome = PARTS[name](share)
        figures += outcome.figures
        if keep:
            remember(name, outcome, began)
    Console().print(table_of("scale", figures))
    return 0 if all(figure.kept for figure in figures) else 1


def remember(name: Name, outcome: Outcome, began: Mapping[str, object]) -> None:
    """Write one part into the file of results; the others stay as they are."""
    known = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    known[name] = {
        "figures": [asdict(figure) for figure in outcome.figures],
        "details": outcome.details,
        "machine": began,
    }
    RESULTS.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps({name: known[name] for name in Name if name in known}, indent=2) + "\n")


if __name__ == "__main__":
    typer.run(main)

"""One call of the command: read, play, tell."""

from pathlib import Path

from rich.console import Console

from logpipeline.sim.figures import summaries_of
from logpipeline.sim.report.page import render
from logpipeline.sim.report.scene import Drawing, scene_of
from logpipeline.simulate.facts import facts_of, notes_of
from logpipeline.simulate.options import Options, UnwritableError
from logpipeline.simulate.outcome import outcome_of, spell_outcome
from logpipeline.simulate.runs import jobs_of, named, play_with_a_bar
from logpipeline.simulate.subject import Counted, subject_of
from logpipeline.simulate.table import table_of

WIDTH_IN_A_FILE = 130
"""Columns where there is no terminal: a table is not to be folded there."""


def simulated(options: Options, *, as_json: bool, html: Path | None) -> None:
    """Do what was asked for. Raises UnusableError, UnreachableError and UnwritableError."""
    errors = Console(stderr=True, highlight=False)
    named(options.policies)
    if html is not None:
        _write(html, "")  # before the runs: they may take minutes
    subject = subject_of(options, _counted(options, errors))
    for note in notes_of(subject):
        errors.print(note, style="yellow", soft_wrap=True)
    tracks = play_with_a_bar(jobs_of(subject, options.policies, options.seeds), options.jobs, errors)
    title = subject.scenario.title or f"{subject.scenario.name}: what each policy would have done"
    if html is not None:
        drawing = Drawing(dated=subject.dated, sales=subject.sales)
        scene = scene_of(subject.scenario.name, subject.scenario.title, facts_of(subject), tracks, drawing)
        _write(html, render(title, [scene]))
        errors.print(f"Report: {html}", soft_wrap=True)
    out = Console(highlight=False)
    if as_json:
        out.out(spell_outcome(outcome_of(subject, tracks)))
        return
    if not out.is_terminal:
        out.width = WIDTH_IN_A_FILE
    out.print(table_of(title, summaries_of(tracks)))


def _counted(options: Options, errors: Console) -> Counted | None:
    if options.traffic.past is None:
        return None
    from logpipeline.simulate.backtest import counted_of  # noqa: PLC0415 - most runs need no Kafka

    return counted_of(options.traffic.past, errors)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UnwritableError(f"{path} cannot be written: {error.strerror or error}") from None

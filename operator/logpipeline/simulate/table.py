"""The outcome as a table on the terminal."""

from collections.abc import Mapping, Sequence

from rich.table import Table
from rich.text import Text

from logpipeline.sim.figures import Summary
from logpipeline.sim.report.numbers import SHOWN
from logpipeline.sim.report.table import PROPHET, best_of

STYLES: Mapping[str, str] = {"best": "bold green", "plain": "", "spread": "dim"}


def table_of(title: str, summaries: Sequence[Summary]) -> Table:
    """A row for each policy: the mean of its runs, and below it how far they are apart."""
    table = Table(title=title, title_justify="left", title_style="bold", show_edge=False, pad_edge=False)
    table.add_column("Policy", style="bold", no_wrap=True)
    for shown in SHOWN.values():
        table.add_column(shown.heading.replace(", ", ",\n"), justify="right", no_wrap=True, vertical="top")
    best = best_of(summaries)
    for summary in summaries:
        table.add_row(summary.policy, *(_cell(summary, name, best[name]) for name in SHOWN))
    return table


def _cell(summary: Summary, name: str, best: str) -> Text:
    spell = SHOWN[name].spell
    least, mean, most = (spell(getattr(of, name)) for of in (summary.least, summary.mean, summary.most))
    is_best = mean == best and summary.policy != PROPHET
    text = Text(mean, style=STYLES["best" if is_best else "plain"])
    if least != most:
        text.append(f"\n{least} to {most}", style=STYLES["spread"])
    return text

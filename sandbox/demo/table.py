"""What is drawn while the story runs: a line for each stage, the backlog over time, and the last Events."""

import math
from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from sandbox.demo.journal import Journal, StageFigures
from sandbox.demo.shop import Shop

UNKNOWN = "?"
BARS = " ▁▂▃▄▅▆▇█"
SPARK_COLUMNS = 60
EVENTS_SHOWN = 5
CLOCK_WIDTH = 5
REASON_WIDTH = 13
SECONDS_A_MINUTE = 60


def draw(journal: Journal, shop: Shop) -> RenderableType:
    """The whole picture, as it is now."""
    parts: list[RenderableType] = [_stages(journal, shop), Text(), _backlog(journal, shop)]
    told = journal.told[-EVENTS_SHOWN:]
    if told:
        events = Table.grid(padding=(0, 2), expand=True)
        events.add_column(style="dim", justify="right", min_width=CLOCK_WIDTH)
        events.add_column(no_wrap=True, min_width=REASON_WIDTH)
        events.add_column(ratio=1)
        for event in told:
            events.add_row(clock_text(event.at - journal.began), _reason(event.reason), Text(event.message))
        parts += [Text("\n What the operator said", style="dim"), events]
    return Panel(Group(*parts), title=_title(journal, shop), title_align="left", border_style="dim")


def plain_lines(journal: Journal, shop: Shop) -> Iterator[str]:
    """The same for a log: one line for each stage."""
    for stage in shop.stages:
        f = journal.figures.get(stage.name, StageFigures())
        yield (
            f"{clock_text(journal.elapsed_seconds)}  {stage.name:<8} {count_text(f.backlog):>10} waiting  "
            f"{count_text(f.arrival_per_second):>8}/s in  {count_text(f.consumption_per_second):>8}/s out  "
            f"oldest {age_text(f.oldest_seconds):>5}  replicas {replicas_text(f)}"
        )


def count_text(value: float | None) -> str:
    """Records, or that nobody knows."""
    return UNKNOWN if value is None else f"{value:,.0f}"


def age_text(seconds: float | None) -> str:
    """A time that somebody waits."""
    return UNKNOWN if seconds is None else f"{seconds:.0f} s"


def clock_text(seconds: float) -> str:
    """Minutes and seconds of the story."""
    minutes, rest = divmod(int(seconds), SECONDS_A_MINUTE)
    return f"{minutes}:{rest:02}"


def replicas_text(figures: StageFigures) -> str:
    """Ready, now and wanted."""
    counts = (figures.ready, figures.observed, figures.wanted)
    return "/".join(UNKNOWN if count is None else str(count) for count in counts)


def sparkline(values: Sequence[float], columns: int, full_at: float) -> str:
    """All values as at most so many bars, full at `full_at` or at the highest if that is more.

    Any value above nothing is seen.
    """
    share = max(1, math.ceil(len(values) / columns))
    highest = [max(values[start : start + share]) for start in range(0, len(values), share)]
    top, full = max([full_at, *highest]), len(BARS) - 1
    return "".join(BARS[math.ceil(value / top * full)] if value > 0 else BARS[0] for value in highest)


def _title(journal: Journal, shop: Shop) -> Text:
    title = Text(f" {shop.namespace}/{shop.pipeline}  {clock_text(journal.elapsed_seconds)} ", style="bold")
    if not journal.operator_answers:
        title.append(" the operator does not answer ", style="bold white on red")
    return title


def _stages(journal: Journal, shop: Shop) -> Table:
    table = Table(box=None, expand=True, padding=(0, 1), header_style="dim")
    for heading in ("Stage", "Waits in"):
        table.add_column(heading, no_wrap=True)
    for heading in ("Backlog", "Arrival/s", "Consumed/s", "Oldest", "Ready/now/wanted"):
        table.add_column(heading, justify="right", no_wrap=True)
    for stage in shop.stages:
        figures = journal.figures.get(stage.name, StageFigures())
        table.add_row(
            Text(stage.name, style="bold"),
            stage.place,
            Text(count_text(figures.backlog), style=_alarm(figures.backlog, shop)),
            count_text(figures.arrival_per_second),
            count_text(figures.consumption_per_second),
            age_text(figures.oldest_seconds),
            Text(replicas_text(figures), style=_busy(figures)),
        )
    return table


def _alarm(backlog: float | None, shop: Shop) -> str:
    return "bold red" if backlog is not None and backlog > shop.alert_backlog else ""


def _busy(figures: StageFigures) -> str:
    return "bold yellow" if figures.ready != figures.wanted else "green"


def _backlog(journal: Journal, shop: Shop) -> Table:
    line = Table.grid(padding=(0, 1))
    bars = sparkline(journal.totals, SPARK_COLUMNS, shop.alert_backlog)
    now = journal.totals[-1] if journal.totals else None
    line.add_row(
        Text(" Backlog", style="dim"), Text(bars, style=_alarm(now, shop) or "cyan"), count_text(now)
    )
    return line


def _reason(reason: str) -> Text:
    styles = {"AlertFired": "bold red", "AlertResolved": "green", "ScaledUp": "yellow", "ScaledDown": "cyan"}
    return Text(reason, style=styles.get(reason, ""))

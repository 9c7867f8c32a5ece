"""What happened, in numbers, and whether all of it did."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that the demo shows."""

    what: str
    passed: bool
    seen: str
    """With the numbers; where it did not happen, what was seen instead."""


def print_report(console: Console, checks: Sequence[Check]) -> None:
    """A line for each check."""
    table = Table(box=None, padding=(0, 1), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1)
    for check in checks:
        mark = Text("✓", style="bold green") if check.passed else Text("✗", style="bold red")
        table.add_row(mark, check.what, check.seen)
    console.print()
    console.print(table)
    failed = [check for check in checks if not check.passed]
    told = f"{len(checks) - len(failed)} of {len(checks)} happened."
    console.print(Text(told, style="bold red" if failed else "bold green"))

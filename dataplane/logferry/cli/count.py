"""`logferry count`."""

from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from logferry.cli import options
from logferry.count import Count, count_files
from logferry.errors import LogferryError

EXAMPLES: Final = """\b
Examples:
  logferry count /data/records
  logferry count /data/records --expect 1300000 -o json
"""


def count(
    directories: Annotated[list[Path], typer.Argument(help="Directories with NDJSON files.")],
    expect: Annotated[
        int | None,
        typer.Option(
            envvar="LOGFERRY_EXPECT", min=0, help="Exit 1 unless there are so many distinct records."
        ),
    ] = None,
    output: options.OutputFormat = options.Output.TEXT,
) -> None:
    """Count the records that workers have written, by id: how many, how often, which are missing."""
    result = count_files(directories)
    if output is options.Output.JSON:
        typer.echo(msgspec.json.encode(result))
    else:
        _print_table(result)
    if expect is not None and result.distinct != expect:
        raise LogferryError(f"expected {expect} distinct records, found {result.distinct}")


def _print_table(result: Count) -> None:
    typer.echo(
        f"{result.distinct} distinct records in {result.lines} lines of {result.files} files: "
        f"{result.duplicates} duplicates, {result.unreadable} unreadable, {result.missing} missing"
    )
    for prefix, numbers in result.prefixes.items():
        gaps = ", ".join(f"{first}..{last}" for first, last in numbers.first_gaps)
        missing = f", {numbers.missing} missing: {gaps}" if numbers.missing else ""
        typer.echo(f"  {prefix}: {numbers.distinct} up to {numbers.last}{missing}")

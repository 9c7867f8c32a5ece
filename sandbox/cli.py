"""The command line: `python -m sandbox build | up | status | env | down`."""

import json
import shlex
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from sandbox import build as builder
from sandbox import tools
from sandbox.cache import Cache
from sandbox.errors import SandboxError
from sandbox.progress import display
from sandbox.recipes import recipes
from sandbox.sandbox import ALL, Sandbox
from sandbox.status import ComponentStatus, Condition

EXAMPLES = """
Real Kubernetes, Kafka, Redis, Prometheus and Alertmanager on one machine, without containers.

Examples:

\b
  python -m sandbox up                       start all of it (the first time builds Kubernetes: some minutes)
  python -m sandbox up --only kafka,redis    start these alone
  eval "$(python -m sandbox env)"            kubectl, helm and KUBECONFIG for this shell
  python -m sandbox status -o json
  python -m sandbox down --wipe              end all of it and delete its data
"""

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)

Directory = Annotated[Path, typer.Option("--dir", help="Where the sandbox keeps its state.")]
DEFAULT_DIRECTORY = Path(".sandbox/default")

HEADINGS = ("COMPONENT", "STATE", "PID", "ADDRESS", "LOG")
WIDTHS = (23, 7, 7, 15, 0)


class Output(StrEnum):
    """How results are printed."""

    TABLE = "table"
    JSON = "json"


@app.callback(help=EXAMPLES)
def main() -> None:
    """Let SIGTERM unwind as Ctrl-C does, so that a compiler ends with the command that started it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


@app.command()
def build() -> None:
    """Build all programs into the cache, and print where they are; what Debian has is installed."""
    cache = Cache.from_environment()
    with _explained(), display() as progress:
        tools.install_missing(tools.RUN_AS_THEY_ARE, progress)
        builder.ensure(cache, list(recipes(cache)), progress)
    typer.echo(f"{cache.binaries}\n{cache.kafka_libraries}")


@app.command()
def up(
    directory: Directory = DEFAULT_DIRECTORY,
    only: Annotated[str, typer.Option(help="Components or groups, separated by commas.")] = ",".join(ALL),
    brokers: Annotated[
        int | None, typer.Option(min=1, max=9, help="Kafka brokers; as before where not given.")
    ] = None,
    start_delay: Annotated[
        float | None,
        typer.Option(
            min=0, help="Seconds a pod takes to start, as pulling an image would; as before where not given."
        ),
    ] = None,
) -> None:
    """Start what does not run, and wait until it is ready. Does nothing when all of it is."""
    with _explained():
        sandbox = Sandbox(
            directory,
            [name.strip() for name in only.split(",") if name.strip()],
            brokers=brokers,
            start_delay_seconds=start_delay,
        )
        with display() as progress:
            sandbox.up(progress)
        _print_table(sandbox.status())


@app.command()
def down(
    directory: Directory = DEFAULT_DIRECTORY,
    *,
    wipe: Annotated[bool, typer.Option("--wipe", help="Delete the data too.")] = False,
) -> None:
    """End everything that this directory's sandbox started. Does nothing when nothing runs."""
    with _explained():
        Sandbox(directory).down(wipe=wipe)


@app.command()
def status(
    directory: Directory = DEFAULT_DIRECTORY,
    output: Annotated[Output, typer.Option("-o", "--output")] = Output.TABLE,
) -> None:
    """Say how each component is; exit with 0 when all of them run."""
    with _explained():
        components = Sandbox(directory).status()
    if output is Output.JSON:
        typer.echo(json.dumps([asdict(component) for component in components], indent=2, default=str))
    else:
        _print_table(components)
    if not components or any(component.condition is not Condition.RUNNING for component in components):
        raise typer.Exit(1)


@app.command()
def env(directory: Directory = DEFAULT_DIRECTORY) -> None:
    """Print the lines that make a shell work in this sandbox: eval "$(python -m sandbox env)"."""
    with _explained():
        variables = Sandbox(directory).layout.shell_environment()
    for name, value in variables.items():
        typer.echo(f"export {name}={shlex.quote(value)}")


def _print_table(components: list[ComponentStatus]) -> None:
    if not components:
        typer.echo("There is no sandbox here: start one with `python -m sandbox up`.")
        return
    rows = [(c.name, c.condition, str(c.pid or "-"), c.address or "-", str(c.log_file)) for c in components]
    for row in (HEADINGS, *rows):
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, WIDTHS, strict=True)).rstrip())
    for c in components:
        if c.condition is Condition.DIED:
            typer.echo(f"\n{c.name} died. The end of its log, {c.log_file}:\n{c.log_tail}")


@contextmanager
def _explained() -> Iterator[None]:
    """Print what a person can act on, instead of a traceback."""
    try:
        yield
    except (SandboxError, OSError) as error:
        _fail(str(error))


def _fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(1)

"""The command itself: from its options to its exit code. Nothing that plans is loaded before it runs."""

import math
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from logpipeline.kube import ApiError
from logpipeline.plan.options import DAY_HOURS, Options
from logpipeline.simulate.arguments import TIME
from logpipeline.simulate.options import UnusableError

UNUSABLE_INPUT = 2
NO_API_SERVER = 3
DOES_NOT_FIT = 4
MOST_HOURS = 31 * DAY_HOURS
EPILOG = """
**Examples**

`logpipeline plan -n shop --price-per-pod-hour 0.05`

`logpipeline plan -n shop --what-if sale.yaml --event double-eleven --strict`

`logpipeline plan -f lp.yaml -f sale.yaml --from 2026-11-10T12:00Z --hours 48 -o json`

**Exit codes**: 0 planned; 2 what was given cannot be used; 3 the API server does not answer; 4 something does
not fit, with `--strict`.
"""


class Output(StrEnum):
    """How the plan is told."""

    TABLE = "table"
    JSON = "json"


Files = Annotated[
    list[Path] | None,
    typer.Option(
        "--filename",
        "-f",
        metavar="FILE.yaml",
        help="LogPipelines and SalesEvents, in place of those of the cluster. May be repeated.",
    ),
]
WhatIfs = Annotated[
    list[Path] | None,
    typer.Option(metavar="FILE.yaml", help="SalesEvents that are not applied yet. May be repeated."),
]
Namespace = Annotated[
    str | None, typer.Option("--namespace", "-n", metavar="NAME", show_default="all of the cluster")
]
Begins = Annotated[
    float | None, typer.Option("--from", help="When the plan begins.", show_default="now", **TIME)
]
Hours = Annotated[float, typer.Option(min=0.1, max=MOST_HOURS, metavar="N", help="How far it goes.")]
Event = Annotated[
    str | None, typer.Option(metavar="NAME", help="Plan the whole span of this event, in place of hours.")
]
UsualRate = Annotated[
    float | None,
    typer.Option(
        "--usual",
        min=0.001,
        metavar="RECORDS/S",
        help="What multipliers multiply.",
        show_default="as status tells",
    ),
]
Price = Annotated[float | None, typer.Option("--price-per-pod-hour", min=0, metavar="AMOUNT")]
Strict = Annotated[bool, typer.Option("--strict", help="Exit with 4 where something does not fit.")]
Told = Annotated[Output, typer.Option("--output", "-o", help="How it is told.")]


def plan(
    *,
    files: Files = None,
    what_if: WhatIfs = None,
    namespace: Namespace = None,
    begins: Begins = None,
    hours: Hours = DAY_HOURS,
    event: Event = None,
    usual: UsualRate = None,
    price: Price = None,
    strict: Strict = False,
    output: Told = Output.TABLE,
) -> None:
    """Tell what announced events will ask for, and what that costs. Nothing is touched.

    Of the cluster of your kubeconfig, LogPipelines and SalesEvents are listed, and nothing else: what the
    operator has learned is read from their status.
    """
    if not all(math.isfinite(each) for each in (hours, usual or 0.0, price or 0.0)):
        _end("--hours, --usual and --price-per-pod-hour are numbers, such as 24", UNUSABLE_INPUT)
    options = Options(
        tuple(files or ()),
        tuple(what_if or ()),
        namespace,
        begins,
        hours,
        event,
        usual,
        price,
    )
    from logpipeline.plan.session import planned  # noqa: PLC0415 - running the operator needs none of it

    try:
        fits = planned(options, as_json=output is Output.JSON)
    except UnusableError as error:
        _end(str(error), UNUSABLE_INPUT)
    except ApiError as error:
        _end(str(error), NO_API_SERVER)
    if strict and not fits:
        raise typer.Exit(DOES_NOT_FIT)


def _end(sentences: str, code: int) -> NoReturn:
    typer.echo(sentences, err=True)
    raise typer.Exit(code)

"""The options of `logpipeline simulate`, as typer reads them: what each means, in one place."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

POLICIES = "logpipeline, hpa, keda, keda-cron, flink, flink-docs, numaflow, clairvoyant"
_TRAFFIC, _TRUTH, _OUTPUT = "What arrives", "What the pipeline is in truth", "What is told"


def _moment(text: str) -> float:
    from logpipeline.sim.trace import read_moment  # noqa: PLC0415 - running the operator needs no simulator

    return read_moment(text)


def _duration(text: str | timedelta) -> timedelta:
    from logpipeline.api.duration import parse  # noqa: PLC0415 - as above

    return parse(text)


def _traffic(*names: str, **how: Any) -> Any:  # noqa: ANN401 - typer's own
    return typer.Option(*names, rich_help_panel=_TRAFFIC, **how)


def _truth(**how: Any) -> Any:  # noqa: ANN401 - typer's own
    return typer.Option(rich_help_panel=_TRUTH, **how)


SPAN: dict[str, Any] = {"parser": _duration, "metavar": "DURATION"}
TIME: dict[str, Any] = {"parser": _moment, "metavar": "TIME"}

ScenarioFile = Annotated[
    Path | None, typer.Argument(metavar="SCENARIO.yaml", help="What is played: see examples/scenarios.")
]
PipelineFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE.yaml", help="The LogPipeline to be judged. Its capacity is only a guess."),
]
Policies = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME", help=f"Who scales: {POLICIES}, or all. May be repeated.", show_default="logpipeline"
    ),
]
Seeds = Annotated[
    list[int] | None,
    typer.Option(
        min=0,
        metavar="N",
        help="Of what is left to chance. May be repeated.",
        show_default="the scenario's, or 1",
    ),
]
Jobs = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="Runs at a time, each in a process.", show_default="processors"),
]

Trace = Annotated[
    Path | None,
    _traffic(metavar="FILE.csv", help="Counts by step: the columns time (ISO 8601, UTC) and requests."),
]
Begins = Annotated[float | None, _traffic("--from", help="Only steps that begin then or later.", **TIME)]
Ends = Annotated[float | None, _traffic("--to", help="Only steps that begin before.", **TIME)]
PeakReplicas = Annotated[
    float | None,
    _traffic(min=0.001, metavar="REPLICAS", help="Scale all so that the peak keeps so many replicas busy."),
]
Kafka = Annotated[
    str | None, _traffic(metavar="HOST:PORT", help="Brokers whose own past is the traffic: a backtest.")
]
Topic = Annotated[str | None, _traffic(metavar="TOPIC", help="The topic whose past that is.")]
Since = Annotated[timedelta | None, _traffic(help="How far back.", show_default="24h", **SPAN)]
Step = Annotated[
    timedelta | None,
    _traffic(help="How finely the past is read.", show_default="1m, longer with many partitions", **SPAN),
]
KafkaSecret = Annotated[
    Path | None,
    _traffic(metavar="FOLDER", help="Credentials: a file for each key of the Secret, as when mounted."),
]
Events = Annotated[
    list[Path] | None,
    _traffic(
        metavar="FILE.yaml", help="SalesEvents that are announced, whatever they select. May be repeated."
    ),
]
TruthFactor = Annotated[
    float,
    _traffic(
        min=0,
        metavar="TIMES",
        help="What events bring in truth, by what they announce; 0: nothing of their own.",
    ),
]

TrueCapacity = Annotated[
    float | None,
    _truth(
        min=0.001, metavar="RECORDS/S", help="Of one busy replica.", show_default="what the pipeline guesses"
    ),
]
Partitions = Annotated[int | None, _truth(min=1, metavar="N", help="Of each topic.", show_default="64")]
Skew = Annotated[
    float | None,
    _truth(min=0, metavar="EXPONENT", help="The k-th busiest has a weight of 1/k^skew.", show_default="0.12"),
]
Replicas = Annotated[
    int | None, _truth(min=0, metavar="N", help="At the beginning.", show_default="as many as keep up then")
]
StartUp = Annotated[
    timedelta | None, _truth(help="From a pod's creation to its first record.", show_default="60s", **SPAN)
]
RebalanceProtocol = Annotated[
    str | None, _truth(metavar="NAME", help="Eager, Cooperative or Consumer (KIP-848).", show_default="Eager")
]
RebalancePause = Annotated[
    timedelta | None,
    _truth(help="How long partitions stop in a rebalance.", show_default="15s where it is eager", **SPAN),
]
CommitEvery = Annotated[
    timedelta | None, _truth(help="How often consumers commit.", show_default="5s", **SPAN)
]
Noise = Annotated[
    float | None,
    _truth(
        min=0,
        max=1,
        metavar="SHARE",
        help="Standard deviation of what is measured, as a share.",
        show_default="0.05",
    ),
]
Nodes = Annotated[
    int | None, _truth(min=0, metavar="N", help="Pods that find a place to run.", show_default="all")
]

AsJson = Annotated[
    bool, typer.Option("--json", help="Print JSON instead of a table.", rich_help_panel=_OUTPUT)
]
HtmlFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE.html", help="Write a report with pictures.", rich_help_panel=_OUTPUT),
]

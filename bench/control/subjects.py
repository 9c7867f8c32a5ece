"""What is played: the traces in the setting of the benchmark, and the scenarios as they are."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from logpipeline.sim.trace import read_moment
from logpipeline.simulate.options import Options, TrafficOptions, TruthOptions
from logpipeline.simulate.subject import Subject, subject_of

ROOT = Path(__file__).parents[2]
TRACES = ROOT / "examples" / "traces"
SCENARIOS = ROOT / "examples" / "scenarios"
PIPELINE = Path(__file__).with_name("pipeline.yaml")
PEAK_REPLICAS = 40
TRUTH = TruthOptions(
    capacity=1_000,
    partitions=64,
    skew=0.12,
    start_up=timedelta(seconds=60),
    protocol="Eager",
    pause=timedelta(seconds=15),
    commit_every=timedelta(seconds=5),
    noise=0.05,
)
WORLD_CUP_DAYS = (
    *(f"1998-06-{day}" for day in range(24, 31)),
    *(f"1998-07-0{day}" for day in (1, 2)),
)
MONTHS = {"06": "June", "07": "July"}
NOON, HALF_A_DAY, DAY = "T12:00:00Z", 43_200.0, 86_400.0
OTHERS = (("elb_requests", "2014-04-15T00:04:00Z"), ("nyc_taxi", "2014-12-31T12:00:00Z"))
"""A noisy load balancer at steps of five minutes, and the taxis of New Year's Eve at steps of thirty."""


def world_cup(days: Sequence[str] = WORLD_CUP_DAYS) -> list[tuple[str, Subject]]:
    """Noon to midnight of each day."""
    trace = TRACES / "worldcup98.csv"
    return [(_named(day), _subject(trace, read_moment(day + NOON), HALF_A_DAY)) for day in days]


def other_traces() -> list[tuple[str, Subject]]:
    """A day of each of the other series."""
    return [(name, _subject(TRACES / f"{name}.csv", read_moment(at), DAY)) for name, at in OTHERS]


def scenarios() -> list[tuple[str, Subject]]:
    """All examples."""
    paths = sorted(SCENARIOS.glob("*.yaml"))
    return [(path.stem, subject_of(Options(scenario=path))) for path in paths]


def _named(day: str) -> str:
    """24 June, for example."""
    _, month, number = day.split("-")
    return f"{int(number)} {MONTHS[month]}"


def _subject(trace: Path, begins: float, seconds: float) -> Subject:
    traffic = TrafficOptions(trace, begins=begins, ends=begins + seconds, peak_replicas=PEAK_REPLICAS)
    return subject_of(Options(pipeline=PIPELINE, traffic=traffic, truth=TRUTH))

"""The user's own past as traffic: what arrived in a Kafka topic, by the timestamps of its records."""

import time
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import Progress

from logpipeline.core.timestamps import spell_time
from logpipeline.sim.traffic import Traffic
from logpipeline.simulate.options import Past as Asked
from logpipeline.simulate.options import UnreachableError, UnusableError
from logpipeline.simulate.subject import Counted
from logpipeline.sources.base import KafkaConnection
from logpipeline.sources.credentials import KNOWN_KEYS, NO_CREDENTIALS, Credentials, CredentialsError
from logpipeline.sources.kafka.past import Past, PastError, PastReader, Span

STEPS_SECONDS = (60, 120, 300, 600, 900, 1_800, 3_600)
LOOKUPS = 250_000
"""Offsets that are asked for in all, where no step is given: some minutes of the brokers' spare time."""
FEWEST_STEPS = 2
LEAST_SHARE = 1e-9
"""Of what arrives, in a partition that got nothing: a simulated one gets something."""


def counted_of(asked: Asked, console: Console) -> Counted:
    """What arrived in the topic. Raises UnusableError, and UnreachableError where Kafka does not tell."""
    try:
        reader = PastReader(KafkaConnection(asked.bootstrap_servers), _credentials(asked.credentials))
        partitions = reader.partitions(asked.topic)
        span = _span(asked, len(partitions), time.time())
        with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
            task = progress.add_task("Reading offsets", total=span.steps + 1)
            past = reader.read(partitions, span, lambda moments: progress.advance(task, moments))
    except PastError as error:
        raise UnreachableError(str(error)) from None
    except CredentialsError as error:
        raise UnusableError(f"{asked.credentials}: {error}") from None
    if not past.believable:
        console.print(
            f"The newest timestamps of {asked.topic} do not agree with its log: old records were replayed, "
            "or clocks are wrong. What arrived may have come at other times.",
            style="yellow",
            soft_wrap=True,
        )
    return _counted(asked, past, span, console)


def _counted(asked: Asked, past: Past, span: Span, console: Console) -> Counted:
    """The steps of which all is known, and the share of each partition in them."""
    source = f"topic {asked.topic}"
    known = np.flatnonzero(~np.isnan(past.counts).any(axis=1))
    if len(known) < FEWEST_STEPS or not past.counts[known].any():
        raise UnusableError(
            f"{source}: nothing is known of the time since {spell_time(span.begins)}: no records came, or "
            "retention has deleted them"
        )
    unknown = span.steps - len(known)
    if unknown:
        console.print(
            f"{unknown} of {span.steps} steps of {source} are unknown: retention deleted records of them. "
            f"What is known begins at {spell_time(float(past.starts[known[0]]))}.",
            style="yellow",
            soft_wrap=True,
        )
    counts = past.counts[known]
    traffic = Traffic(source, past.starts[known], counts.sum(axis=1), span.step_seconds)
    shares = np.maximum(counts.sum(axis=0) / counts.sum(), LEAST_SHARE)
    topic = {"name": asked.topic, "partitions": len(past.partitions), "weights": shares.tolist()}
    return Counted(traffic, (topic,))


def _span(asked: Asked, partitions: int, now: float) -> Span:
    """The steps that were asked for, the last of which is over."""
    since = asked.since.total_seconds()
    step = _usual_step(since, partitions) if asked.step is None else asked.step.total_seconds()
    steps = int(since // step) if step else 0
    if steps < FEWEST_STEPS:
        raise UnusableError(
            f"--since {since:g}s has no two steps of {step:g} s: go further back, or more finely"
        )
    ends = now // step * step
    return Span(ends - steps * step, step, steps)


def _usual_step(since: float, partitions: int) -> float:
    """The finest step that does not ask too much; the coarsest, where all do."""
    return float(
        next(
            (step for step in STEPS_SECONDS if since / step * partitions <= LOOKUPS),
            STEPS_SECONDS[-1],
        )
    )


def _credentials(folder: Path | None) -> Credentials:
    """What the files of a folder hold, as a Secret that is mounted."""
    if folder is None:
        return NO_CREDENTIALS
    try:
        files = {path.name: path for path in folder.iterdir() if path.name in KNOWN_KEYS}
        return Credentials.of({key: path.read_text(encoding="utf-8").strip() for key, path in files.items()})
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableError(f"--kafka-secret {folder} cannot be read: {error}") from None

"""`python -m bench.reaction`: from 100,000 records that appear to the final count in the Deployment.

Twenty pipelines wait, measured and Ready. One after the other gets its records; a watch tells when its
Deployment is asked to have eight replicas. Most of a reaction is the wait for the next measurement, so where
in the operator's sampling interval the records appear decides: each run has a random moment in a twentieth of
the interval of its own, in random order. Left to chance alone, the median of twenty would be a lottery.
"""

import asyncio
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from time import monotonic, time

from confluent_kafka import Producer
from rich.console import Console

from bench.harness import (
    KUBERNETES,
    Figure,
    RunningOperator,
    apply,
    apply_crds,
    bench_sandbox,
    commands,
    fake_node,
    machine,
    measured_at,
    operator,
    run,
    tell,
)
from bench.subjects import NAMESPACE, PARTITIONS, REPLICAS_MOST, Subject, create_topics, namespace
from logpipeline.settings import Settings
from sandbox.demo.follow import follow
from sandbox.errors import SandboxError
from sandbox.pods.api import KubernetesApi
from sandbox.sandbox import Sandbox

RUNS = 20
RECORDS = 100_000
MEDIAN_LIMIT_SECONDS = 3.0
MOST_LIMIT_SECONDS = 6.0
STEPS = (1, REPLICAS_MOST)
INTERVAL_SECONDS: float = Settings.model_fields["sample_seconds"].default
APPEARING_SECONDS = 0.5
"""The records come one partition after the other. A measurement in between would see a part of them, and be
no reaction to all; so the end of the interval, where reactions are shortest, is left out."""
PAUSE_SECONDS = 5.0
"""Between two runs, at least."""
GIVE_UP_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Seen:
    """A replica count on the watch, and when it came."""

    at: float
    replicas: int


@dataclass(frozen=True, slots=True)
class Run:
    """One reaction."""

    phase_seconds: float
    """From the last measurement to the records."""
    seconds: float
    """From the last acknowledged record to the final count."""
    steps: tuple[int, ...]
    """All counts on the way, the first included."""


class Counts:
    """The replica counts of all Deployments, as they come."""

    def __init__(self) -> None:
        self.seen: defaultdict[str, list[Seen]] = defaultdict(list)
        self._changed = asyncio.Event()

    async def watch(self, api: KubernetesApi) -> None:
        """Follow, until cancelled."""
        async for deployment in follow(api, f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments"):
            counts, replicas = self.seen[deployment["metadata"]["name"]], deployment["spec"]["replicas"]
            if not counts or counts[-1].replicas != replicas:
                counts.append(Seen(monotonic(), replicas))
                self._changed.set()
                self._changed = asyncio.Event()

    async def until_final(self, name: str) -> Seen:
        """Wait for the final count of one."""
        try:
            async with asyncio.timeout(GIVE_UP_SECONDS):
                while not self.seen[name] or self.seen[name][-1].replicas != REPLICAS_MOST:
                    await self._changed.wait()
        except TimeoutError:
            steps = [seen.replicas for seen in self.seen[name]]
            raise SandboxError(f"{name} was not scaled within {GIVE_UP_SECONDS:.0f} s: {steps}") from None
        return self.seen[name][-1]


def main() -> int:
    """Prepare all, run them, tell."""
    began = machine()
    subjects = [Subject(f"run-{number:02}") for number in range(RUNS)]
    with bench_sandbox([*KUBERNETES, "kafka"]) as sandbox:
        prepare(sandbox, subjects)
        with operator(sandbox) as running:
            commands(sandbox)(
                "kubectl",
                "wait",
                f"--namespace={NAMESPACE}",
                "--for=condition=Ready",
                "lp",
                "--all",
                "--timeout=80s",
            )
            runs = asyncio.run(run_all(sandbox, subjects, running))
    return tell("reaction", figures_of(runs), details_of(runs), began)


def prepare(sandbox: Sandbox, subjects: list[Subject]) -> None:
    """Topics, workloads and pipelines, all at rest."""
    create_topics(sandbox.kafka_bootstrap, subjects)
    apply_crds(sandbox)
    apply(sandbox, [fake_node(), namespace()])
    apply(sandbox, [document for s in subjects for document in s.documents(sandbox.kafka_bootstrap)])


def phases(runs: int) -> list[float]:
    """Seconds after a measurement for each run: spread over the interval but its end, in random order."""
    share = (INTERVAL_SECONDS - APPEARING_SECONDS) / runs
    spread = [share * (number + random.random()) for number in range(runs)]  # noqa: S311 - no secret
    random.shuffle(spread)
    return spread


async def run_all(sandbox: Sandbox, subjects: Sequence[Subject], running: RunningOperator) -> list[Run]:
    """One after the other, each at its phase."""
    api = await KubernetesApi.connect(sandbox.kubeconfig)
    counts = Counts()
    watching = asyncio.create_task(counts.watch(api))
    producer = burst_producer(sandbox.kafka_bootstrap)
    console, runs = Console(stderr=True), []
    try:
        for subject, phase in zip(subjects, phases(len(subjects)), strict=True):
            await asyncio.sleep(PAUSE_SECONDS)
            await asyncio.to_thread(fill, producer, subject.name)
            await asyncio.sleep(until_phase(await asyncio.to_thread(last_measured, running), phase))
            acknowledged = await asyncio.to_thread(release, producer, subject.name)
            final = await counts.until_final(subject.name)
            steps = tuple(seen.replicas for seen in counts.seen[subject.name])
            runs.append(Run(round(phase, 3), round(final.at - acknowledged, 3), steps))
            console.print(
                f"{subject.name}: {'→'.join(map(str, steps))} after {runs[-1].seconds:.2f} s, "
                f"{phase:.2f} s after a measurement"
            )
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await api.close()
    return runs


def last_measured(running: RunningOperator) -> float:
    """When the operator last measured, in Unix seconds."""
    moment = measured_at(running.metrics())
    if moment is None:
        raise SandboxError("The operator has not measured anything yet.")
    return moment


def until_phase(measured: float, phase: float) -> float:
    """Seconds from now to the next moment that is `phase` after a measurement."""
    return (measured + phase - time()) % INTERVAL_SECONDS


def burst_producer(kafka: str) -> Producer:
    """Keeps all records back until it is flushed: they appear at once, in one batch for each partition."""
    return Producer(
        {
            "bootstrap.servers": kafka,
            "acks": "all",
            "linger.ms": 60_000,
            "batch.size": 900_000,
            "batch.num.messages": RECORDS,
            "queue.buffering.max.messages": 2 * RECORDS,
        }
    )


def fill(producer: Producer, topic: str) -> None:
    """Hand all records to the producer, which keeps them."""
    for number in range(RECORDS):
        producer.produce(topic, value=b"%016d" % number, partition=number % PARTITIONS)


def release(producer: Producer, topic: str) -> float:
    """Let them go; when the last was acknowledged."""
    left = producer.flush(GIVE_UP_SECONDS)
    if left:
        raise SandboxError(f"{left} records of {topic} were not acknowledged.")
    return monotonic()


def figures_of(runs: Sequence[Run]) -> list[Figure]:
    """Median and most, and how many took more than one step."""
    seconds = [run.seconds for run in runs]
    astray = sum(run.steps != STEPS for run in runs)
    return [
        Figure("Median reaction", round(median(seconds), 2), "s", MEDIAN_LIMIT_SECONDS),
        Figure("Longest reaction", round(max(seconds), 2), "s", MOST_LIMIT_SECONDS),
        Figure("Shortest reaction", round(min(seconds), 2), "s"),
        Figure("Runs with more than one step", astray, f"of {len(runs)}", 0),
    ]


def details_of(runs: Sequence[Run]) -> Mapping[str, object]:
    """What a reader needs to judge the figures."""
    return {
        "runs": len(runs),
        "records": RECORDS,
        "partitions": PARTITIONS,
        "seconds": [run.seconds for run in runs],
        "phases": [run.phase_seconds for run in runs],
        "steps": ["→".join(map(str, run.steps)) for run in runs],
    }


if __name__ == "__main__":
    run(main)

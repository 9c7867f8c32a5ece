"""One broker, 200 groups of 16 partitions: what one pass over all of them takes."""

import asyncio
from collections.abc import Sequence
from statistics import median
from time import monotonic, process_time, time

from bench.harness import Figure, bench_sandbox
from bench.scale.fleet import fleet, furnish
from bench.scale.part import Outcome, wait
from bench.scale.usage import cpu_seconds
from bench.subjects import Subject
from logpipeline.api.sources import OffsetReset
from logpipeline.core.readings import Sample
from logpipeline.sources.base import KafkaConnection, KafkaQuery
from logpipeline.sources.credentials import NO_CREDENTIALS
from logpipeline.sources.kafka.process import ClientProcess
from logpipeline.sources.kafka.reader import KafkaReader
from sandbox.errors import SandboxError

GROUPS = 200
PARTITIONS = 16
WALL_LIMIT_SECONDS = 0.5
CPU_LIMIT_SECONDS = 0.12
PASSES = 20
BETWEEN_SECONDS = 1.0
SETTLE_SECONDS = 10.0
"""The broker has just made thousands of partitions."""
DEADLINE_SECONDS = 4.0


def measure(share: float) -> Outcome:
    """Sample again and again; the processor time is that of this process and of the client's."""
    passes = max(3, round(PASSES * share))
    with bench_sandbox(["kafka"]) as sandbox:
        subjects = fleet(GROUPS, "group")
        furnish(sandbox.kafka_bootstrap, subjects, PARTITIONS)
        wait(SETTLE_SECONDS * share, "the broker settles")
        first, *others = asyncio.run(_sample(sandbox.kafka_bootstrap, subjects, 1 + passes))
    wall, cpu = ([taken[kind] for taken in others] for kind in (0, 1))
    figures = [
        Figure("Sampling 200 groups of 16 partitions", round(median(wall), 3), "s", WALL_LIMIT_SECONDS),
        Figure("Processor time of it", round(median(cpu), 3), "s", CPU_LIMIT_SECONDS),
        Figure("The longest of them", round(max(wall), 3), "s"),
        Figure("The first one, which connects", round(first[0], 3), "s"),
    ]
    rounded = [[round(seconds, 3) for seconds in kind] for kind in (wall, cpu)]
    return Outcome(figures, {"wall_seconds": rounded[0], "cpu_seconds": rounded[1]})


async def _sample(kafka: str, subjects: Sequence[Subject], passes: int) -> list[tuple[float, float]]:
    connection = KafkaConnection(kafka)
    process = ClientProcess()
    reader = KafkaReader(connection, NO_CREDENTIALS, process, deadline_seconds=DEADLINE_SECONDS, clock=time)
    queries = [KafkaQuery(connection, s.name, (s.name,), OffsetReset.EARLIEST) for s in subjects]
    client = (await process.client()).pid
    taken = []
    for _ in range(passes):
        began, used = monotonic(), process_time() + cpu_seconds(client)
        readings = await reader.sample(queries)
        taken.append((monotonic() - began, process_time() + cpu_seconds(client) - used))
        whole = sum(isinstance(reading, Sample) and reading.complete for reading in readings.values())
        if whole < len(queries):
            raise SandboxError(f"Only {whole} of {len(queries)} groups were measured wholly.")
        await asyncio.sleep(BETWEEN_SECONDS)
    await reader.close()
    await process.close()
    return taken

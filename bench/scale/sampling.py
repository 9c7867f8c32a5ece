"""One broker, 200 groups of 16 partitions: what one pass over all of them takes."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from time import monotonic, process_time, time

from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import OffsetSpec

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
FIRST_SECONDS = 25.0
"""So long what the log recalls is compared with what is measured: once after each start."""
SETTLE_SECONDS = 10.0
"""The broker has just made thousands of partitions."""
DEADLINE_SECONDS = 4.0
LATEST = OffsetSpec.latest()  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass over all groups took."""

    wall_seconds: float
    cpu_seconds: float


def measure(share: float) -> Outcome:
    """Sample again and again, and beside it ask the same by the client library alone.

    The processor time of a pass is that of this process and of the client's. What the library alone takes
    says how fast the machine is.
    """
    passes = max(3, round(PASSES * share))
    with bench_sandbox(["kafka"]) as sandbox:
        subjects = fleet(GROUPS, "group")
        furnish(sandbox.kafka_bootstrap, subjects, PARTITIONS)
        wait(SETTLE_SECONDS * share, "the broker settles")
        first, ours, bare = asyncio.run(_sample(sandbox.kafka_bootstrap, subjects, passes, share))
    wall, cpu = [one.wall_seconds for one in ours], [one.cpu_seconds for one in ours]
    alone = median(one.cpu_seconds for one in bare)
    figures = [
        Figure("Sampling 200 groups of 16 partitions", round(median(wall), 3), "s", WALL_LIMIT_SECONDS),
        Figure("Processor time of it", round(median(cpu), 3), "s", CPU_LIMIT_SECONDS),
        Figure("The same asked by the client library alone", round(alone, 3), "s"),
        Figure("Its share of that", round(median(cpu) / alone, 2), ""),
        Figure("The longest of them", round(max(wall), 3), "s"),
        Figure("The first one, which connects", round(first.wall_seconds, 3), "s"),
    ]
    rounded = [[round(seconds, 3) for seconds in kind] for kind in (wall, cpu)]
    return Outcome(figures, {"wall_seconds": rounded[0], "cpu_seconds": rounded[1]})


async def _sample(
    kafka: str, subjects: Sequence[Subject], passes: int, share: float
) -> tuple[Pass, list[Pass], list[Pass]]:
    """The first pass; those after what the log recalls is settled; and as many by the library alone.

    The first passes need not be whole: of so many groups some have their turn in the next one.
    """
    connection = KafkaConnection(kafka)
    process = ClientProcess()
    reader = KafkaReader(connection, NO_CREDENTIALS, process, deadline_seconds=DEADLINE_SECONDS, clock=time)
    queries = [KafkaQuery(connection, s.name, (s.name,), OffsetReset.EARLIEST) for s in subjects]
    client, admin = (await process.client()).pid, AdminClient({"bootstrap.servers": kafka})

    async def one(*, settled: bool = False) -> Pass:
        began, used = monotonic(), process_time() + cpu_seconds(client)
        readings = await reader.sample(queries)
        taken = Pass(monotonic() - began, process_time() + cpu_seconds(client) - used)
        whole = sum(isinstance(reading, Sample) and reading.complete for reading in readings.values())
        if settled and whole < len(queries):
            raise SandboxError(f"Only {whole} of {len(queries)} groups were measured wholly.")
        await asyncio.sleep(BETWEEN_SECONDS)
        return taken

    first, until = await one(), monotonic() + FIRST_SECONDS * share
    while monotonic() < until:
        await one()
    ours, bare = [], []
    for _ in range(passes):
        ours.append(await one(settled=True))
        bare.append(_alone(admin, subjects))
    await reader.close()
    await process.close()
    return first, ours, bare


def _alone(admin: AdminClient, subjects: Sequence[Subject]) -> Pass:
    """The least that has to be asked, with nothing made of the answers."""
    began, used = monotonic(), process_time()
    names = [subject.name for subject in subjects]
    groups = admin.describe_consumer_groups(names, request_timeout=DEADLINE_SECONDS)
    commits = [admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(name)]) for name in names]
    for future in [*groups.values(), *(commit for asked in commits for commit in asked.values())]:
        future.result(DEADLINE_SECONDS)
    places = [TopicPartition(name, number) for name in names for number in range(PARTITIONS)]
    for end in admin.list_offsets(dict.fromkeys(places, LATEST)).values():
        end.result(DEADLINE_SECONDS)
    return Pass(monotonic() - began, process_time() - used)

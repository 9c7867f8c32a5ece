"""Hundreds of pipelines in mode Advise, each with a topic, a group and a workload of its own."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager, closing
from functools import partial
from time import monotonic
from typing import Any

from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from bench.subjects import DEADLINE_SECONDS, NAMESPACE, PARTITIONS, Subject, create_topics
from sandbox.demo.follow import follow
from sandbox.errors import SandboxError
from sandbox.pods.api import KubernetesApi
from sandbox.pods.objects import Json
from sandbox.sandbox import Sandbox

DEPLOYMENTS = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments"
PIPELINES = f"/apis/logpipeline.io/v1alpha1/namespaces/{NAMESPACE}/logpipelines"
ANSWER_SECONDS = 10.0
AT_A_TIME = 16
"""Requests to the API server, and commits."""


def fleet(count: int, prefix: str = "pipeline") -> list[Subject]:
    """So many pipelines that advise; their workloads have no replicas, so there are no pods to pay for."""
    return [Subject(f"{prefix}-{number:04}", mode="Advise", replicas=0) for number in range(count)]


def furnish(kafka: str, subjects: Sequence[Subject], partitions: int = PARTITIONS) -> None:
    """The topic of each, and a group that has committed in every partition."""
    first, *others = subjects
    create_topics(kafka, [first], partitions)
    _patiently(kafka, first, _knows_commits)  # an AdminClient's first request would wait for that in vain
    create_topics(kafka, others, partitions)
    _patiently(kafka, subjects[-1], _has_logs)
    commit(kafka, subjects, dict.fromkeys(range(partitions), 0))


def _patiently(kafka: str, subject: Subject, ask: Callable[[Consumer, TopicPartition], object]) -> None:
    """Ask, by a new client each time, until there is an answer: 8,000 partitions take a broker minutes."""
    give_up = monotonic() + DEADLINE_SECONDS
    while True:
        settings = {"bootstrap.servers": kafka, "group.id": subject.name, "log_level": 0}
        with closing(Consumer(settings)) as consumer:
            try:
                ask(consumer, TopicPartition(subject.name, 0))
            except KafkaException:
                if monotonic() > give_up:
                    raise
            else:
                return


def _knows_commits(consumer: Consumer, partition: TopicPartition) -> None:
    consumer.committed([partition], timeout=ANSWER_SECONDS)


def _has_logs(consumer: Consumer, partition: TopicPartition) -> None:
    consumer.get_watermark_offsets(partition, timeout=ANSWER_SECONDS)


def commit(kafka: str, subjects: Sequence[Subject], offsets: dict[int, int]) -> None:
    """Commit the same offsets, by partition, for the group of each."""
    admin = AdminClient({"bootstrap.servers": kafka, "log_level": 0})
    for start in range(0, len(subjects), AT_A_TIME):
        futures = [
            future
            for subject in subjects[start : start + AT_A_TIME]
            for future in admin.alter_consumer_group_offsets([_offsets(subject, offsets)]).values()
        ]
        for future in futures:
            future.result(DEADLINE_SECONDS)


def _offsets(subject: Subject, offsets: dict[int, int]) -> ConsumerGroupTopicPartitions:
    return ConsumerGroupTopicPartitions(
        subject.name, [TopicPartition(subject.name, number, offset) for number, offset in offsets.items()]
    )


@asynccontextmanager
async def connection(sandbox: Sandbox) -> AsyncIterator[KubernetesApi]:
    """A client of the API server, closed at the end of the block."""
    api = await KubernetesApi.connect(sandbox.kubeconfig)
    try:
        yield api
    finally:
        await api.close()


async def create(api: KubernetesApi, path: str, documents: Sequence[Json]) -> None:
    """Add all to a collection."""
    await _side_by_side(partial(api.create, path, document) for document in documents)


async def delete(api: KubernetesApi, path: str, names: Iterable[str]) -> None:
    """Take these out of a collection; one by one, since the API server takes long for a thousand at once."""
    await _side_by_side(partial(api.delete, f"{path}/{name}", {}) for name in names)


async def _side_by_side(requests: Iterable[Callable[[], Coroutine[Any, Any, object]]]) -> None:
    lanes = asyncio.Semaphore(AT_A_TIME)

    async def send(request: Callable[[], Coroutine[Any, Any, object]]) -> None:
        async with lanes:
            await request()

    async with asyncio.TaskGroup() as sending:
        for request in requests:
            sending.create_task(send(request))


async def until_ready(
    api: KubernetesApi, count: int, within_seconds: float, told: Callable[[int], None] = lambda _: None
) -> float:
    """Wait until so many pipelines are Ready; when they were, by the monotonic clock.

    Raises SandboxError: they were not within the time. `told` hears how many are whenever there are more.
    """
    ready: set[str] = set()
    try:
        async with asyncio.timeout(within_seconds):
            async for pipeline in follow(api, PIPELINES):
                if is_ready(pipeline) and (name := pipeline["metadata"]["name"]) not in ready:
                    ready.add(name)
                    told(len(ready))
                    if len(ready) >= count:
                        break
    except TimeoutError:
        raise SandboxError(
            f"{len(ready)} of {count} pipelines were Ready after {within_seconds:.0f} s."
        ) from None
    return monotonic()


def is_ready(pipeline: Json) -> bool:
    """Whether its condition Ready is True."""
    conditions = pipeline.get("status", {}).get("conditions", ())
    return any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)

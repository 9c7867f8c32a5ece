"""Brokers and servers that go away, freeze and come back: on their own sandbox, for nobody else's trouble."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from logpipeline.api.conditions import Reason
from logpipeline.api.sources import OffsetReset
from logpipeline.core.readings import Reading
from logpipeline.sources.base import (
    KafkaConnection,
    KafkaQuery,
    Query,
    RedisConnection,
    RedisQuery,
    RedisServer,
    SourceReader,
)
from logpipeline.sources.credentials import NO_CREDENTIALS
from logpipeline.sources.redis.reader import RedisReader
from sandbox.sandbox import Sandbox
from tests.contract.kafka_reader import OwnKafkaReader
from tests.contract.reading import missed, until

pytestmark = pytest.mark.contract
DEADLINE_SECONDS = 2.0


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    sandbox = Sandbox(tmp_path_factory.mktemp("faults"), ("kafka", "redis"))
    sandbox.up()
    yield sandbox
    sandbox.down(wipe=True)


class Measured:
    """A query that the server answers with `answer`, and the reader that asks it."""

    def __init__(self, reader: SourceReader, query: Query, answer: Reason, component: str) -> None:  # type: ignore[type-arg]
        self.reader = reader
        self.query = query
        self.answer = answer
        self.component = component

    async def __call__(self) -> Reading:
        return (await self.reader.sample([self.query]))[self.query]

    def is_answered(self, reading: Reading) -> bool:
        return getattr(reading, "reason", None) is self.answer


@pytest.fixture(params=["kafka", "redis"])
async def measured(request: pytest.FixtureRequest, sandbox: Sandbox) -> AsyncIterator[Measured]:
    if request.param == "kafka":
        kafka = KafkaConnection(sandbox.kafka_bootstrap)
        reader = OwnKafkaReader(kafka, deadline_seconds=DEADLINE_SECONDS, clock=time.time)
        query = KafkaQuery(kafka, "group", ("absent",), OffsetReset.EARLIEST)
        measured = Measured(reader, query, Reason.TOPIC_MISSING, "kafka")
    else:
        redis = RedisConnection(RedisServer(sandbox.redis_url))
        other = RedisReader(redis, NO_CREDENTIALS, deadline_seconds=DEADLINE_SECONDS, clock=time.time)
        measured = Measured(other, RedisQuery(redis, "group", ("absent",)), Reason.STREAM_MISSING, "redis")
    yield measured
    await measured.reader.close()


async def test_a_server_that_is_killed_is_missing_and_measured_again_when_it_is_back(
    sandbox: Sandbox, measured: Measured
) -> None:
    await until(measured, measured.is_answered)
    sandbox.stop(measured.component, signal.SIGKILL)
    try:
        began = time.monotonic()
        missing = missed(await measured())
        took = time.monotonic() - began
    finally:
        await asyncio.to_thread(sandbox.start, measured.component)
    assert missing.reason is Reason.SOURCE_UNREACHABLE
    assert "127.0.0.1" in missing.message
    assert took < 10 * DEADLINE_SECONDS
    await until(measured, measured.is_answered)


async def test_a_server_that_is_frozen_is_missing_by_the_deadline(
    sandbox: Sandbox, measured: Measured
) -> None:
    await until(measured, measured.is_answered)
    sandbox.stop(measured.component, signal.SIGSTOP)
    try:
        began = time.monotonic()
        missing = missed(await measured())
        took = time.monotonic() - began
    finally:
        sandbox.stop(measured.component, signal.SIGCONT)
    assert missing.reason is Reason.SOURCE_UNREACHABLE
    assert "answer" in missing.message
    assert "2 s" in missing.message
    assert took < 10 * DEADLINE_SECONDS
    await until(measured, measured.is_answered)


async def test_the_event_loop_goes_on_while_a_server_is_frozen(sandbox: Sandbox, measured: Measured) -> None:
    await until(measured, measured.is_answered)
    sandbox.stop(measured.component, signal.SIGSTOP)
    beats = 0
    try:
        passing = asyncio.create_task(measured())
        while not passing.done():
            await asyncio.sleep(0.01)
            beats += 1
    finally:
        sandbox.stop(measured.component, signal.SIGCONT)
    assert missed(await passing).reason is Reason.SOURCE_UNREACHABLE
    assert beats > DEADLINE_SECONDS / 0.01 / 10

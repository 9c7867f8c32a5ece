"""The process of the Kafka client: it comes, answers, dies, and another one comes"""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress

import pytest

from logpipeline.api.conditions import Reason
from logpipeline.api.sources import OffsetReset
from logpipeline.core.readings import Missing
from logpipeline.sources.base import KafkaConnection, KafkaQuery
from logpipeline.sources.credentials import NO_CREDENTIALS
from logpipeline.sources.kafka.process import FEWEST_GIVEN_UP, Client, ClientProcess
from logpipeline.sources.kafka.reader import KafkaReader

SOON_SECONDS = 30.0


@pytest.fixture
async def process() -> AsyncIterator[ClientProcess]:
    process = ClientProcess()
    yield process
    await process.close()


@pytest.fixture
def silent() -> Iterator[KafkaConnection]:
    """Somebody who takes connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield KafkaConnection(f"127.0.0.1:{server.getsockname()[1]}")


def reader_of(process: ClientProcess, connection: KafkaConnection, seconds: float = 2.0) -> KafkaReader:
    return KafkaReader(connection, NO_CREDENTIALS, process, deadline_seconds=seconds, clock=time.time)


async def measured(reader: KafkaReader, connection: KafkaConnection) -> Missing:
    query = KafkaQuery(connection, "indexers", ("access-log",), OffsetReset.EARLIEST)
    async with asyncio.timeout(SOON_SECONDS):
        reading = (await reader.sample([query]))[query]
    assert isinstance(reading, Missing)
    return reading


async def gone(pid: int) -> None:
    async with asyncio.timeout(SOON_SECONDS):
        while True:
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return
            await asyncio.sleep(0.01)


async def asked(client: Client) -> None:
    async with asyncio.timeout(SOON_SECONDS):
        while True:
            if client.busy:
                return
            await asyncio.sleep(0.01)


async def test_a_cluster_that_keeps_silent_is_missing_in_a_sentence(
    process: ClientProcess, silent: KafkaConnection
) -> None:
    missing = await measured(reader_of(process, silent), silent)
    assert missing.reason is Reason.SOURCE_UNREACHABLE
    assert silent.bootstrap_servers in missing.message
    assert "answered within" in missing.message


async def test_a_client_that_died_is_replaced_by_the_next_pass(
    process: ClientProcess, silent: KafkaConnection
) -> None:
    reader = reader_of(process, silent)
    first = await measured(reader, silent)
    before = (await process.client()).pid
    os.kill(before, signal.SIGABRT)
    await gone(before)
    again = await measured(reader, silent)
    assert again.reason is first.reason is Reason.SOURCE_UNREACHABLE
    assert (await process.client()).pid != before


async def test_a_client_that_dies_in_the_middle_of_a_pass_is_replaced_within_it(
    process: ClientProcess, silent: KafkaConnection
) -> None:
    reader = reader_of(process, silent, seconds=6.0)
    client = await process.client()
    measuring = asyncio.create_task(measured(reader, silent))
    await asked(client)
    os.kill(client.pid, signal.SIGABRT)
    missing = await measuring
    assert "no broker" in missing.message, "what is told is what the second client met"


async def test_a_client_that_dies_again_and_again_is_said_so(
    process: ClientProcess, silent: KafkaConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    missing = await measured(reader_of(process, silent), silent)
    assert missing.reason is Reason.SOURCE_UNREACHABLE
    assert "the Kafka client failed" in missing.message
    assert silent.bootstrap_servers in missing.message


async def test_a_client_that_cannot_be_started_is_said_so(
    process: ClientProcess, silent: KafkaConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    missing = await measured(reader_of(process, silent), silent)
    assert "cannot be started" in missing.message
    monkeypatch.undo()
    assert "no broker" in (await measured(reader_of(process, silent), silent)).message


async def test_a_client_that_is_slow_is_not_ended(process: ClientProcess, silent: KafkaConnection) -> None:
    client = await process.client()
    measuring = asyncio.create_task(measured(reader_of(process, silent), silent))
    await asked(client)
    measuring.cancel()
    await asyncio.wait({measuring})
    await measured(reader_of(process, silent), silent)
    assert await process.client() is client


async def test_a_client_that_hangs_is_ended_with_the_pass_that_nobody_waits_for_any_more(
    silent: KafkaConnection,
) -> None:
    process = ClientProcess(hang_seconds=0.0)
    reader = reader_of(process, silent)
    client = await process.client()
    os.kill(client.pid, signal.SIGSTOP)
    for _ in range(FEWEST_GIVEN_UP):
        measuring = asyncio.create_task(measured(reader, silent))
        await asked(client)
        measuring.cancel()
        with suppress(asyncio.CancelledError):
            await measuring
    await gone(client.pid)
    assert (await measured(reader, silent)).reason is Reason.SOURCE_UNREACHABLE
    await process.close()


async def test_two_clusters_are_measured_at_the_same_time(
    process: ClientProcess, silent: KafkaConnection
) -> None:
    readers = [reader_of(process, silent) for _ in range(4)]
    await measured(readers[0], silent)
    began = time.monotonic()
    await asyncio.gather(*(measured(reader, silent) for reader in readers))
    assert time.monotonic() - began < 4 * 2.0


async def test_the_client_ends_with_the_operator_that_started_it() -> None:
    process = ClientProcess()
    pid = (await process.client()).pid
    await process.close()
    await gone(pid)


async def test_the_client_ends_when_its_operator_was_killed() -> None:
    program = (
        "import asyncio, os, signal\n"
        "from logpipeline.sources.kafka.process import ClientProcess\n"
        "async def main():\n"
        "    print((await ClientProcess().client()).pid, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())\n"
    )
    operator = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE
    )
    assert operator.stdout is not None
    line = await operator.stdout.readline()
    await operator.wait()
    await gone(int(line))

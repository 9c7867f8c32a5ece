"""The reader against servers that are not what they should be, each played by a socket of our own."""

import asyncio
import json
import threading
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from logpipeline.api.conditions import Reason
from logpipeline.core.readings import Missing, Reading, Sample
from logpipeline.sources.base import PrometheusConnection, PrometheusQuery
from logpipeline.sources.credentials import NO_CREDENTIALS, Credentials
from logpipeline.sources.prometheus.reader import CONNECTIONS, PrometheusReader

SECONDS = 0.5
LATE_SECONDS = 5.0
"""An order of magnitude past the deadline: the pass has hung."""
Play = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


def answer(body: bytes | str, status: str = "200 OK", *headers: str) -> bytes:
    told = body.encode() if isinstance(body, str) else body
    return (
        "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(told)}", *headers, "\r\n"]).encode() + told
    )


def vector(*values: str) -> bytes:
    series = [
        {"metric": {"queue": str(n)}, "value": [1_795_000_000, value]} for n, value in enumerate(values)
    ]
    return answer(json.dumps({"status": "success", "data": {"resultType": "vector", "result": series}}))


def saying(reply: bytes) -> Play:
    async def play(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(reply)
        await writer.drain()

    return play


def dripping(begins: bytes) -> Play:
    async def play(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(begins)
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    return play


@asynccontextmanager
async def server(play: Play) -> AsyncIterator[str]:
    """The address of a server that reads a request and then does what `play` says."""

    serving: set[asyncio.Task[Any] | None] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.add(asyncio.current_task())
        try:
            while True:
                await play(await reader.readuntil(b"\r\n\r\n"), writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()

    listening = await asyncio.start_server(serve, "127.0.0.1")
    try:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    finally:
        listening.close()
        tasks = [task for task in serving if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def reading(
    address: str, credentials: Credentials = NO_CREDENTIALS
) -> AsyncIterator[Callable[..., Awaitable[list[Reading]]]]:
    """Measures some queries by their PromQL, each time in one pass."""
    connection = PrometheusConnection(address)
    reader = PrometheusReader(connection, credentials, deadline_seconds=SECONDS, clock=time.time)

    async def measure(*backlogs: str) -> list[Reading]:
        queries = [PrometheusQuery(connection, backlog) for backlog in backlogs]
        async with asyncio.timeout(LATE_SECONDS):
            readings = await reader.sample(queries)
        return [readings[query] for query in queries]

    yield measure
    await reader.close()


async def measure(address: str, credentials: Credentials = NO_CREDENTIALS) -> Reading:
    """What one query gives."""
    async with reading(address, credentials) as measure_all:
        return (await measure_all("waiting + 0"))[0]


NOT_ANSWERS = {
    "a page": (answer("<html>Welcome to nginx!</html>"), "not a Prometheus server"),
    "another API": (answer('{"items": []}'), "not a Prometheus server"),
    "a list": (answer("[1, 2]"), "not a Prometheus server"),
    "too deep": (answer("[" * 100_000), "not a Prometheus server"),
    "a redirect": (answer("", "302 Found", "Location: http://127.0.0.1:9/"), "sends us elsewhere (302)"),
    "nothing there": (answer("404 page not found", "404 Not Found"), "has no such API (404)"),
    "no credentials": (answer("", "401 Unauthorized"), "Secret"),
    "no rights": (answer("", "403 Forbidden"), "Secret"),
    "no query": (
        answer('{"status": "error", "errorType": "bad_data", "error": "parse\\nerror"}', "400 Bad Request"),
        "cannot evaluate backlogQuery: parse error; mend it",
    ),
}


@pytest.mark.parametrize("case", NOT_ANSWERS)
async def test_what_is_no_answer_is_refused_with_what_to_do(case: str) -> None:
    reply, says = NOT_ANSWERS[case]
    async with server(saying(reply)) as address:
        missing = await measure(address)
    assert isinstance(missing, Missing)
    assert missing.reason is Reason.SOURCE_REFUSED
    assert says in missing.message
    assert address.removeprefix("http://") in missing.message


@pytest.mark.parametrize(
    "status", ["500 Internal Server Error", "503 Service Unavailable", "429 Too Many Requests"]
)
async def test_a_server_in_trouble_is_not_a_refusal(status: str) -> None:
    async with server(saying(answer("", status))) as address:
        missing = await measure(address)
    assert isinstance(missing, Missing)
    assert missing.reason is Reason.SOURCE_UNREACHABLE
    assert status[:3] in missing.message


async def test_an_evaluation_that_took_too_long_is_too_slow() -> None:
    said = '{"status": "error", "errorType": "timeout", "error": "query timed out"}'
    async with server(saying(answer(said, "503 Service Unavailable"))) as address:
        missing = await measure(address)
    assert isinstance(missing, Missing)
    assert missing.reason is Reason.SOURCE_TOO_SLOW


async def test_credentials_are_not_carried_to_where_a_redirect_points() -> None:
    heard = []

    async def hear(request: bytes, writer: asyncio.StreamWriter) -> None:
        heard.append(request)
        writer.write(vector("1"))

    async with server(hear) as elsewhere:
        redirect = answer("", "307 Moved", f"Location: {elsewhere}/api/v1/query")
        async with server(saying(redirect)) as address:
            missing = await measure(address, Credentials.of({"token": "s3cret"}))
    assert isinstance(missing, Missing)
    assert not heard


@pytest.mark.parametrize(
    ("entries", "header"),
    [
        ({"username": "günther", "password": "pa:ss"}, b"Authorization: Basic Z8O8bnRoZXI6cGE6c3M=\r\n"),
        ({"token": "s3cret"}, b"Authorization: Bearer s3cret\r\n"),
    ],
)
async def test_credentials_are_sent_as_the_secret_has_them(entries: dict[str, str], header: bytes) -> None:
    heard = []

    async def hear(request: bytes, writer: asyncio.StreamWriter) -> None:
        heard.append(request)
        writer.write(vector("1"))

    async with server(hear) as address:
        sample = await measure(address, Credentials.of(entries))
    assert isinstance(sample, Sample)
    assert header in heard[0]


@pytest.mark.parametrize(
    ("entries", "names"),
    [
        ({"username": "ann"}, "'username'"),
        ({"password": "s3cret"}, "'password'"),
        ({"token": "s3c\nret"}, "'token'"),
        ({"token": "s3cret", "username": "ann", "password": "s3cret"}, "'token'"),
    ],
)
async def test_half_a_credential_is_said_without_its_value(entries: dict[str, str], names: str) -> None:
    missing = await measure("http://127.0.0.1:9", Credentials.of(entries))
    assert isinstance(missing, Missing)
    assert missing.reason is Reason.SECRET_INVALID
    assert names in missing.message
    assert "ret" not in missing.message.removeprefix("the Secret")


@pytest.mark.parametrize(
    "begins", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n"]
)
async def test_an_answer_that_drips_is_given_up_at_the_deadline_and_by_its_thread_too(begins: bytes) -> None:
    async with server(dripping(begins)) as address:
        missing = await measure(address)
        give_up = time.monotonic() + LATE_SECONDS
        while any(thread.name.startswith("prometheus") for thread in threading.enumerate()):
            assert time.monotonic() < give_up, "a thread goes on listening to the server"
            await asyncio.sleep(0.01)
    assert isinstance(missing, Missing)
    assert missing.reason is Reason.SOURCE_UNREACHABLE
    assert "did not answer within 0.5 s" in missing.message


@pytest.mark.parametrize("headers", [(), ("Content-Encoding: deflate",)])
async def test_a_huge_answer_is_not_read_to_its_end(headers: tuple[str, ...]) -> None:
    body = b" " * 50_000_000
    reply = answer(zlib.compress(body) if headers else body, "200 OK", *headers)
    async with server(saying(reply)) as address:
        missing = await measure(address)
    assert isinstance(missing, Missing)
    assert missing.reason is Reason.SEVERAL_SERIES
    assert "more than 1 MB" in missing.message


async def test_queries_that_hang_cost_only_those_who_gave_them() -> None:
    async def play(request: bytes, writer: asyncio.StreamWriter) -> None:
        if b"heavy" in request:
            await asyncio.sleep(LATE_SECONDS)
        writer.write(vector("7"))
        await writer.drain()

    heavy = [f"heavy{n} + 0" for n in range(2 * CONNECTIONS)]
    light = [f"light{n} + 0" for n in range(20)]
    async with server(play) as address, reading(address) as measure_all:
        await measure_all(*light)
        for _ in range(2):
            readings = await measure_all(*heavy, *light)
            reasons = {one.reason for one in readings[: len(heavy)] if isinstance(one, Missing)}
            assert reasons == {Reason.SOURCE_TOO_SLOW}
            assert all(isinstance(one, Sample) for one in readings[len(heavy) :])


async def test_one_pass_takes_few_connections_and_keeps_them() -> None:
    opened: list[Any] = []

    async def play(_: bytes, writer: asyncio.StreamWriter) -> None:
        if writer not in opened:
            opened.append(writer)
        writer.write(vector("7"))
        await writer.drain()

    async with server(play) as address, reading(address) as measure_all:
        for _ in range(3):
            await measure_all(*(f"light{n} + 0" for n in range(50)))
    assert 1 <= len(opened) <= CONNECTIONS


async def test_nobody_listening_is_unreachable() -> None:
    missing = await measure("http://127.0.0.1:9")
    assert isinstance(missing, Missing)
    assert missing.reason is Reason.SOURCE_UNREACHABLE
    assert missing.message == "cannot reach 127.0.0.1:9: Connection refused; look whether it runs"


@pytest.mark.parametrize(
    "address", ["http://[::1", "http://a:99999", "http://.", "http://exa mple:80", "http://*:80"]
)
async def test_an_address_that_is_none_is_said(address: str) -> None:
    missing = await measure(address)
    assert isinstance(missing, Missing)

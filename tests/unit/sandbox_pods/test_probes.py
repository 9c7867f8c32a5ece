import asyncio
from collections.abc import AsyncIterator, Iterable
from itertools import chain, repeat
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from sandbox.pods.manifest import Probe
from sandbox.pods.probes import Attempt, Prober, require_offered, verdicts
from sandbox.pods.process import Command
from sandbox.pods.state import NotStartableError
from tests.unit.sandbox_pods.manifests import container, pod

COMMAND = Command(("true",), {"PATH": "/usr/bin:/bin"}, Path("/"), Path("/dev/null"))


def probe(**fields: object) -> Probe:
    """A probe as the API server gives it, with the fields that matter to a test."""
    (described,) = pod(container(readinessProbe={"httpGet": {"port": 1}, **fields})).containers
    assert described.readiness is not None
    return described.readiness


class Answers:
    """Answers of a program, in turn; the last for ever."""

    def __init__(self, answers: Iterable[bool]) -> None:
        given = list(answers)
        self._answers = chain(given, repeat(given[-1]))
        self.asked = 0

    async def check(self) -> Attempt:
        self.asked += 1
        return Attempt(next(self._answers))


async def take(stream: AsyncIterator[Attempt], count: int) -> list[bool]:
    return [(await anext(stream)).passed for _ in range(count)]


async def test_a_program_that_starts_slowly_is_ready_before_a_period_has_passed() -> None:
    answers = Answers([False, False, False, True])
    async with asyncio.timeout(10):
        assert await take(verdicts(probe(periodSeconds=3600), answers.check, pause_seconds=0.001), 1) == [
            True
        ]
    assert answers.asked == 4


async def test_impatience_at_the_start_counts_as_one_failure() -> None:
    answers = Answers([False])
    stream = verdicts(probe(periodSeconds=0.05, failureThreshold=3), answers.check, pause_seconds=0.001)
    assert await take(stream, 1) == [False]
    assert answers.asked > 3


async def test_one_failure_is_forgiven_up_to_the_threshold() -> None:
    answers = Answers([True, False, True, False, False, True])
    stream = verdicts(probe(periodSeconds=0.001, failureThreshold=2), answers.check)
    assert await take(stream, 4) == [True, True, False, True]


async def test_health_counts_when_it_lasts() -> None:
    answers = Answers([True, False, True, True])
    stream = verdicts(probe(periodSeconds=0.001, successThreshold=2, failureThreshold=9), answers.check)
    assert await take(stream, 1) == [True]
    assert answers.asked == 4


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """A program that answers /ready, refuses /broken and never answers /hanging."""

    over = asyncio.Event()

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/hanging":
            await over.wait()
        return web.Response(status=200 if request.path == "/ready" else 503)

    application = web.Application()
    application.router.add_get("/{path}", answer)
    runner = web.AppRunner(application, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner.addresses[0][1]
    over.set()
    await runner.cleanup()


@pytest.mark.parametrize(("path", "passes"), [("/ready", True), ("/broken", False), ("/hanging", False)])
async def test_an_http_probe_believes_what_the_program_answers(
    http: aiohttp.ClientSession, port: int, path: str, *, passes: bool
) -> None:
    prober = Prober(http, "127.0.0.1", {"web": port}, COMMAND)
    asked = probe(httpGet={"port": "web", "path": path}, timeoutSeconds=0.5)
    assert (await prober.check(asked)).passed is passes


async def test_a_tcp_probe_wants_somebody_to_listen(http: aiohttp.ClientSession, port: int) -> None:
    def check(number: int) -> Probe:
        (described,) = pod(container(readinessProbe={"tcpSocket": {"port": number}})).containers
        assert described.readiness is not None
        return described.readiness

    prober = Prober(http, "127.0.0.1", {}, COMMAND)
    assert (await prober.check(check(port))).passed
    assert not (await prober.check(check(1))).passed


@pytest.mark.parametrize(("argv", "passes"), [(["true"], True), (["false"], False), (["nosuch"], False)])
async def test_an_exec_probe_runs_a_command(
    http: aiohttp.ClientSession, argv: list[str], *, passes: bool
) -> None:
    (described,) = pod(container(livenessProbe={"exec": {"command": argv}, "timeoutSeconds": 10})).containers
    assert described.liveness is not None
    attempt = await Prober(http, "127.0.0.1", {}, COMMAND).check(described.liveness)
    assert attempt.passed is passes


@pytest.mark.parametrize("action", [{"grpc": {"port": 1}}, {"httpGet": {"port": "undeclared"}}])
def test_a_probe_that_could_never_pass_is_refused_with_a_sentence(action: dict[str, object]) -> None:
    (described,) = pod(container(readinessProbe=action)).containers
    with pytest.raises(NotStartableError, match=r"grpc|undeclared"):
        require_offered(described.readiness, ports=described.ports)

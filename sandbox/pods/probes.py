"""Startup, readiness and liveness probes against the pod's own address.

A verdict comes when a threshold is reached. The first attempt differs from kubelet's: it is
repeated quickly until it succeeds or one period has passed, so a pod is Ready when its program
is and not up to a period later; failures meanwhile count as one.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp

from sandbox.pods.manifest import Probe
from sandbox.pods.process import Command, Process
from sandbox.pods.state import NotStartableError, Reason

FIRST_ATTEMPT_PAUSE_SECONDS = 0.2
_OFFERED = {"httpGet", "tcpSocket", "exec"}


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt of a probe, with what went wrong."""

    passed: bool
    message: str = ""


Check = Callable[[], Awaitable[Attempt]]


async def verdicts(
    probe: Probe, check: Check, pause_seconds: float = FIRST_ATTEMPT_PAUSE_SECONDS
) -> AsyncIterator[Attempt]:
    """The attempts that reached a threshold, one after the other, without end."""
    loop = asyncio.get_running_loop()
    await asyncio.sleep(probe.initial_delay_seconds)
    due = loop.time() + probe.period_seconds
    attempt = await check()
    while not attempt.passed and loop.time() + pause_seconds < due:
        await asyncio.sleep(pause_seconds)
        attempt = await check()
    if attempt.passed:
        due = loop.time() + probe.period_seconds
    passed = failed = 0
    while True:
        passed, failed = (passed + 1, 0) if attempt.passed else (0, failed + 1)
        if passed >= probe.success_threshold or failed >= probe.failure_threshold:
            yield attempt
        # After a freeze of the machine one attempt is due, not all that were missed.
        due = max(due, loop.time())
        await asyncio.sleep(due - loop.time())
        due += probe.period_seconds
        attempt = await check()


class Prober:
    """Carries out the probes of one container."""

    def __init__(
        self, http: aiohttp.ClientSession, address: str, ports: Mapping[str, int], command: Command
    ) -> None:
        self._http = http
        self._address = address
        self._ports = ports
        self._command = command

    async def check(self, probe: Probe) -> Attempt:
        """One attempt, over within the probe's timeout; an error is a failed attempt."""
        try:
            async with asyncio.timeout(probe.timeout_seconds):
                match probe.action:
                    case "httpGet":
                        return await self._http_get(probe.arguments)
                    case "tcpSocket":
                        return await self._tcp_socket(probe.arguments)
                    case _:
                        return await self._exec(probe.arguments)
        except TimeoutError:
            return Attempt(passed=False, message=f"no answer within {probe.timeout_seconds:g} s")
        except (aiohttp.ClientError, OSError, NotStartableError) as error:
            return Attempt(passed=False, message=str(error))

    async def _http_get(self, arguments: dict[str, Any]) -> Attempt:
        host = arguments.get("host") or self._address
        scheme = arguments.get("scheme", "HTTP").lower()
        url = f"{scheme}://{host}:{self._port(arguments['port'])}/{arguments.get('path', '/').lstrip('/')}"
        headers = {h["name"]: h["value"] for h in arguments.get("httpHeaders") or ()}
        async with self._http.get(url, headers=headers, ssl=False, allow_redirects=False) as response:
            passed = 200 <= response.status < 400  # noqa: PLR2004  # what kubelet takes for success
            return Attempt(passed, f"GET {url} answered {response.status}")

    async def _tcp_socket(self, arguments: dict[str, Any]) -> Attempt:
        host = arguments.get("host") or self._address
        _, writer = await asyncio.open_connection(host, self._port(arguments["port"]))
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        return Attempt(passed=True)

    async def _exec(self, arguments: dict[str, Any]) -> Attempt:
        argv = tuple(arguments["command"])
        process = Process.start(replace(self._command, argv=argv, log=Path(os.devnull)))
        try:
            code = await process.wait()
        finally:
            process.kill()
        return Attempt(code == 0, f"{' '.join(argv)} ended with {code}")

    def _port(self, port: int | str) -> int:
        if isinstance(port, int):
            return port
        return self._ports[port] if port in self._ports else int(port)


def require_offered(*probes: Probe | None, ports: Mapping[str, int]) -> None:
    """Refuse a container whose probes could never be carried out.

    Raises NotStartableError: an action that is not offered, or a port name that is not declared.
    """
    for probe in probes:
        if probe is None:
            continue
        if probe.action not in _OFFERED:
            raise NotStartableError(
                Reason.CONFIG_ERROR,
                f"the pod runner offers no {probe.action} probes; use httpGet, tcpSocket or exec",
            )
        port = probe.arguments.get("port", 0)
        if isinstance(port, str) and port not in ports and not port.isdecimal():
            raise NotStartableError(
                Reason.CONFIG_ERROR, f"a probe names port {port!r}, which the container does not declare"
            )

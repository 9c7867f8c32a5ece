"""A way to the API server that reads along: it can refuse requests, or hold them or their answers back."""

import asyncio
import ssl
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector, web

WITHIN_SECONDS = 10.0
TLS_END_SECONDS = 0.25
"""The client library does not wait until its connections have ended."""
HOP_BY_HOP = frozenset({"connection", "content-length", "host", "keep-alive", "transfer-encoding"})


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to some requests."""

    status: int = 0
    """Refused with this status; 0: passed on."""
    before_seconds: float = 0.0
    """How late a request is passed on, whether or not the client still waits for it."""
    after_seconds: float = 0.0
    """How late its answer is."""
    concerns: Callable[[web.Request], bool] = lambda _: True


def scaling(request: web.Request) -> bool:
    """Whether a request writes a replica count."""
    return request.method == "PATCH" and request.path.endswith("/scale")


class HttpProxy:
    """Passes requests on to one server, watches included, from a thread of its own."""

    def __init__(self, server: str, pki: Path) -> None:
        """The server's URL, and the folder with its certificate."""
        self._server = server
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._trust = ssl.create_default_context(cafile=pki / "ca.crt")
        self._identity = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._identity.load_cert_chain(pki / "server.crt", pki / "server.key")
        self._fault: Fault | None = None
        self.late = 0
        """Requests that are held back now, or whose answers are."""
        self.answered_late: list[int] = []
        """What the server answered to those that were, by its status."""
        self._under_way: set[asyncio.Task[Any]] = set()
        self._session: ClientSession
        self._runner: web.AppRunner
        self.url = ""
        self.met = 0
        """Requests that have met the fault which is brought about now."""

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(WITHIN_SECONDS)
        self._loop.close()

    def bring(self, fault: Fault) -> None:
        """From now on this happens to the requests that it concerns; to those under way it does not."""
        self.met, self._fault = 0, fault

    def mend(self) -> None:
        """Pass everything on again."""
        self._fault = None

    def _run(self, what: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(what, self._loop).result(WITHIN_SECONDS)

    async def _start(self) -> None:
        connector = TCPConnector(ssl=self._trust, limit=0)
        self._session = ClientSession(connector=connector, timeout=ClientTimeout(), auto_decompress=False)
        application = web.Application(client_max_size=0)
        application.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self._identity)
        await site.start()
        self.url = f"https://127.0.0.1:{self._runner.addresses[0][1]}"

    async def _stop(self) -> None:
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        await self._runner.cleanup()
        await self._session.close()
        await asyncio.sleep(TLS_END_SECONDS)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self._keep(asyncio.current_task())
        fault, body = self._fault, await request.read()
        if fault is None or not fault.concerns(request):
            return await self._passed_on(request, body)
        self.met += 1
        if fault.status:
            refusal = {
                "kind": "Status",
                "code": fault.status,
                "reason": "Fault",
                "message": "try again later",
            }
            return web.json_response(refusal, status=fault.status, headers={"Retry-After": "1"})
        # A task of its own: a client that hangs up does not stop what it has sent.
        late = asyncio.create_task(self._answered_late(request, body, fault))
        self._keep(late)
        return await asyncio.shield(late)

    def _keep(self, task: asyncio.Task[Any] | None) -> None:
        assert task is not None
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _answered_late(self, request: web.Request, body: bytes, fault: Fault) -> web.Response:
        self.late += 1
        try:
            await asyncio.sleep(fault.before_seconds)
            async with self._asked(request, body) as answer:
                text = await answer.read()
            self.answered_late.append(answer.status)
            await asyncio.sleep(fault.after_seconds)
        finally:
            self.late -= 1
        return web.Response(status=answer.status, body=text, content_type=answer.content_type)

    async def _passed_on(self, request: web.Request, body: bytes) -> web.StreamResponse:
        try:
            async with self._asked(request, body) as answer:
                headers = {k: v for k, v in answer.headers.items() if k.lower() not in HOP_BY_HOP}
                response = web.StreamResponse(status=answer.status, headers=headers)
                await response.prepare(request)
                async for chunk in answer.content.iter_any():
                    await response.write(chunk)
        except (ClientError, OSError):
            # As the server did: the connection ends.
            if request.transport is not None:
                request.transport.abort()
            raise
        return response

    def _asked(self, request: web.Request, body: bytes) -> Any:  # noqa: ANN401 - aiohttp's context manager
        return self._session.request(
            request.method,
            f"{self._server}{request.path_qs}",
            headers={k: v for k, v in request.headers.items() if k.lower() not in HOP_BY_HOP},
            data=body or None,
            skip_auto_headers={"Content-Type"},
        )

"""What the operator serves over HTTP: its metrics and its probes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

Probe = Callable[[], str | None]
"""Why the operator is not well, in a sentence; None when it is."""

_Handler = Callable[[web.Request], Awaitable[web.Response]]
_SHUTDOWN_SECONDS: Final = 2.0


@asynccontextmanager
async def serve(
    host: str, port: int, *, registry: CollectorRegistry, live: Probe, ready: Probe
) -> AsyncIterator[int]:
    """Serve `/metrics`, `/healthz` and `/readyz` until the end of the block; the value is the port.

    A `port` of 0 takes a free one. Raises OSError where the address cannot be had.
    """
    app = web.Application()
    app.router.add_get("/metrics", _metrics(registry))
    app.router.add_get("/healthz", _probe(live))
    app.router.add_get("/readyz", _probe(ready))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def _metrics(registry: CollectorRegistry) -> _Handler:
    async def answer(request: web.Request) -> web.Response:
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        page = await asyncio.to_thread(encode, registry)  # 500 pipelines take 45 ms
        return web.Response(body=page, headers={"Content-Type": content_type})

    return answer


def _probe(probe: Probe) -> _Handler:
    async def answer(_: web.Request) -> web.Response:
        wrong = probe()
        return web.Response(text="ok\n") if wrong is None else web.Response(status=503, text=f"{wrong}\n")

    return answer

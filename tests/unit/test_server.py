"""The operator's probes and metrics over HTTP."""

import aiohttp
import pytest

from logpipeline.server import Probe, serve
from logpipeline.telemetry import Telemetry


def well() -> str | None:
    return None


def ill() -> str | None:
    return "no sample is younger than a minute"


async def fetch(path: str, *, live: Probe = well, ready: Probe = well) -> tuple[int, str, str]:
    registry = Telemetry("1.2.3").registry
    async with (
        serve("127.0.0.1", 0, registry=registry, live=live, ready=ready) as port,
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}{path}") as answer,
    ):
        return answer.status, answer.content_type, await answer.text()


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_an_operator_that_is_well_says_so(path: str) -> None:
    assert await fetch(path) == (200, "text/plain", "ok\n")


async def test_an_operator_that_is_not_well_says_why() -> None:
    assert (await fetch("/healthz", live=ill))[0] == 503
    assert "no sample" in (await fetch("/healthz", live=ill))[2]


async def test_an_operator_that_is_not_ready_is_not_killed_for_it() -> None:
    assert (await fetch("/readyz", ready=ill))[0] == 503
    assert (await fetch("/healthz", ready=ill))[0] == 200


async def test_prometheus_reads_the_metrics() -> None:
    status, content_type, text = await fetch("/metrics")
    assert (status, content_type) == (200, "text/plain")
    assert 'logpipeline_build_info{version="1.2.3"} 1.0' in text

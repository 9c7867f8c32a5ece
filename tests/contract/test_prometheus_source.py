"""Prometheus, on a real server that scrapes a page of ours each second."""

import asyncio
import json
import signal
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from logpipeline.api.conditions import Reason
from logpipeline.core.decision import Decision
from logpipeline.core.readings import Missing, Reading, Sample
from logpipeline.sources.base import PrometheusConnection, PrometheusQuery
from logpipeline.sources.credentials import NO_CREDENTIALS
from logpipeline.sources.prometheus.age import STALE_SECONDS
from logpipeline.sources.prometheus.reader import PrometheusReader
from sandbox.components.prometheus import targets
from sandbox.sandbox import Sandbox
from tests.contract.governing import governed, source_reason
from tests.contract.reading import missed, sampled, until
from tests.hazards import hazard

pytestmark = pytest.mark.contract
DEADLINE_SECONDS = 2.0
REPLICAS = 8
WINDOW_SECONDS, EVERY_SECONDS = 900, 5
ARRIVAL = "arriving"
METRICS = """\
arriving 100
waiting 10
busy 10000000
undefined NaN
queue{name="a"} 3
queue{name="b"} 4
"""
"""10 that wait and 100/s that arrive are work for one replica, and 10,000,000 for many."""
Measure = Callable[..., Awaitable[Reading]]


@contextmanager
def page(text: str) -> Iterator[str]:
    """The address of something that Prometheus can scrape."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


def scrape(sandbox: Sandbox, name: str, address: str) -> None:
    every = {"__scrape_interval__": "1s", "__scrape_timeout__": "1s"}
    file = targets(sandbox.layout) / f"{name}.json"
    draft = file.with_suffix(".new")
    draft.write_text(json.dumps([{"targets": [address], "labels": every}]))
    draft.replace(file)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    sandbox = Sandbox(tmp_path_factory.mktemp("prometheus"), ("prometheus",))
    sandbox.up()
    long_ago = time.time() - STALE_SECONDS - 20
    old = f'old 42 {long_ago * 1000:.0f}\npart{{of="a"}} 1 {long_ago * 1000:.0f}\npart{{of="b"}} 2\n'
    with page(METRICS + old) as address:
        scrape(sandbox, "ours", address)
        yield sandbox
    sandbox.down(wipe=True)


@pytest.fixture
async def measure(sandbox: Sandbox) -> AsyncIterator[Measure]:
    """Measures by PromQL, as often as it is asked to."""
    connection = PrometheusConnection(sandbox.prometheus_url)
    reader = PrometheusReader(connection, NO_CREDENTIALS, deadline_seconds=DEADLINE_SECONDS, clock=time.time)

    async def measure(backlog: str, arrival: str | None = ARRIVAL) -> Reading:
        query = PrometheusQuery(connection, backlog, arrival)
        return (await reader.sample([query]))[query]

    await until(lambda: measure("waiting"), lambda reading: isinstance(reading, Sample))
    yield measure
    await reader.close()


async def decided(measure: Measure, reading: Reading) -> Decision:
    """On eight replicas that had little to do for a quarter of an hour, and then `reading`."""
    quiet = sampled(await measure("waiting"))
    moments = range(WINDOW_SECONDS, 0, -EVERY_SECONDS)
    readings = (*(replace(quiet, at=reading.at - ago) for ago in moments), reading)
    return governed(readings, replicas=REPLICAS, behavior={"scaleDown": {"stabilizationWindow": "0s"}})


async def wanted(measure: Measure, reading: Reading) -> int:
    """What the eight replicas become."""
    return count_of(await decided(measure, reading))


async def assert_held(measure: Measure, reading: Reading) -> None:
    """The eight replicas stay eight, and status says why."""
    decision = await decided(measure, reading)
    reasons = [reading.reason] if isinstance(reading, Missing) else [one.reason for one in reading.doubts]
    assert [source_reason(decision)] == reasons
    assert count_of(decision) == REPLICAS


def count_of(decision: Decision) -> int:
    (stage,) = decision.stages.values()
    assert stage.replicas is not None
    return stage.replicas


async def test_one_number_is_what_waits_and_another_what_arrives(measure: Measure) -> None:
    sample = sampled(await measure("sum(queue)", "arriving"))
    assert sample.backlog.tolist() == [7]
    assert sample.arrival_per_second == 100
    assert not sample.doubts
    assert await wanted(measure, await measure("waiting")) < REPLICAS
    assert await wanted(measure, await measure("busy")) > REPLICAS


@hazard(seen="`NotANumber`: which query gives NaN", done="The count is held")
async def test_a_prometheus_query_gives_nan(measure: Measure) -> None:
    missing = missed(await measure("undefined"))
    assert missing.reason is Reason.NOT_A_NUMBER
    assert "backlogQuery on 127.0.0.1:" in missing.message
    assert "NaN" in missing.message
    await assert_held(measure, missing)


@hazard(seen="`NoSeries`: to look whether it is still scraped", done="The count is held")
async def test_a_prometheus_query_finds_no_series(measure: Measure) -> None:
    missing = missed(await measure("no_such_metric"))
    assert missing.reason is Reason.NO_SERIES
    assert "finds nothing: look whether what it asks for is still scraped" in missing.message
    await assert_held(measure, missing)


@hazard(
    seen="`NoSeries`: to look whether it is still scraped", done="The count is held until it is scraped again"
)
async def test_what_prometheus_scraped_has_stopped(sandbox: Sandbox, measure: Measure) -> None:
    with page("passing 5\n") as address:
        scrape(sandbox, "passing", address)
        await until(lambda: measure("passing"), lambda reading: isinstance(reading, Sample))
    gone = await until(lambda: measure("passing"), lambda reading: isinstance(reading, Missing))
    assert missed(gone).reason is Reason.NO_SERIES
    await assert_held(measure, gone)


@hazard(seen="`SeveralSeries`: how many, and what tells two of them apart", done="The count is held")
async def test_a_prometheus_query_gives_several_series(measure: Measure) -> None:
    missing = missed(await measure("queue"))
    assert missing.reason is Reason.SEVERAL_SERIES
    assert 'gives 2 series, {name="a"} and {name="b"} among them' in missing.message
    await assert_held(measure, missing)


@hazard(
    seen="`StaleSeries`: how old", done="The count is held, though Prometheus goes on telling the last value"
)
async def test_the_series_behind_a_prometheus_query_is_stale(measure: Measure) -> None:
    for query in ("old", "sum(old)"):
        missing = missed(await measure(query))
        assert missing.reason is Reason.STALE_SERIES
        assert "150 s old" in missing.message
        await assert_held(measure, missing)


@hazard(seen="`StaleSeries`: how old", done="Never fewer; more for what waits")
async def test_one_of_the_series_that_a_prometheus_query_sums_up_is_stale(measure: Measure) -> None:
    sample = sampled(await measure("sum(part)"))
    assert [doubt.reason for doubt in sample.doubts] == [Reason.STALE_SERIES]
    assert sample.backlog.tolist() == [3]
    await assert_held(measure, sample)
    assert await wanted(measure, replace(sample, produced=sample.produced + 10_000_000)) > REPLICAS


@hazard(seen="`ArrivalUnknown`: why", done="Never fewer; more while what waits is late")
async def test_the_query_of_the_arrival_gives_no_number(measure: Measure) -> None:
    for arrival in ("undefined", "no_such_metric", "queue", None):
        sample = sampled(await measure("waiting", arrival))
        assert [doubt.reason for doubt in sample.doubts] == [Reason.ARRIVAL_UNKNOWN]
        await assert_held(measure, sample)
        assert await wanted(measure, await measure("busy", arrival)) > REPLICAS


@hazard(seen="`ArrivalUnknown`: why", done="Never fewer; more while what waits is late")
async def test_the_series_behind_the_query_of_the_arrival_is_stale(measure: Measure) -> None:
    for arrival in ("old", "sum(part)"):
        sample = sampled(await measure("waiting", arrival))
        assert sample.arrival_per_second is None
        assert "all of what arrivalQuery gives" in sample.doubts[0].message
        assert [doubt.reason for doubt in sample.doubts] == [Reason.ARRIVAL_UNKNOWN]
        await assert_held(measure, sample)
        assert await wanted(measure, await measure("busy", arrival)) > REPLICAS


@hazard(seen="`SourceRefused`: Prometheus' own sentence", done="The count is held")
async def test_a_query_is_not_promql(measure: Measure) -> None:
    missing = missed(await measure("sum(waiting"))
    assert missing.reason is Reason.SOURCE_REFUSED
    assert "cannot evaluate backlogQuery: " in missing.message
    assert "unclosed left parenthesis" in missing.message
    await assert_held(measure, missing)


@pytest.mark.parametrize("query", ["waiting[1m]", '"seven"', "waiting * on(nothing) queue"])
async def test_what_is_not_one_number_is_missing_with_a_reason(measure: Measure, query: str) -> None:
    missing = missed(await measure(query))
    assert missing.reason in {Reason.NOT_A_NUMBER, Reason.SOURCE_REFUSED}
    await assert_held(measure, missing)


@hazard(
    seen="`SourceUnreachable`: no answer in time",
    done="The count is held; measuring goes on when it wakes up",
)
async def test_prometheus_is_frozen(sandbox: Sandbox, measure: Measure) -> None:
    sandbox.stop("prometheus", signal.SIGSTOP)
    try:
        began = time.monotonic()
        missing = missed(await measure("waiting"))
        took = time.monotonic() - began
    finally:
        sandbox.stop("prometheus", signal.SIGCONT)
    assert missing.reason is Reason.SOURCE_UNREACHABLE
    assert "did not answer within 2 s" in missing.message
    assert took < 10 * DEADLINE_SECONDS
    await until(lambda: measure("waiting"), lambda reading: isinstance(reading, Sample))
    await assert_held(measure, missing)


@hazard(seen="`SourceUnreachable`", done="The count is held; measuring goes on when it is back")
async def test_prometheus_is_away(sandbox: Sandbox, measure: Measure) -> None:
    sandbox.stop("prometheus", signal.SIGKILL)
    try:
        missing = missed(await measure("waiting"))
    finally:
        await asyncio.to_thread(sandbox.start, "prometheus")
    assert missing.reason is Reason.SOURCE_UNREACHABLE
    assert missing.message.startswith("cannot reach 127.0.0.1:")
    await until(lambda: measure("waiting"), lambda reading: isinstance(reading, Sample))
    await assert_held(measure, missing)

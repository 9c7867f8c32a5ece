import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from logferry.endpoints import Address, parse_listen, serve
from logferry.errors import UsageError
from logferry.health import STUCK_SECONDS, Health
from logferry.telemetry import Metrics


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def health(clock: Clock) -> Health:
    return Health(clock)


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def port(health: Health, metrics: Metrics) -> Iterator[int | None]:
    with serve(Address("127.0.0.1", 0), health, metrics.registry) as port:
        yield port


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_a_process_is_ready_once_it_polls_and_says_why_when_it_is_not(port: int, health: Health):
    assert get(port, "/readyz") == (503, "starting: not connected yet\n")
    health.set_ready()
    assert get(port, "/readyz") == (200, "ok\n")
    health.set_obstacle("the topic 'x' does not exist")
    assert get(port, "/readyz") == (503, "the topic 'x' does not exist\n")


def test_a_process_whose_loop_hangs_is_to_be_restarted(port: int, health: Health, clock: Clock):
    clock.now = STUCK_SECONDS - 1
    assert get(port, "/healthz")[0] == 200
    clock.now = STUCK_SECONDS + 1
    assert get(port, "/healthz")[0] == 503
    health.beat()
    assert get(port, "/healthz")[0] == 200


def test_metrics_can_be_scraped(port: int, metrics: Metrics):
    metrics.written.inc(3)
    status, body = get(port, "/metrics")
    assert status == 200
    assert "logferry_records_written_total 3.0" in body


def test_other_paths_are_not_there(port: int):
    assert get(port, "/")[0] == 404


def test_a_port_that_is_taken_is_named(port: int, health: Health, metrics: Metrics):
    with (
        pytest.raises(UsageError, match=f"cannot listen on 127.0.0.1:{port}"),
        serve(Address("127.0.0.1", port), health, metrics.registry),
    ):
        pass


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("off", None),
        (":8080", Address("", 8080)),
        ("10.0.0.7:9000", Address("10.0.0.7", 9000)),
        ("[::1]:80", Address("::1", 80)),
    ],
)
def test_addresses_to_listen_on(text: str, address: Address | None):
    assert parse_listen(text) == address


@pytest.mark.parametrize("text", ["", "8080", "host:", "host:x", "host:70000"])
def test_what_is_no_address_is_refused(text: str):
    with pytest.raises(UsageError, match="HOST:PORT"):
        parse_listen(text)

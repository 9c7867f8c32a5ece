from collections.abc import Iterator

import pytest

from logferry.errors import LogferryError
from logferry.health import Health
from logferry.lifecycle import Shutdown
from logferry.retry import Patience
from logferry.telemetry import Metrics


class Away(Exception):  # noqa: N818  it stands for a server
    pass


@pytest.fixture
def shutdown() -> Iterator[Shutdown]:
    shutdown = Shutdown()
    yield shutdown
    shutdown.close()


def failing(times: int):
    left = [times]

    def call() -> str:
        if left[0]:
            left[0] -= 1
            raise Away("nobody there")
        return "answer"

    return call


def test_a_server_that_comes_back_is_waited_for_and_the_reason_is_shown(shutdown: Shutdown):
    health, metrics = Health(), Metrics()
    patience = Patience("redis://r:6379", (Away,), shutdown, health, metrics)

    assert patience.call("read the stream", failing(2)) == "answer"

    assert health.obstacle == "cannot read the stream at redis://r:6379, trying again: nobody there"
    assert metrics.registry.get_sample_value("logferry_errors_total", {"operation": "read the stream"}) == 2


def test_being_asked_to_stop_ends_the_patience(shutdown: Shutdown):
    patience = Patience("redis://r:6379", (Away,), shutdown, Health(), Metrics())
    shutdown.request()

    with pytest.raises(LogferryError, match=r"gave up trying to read at redis://r:6379.*delivered again"):
        patience.call("read", failing(1))


def test_patience_can_have_an_end(shutdown: Shutdown):
    patience = Patience("/data", (Away,), shutdown, Health(), Metrics(), give_up_seconds=0)

    with pytest.raises(LogferryError, match="/data"):
        patience.call("write", failing(1_000))


def test_a_mistake_is_not_tried_again(shutdown: Shutdown):
    patience = Patience("here", (Away,), shutdown, Health(), Metrics())

    def mistake() -> None:
        raise KeyError("mistake")

    with pytest.raises(KeyError):
        patience.call("anything", mistake)

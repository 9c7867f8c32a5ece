import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from logferry.lifecycle import Shutdown


@pytest.fixture
def shutdown() -> Iterator[Shutdown]:
    shutdown = Shutdown()
    yield shutdown
    shutdown.close()


def test_sigterm_wakes_a_sleeper(shutdown: Shutdown):
    shutdown.install()
    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGTERM)).start()
    started = time.monotonic()

    shutdown.wait(60)

    assert shutdown.requested
    assert time.monotonic() - started < 30


def test_nobody_sleeps_after_the_request(shutdown: Shutdown):
    shutdown.request()
    started = time.monotonic()
    shutdown.wait(60)
    assert time.monotonic() - started < 30


def test_signals_are_given_back():
    before = signal.getsignal(signal.SIGTERM)
    shutdown = Shutdown()
    shutdown.install()
    shutdown.close()
    assert signal.getsignal(signal.SIGTERM) is before

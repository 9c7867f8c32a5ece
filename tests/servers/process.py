"""Servers with options that the sandbox does not have, one process each, gone with the test."""

import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sandbox.process import log_tail

READY_WITHIN_SECONDS = 60.0
END_WITHIN_SECONDS = 10.0


@contextmanager
def running(command: Sequence[str], folder: Path, ready: Callable[[], bool]) -> Iterator[None]:
    """The server from when it is ready to the end of the block; it does not outlive this process."""
    log_file = folder / "log"
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *command], cwd=folder, stdout=log, stderr=log
        )
    try:
        give_up = time.monotonic() + READY_WITHIN_SECONDS
        while not ready():
            assert process.poll() is None, f"{command[0]} ended:\n{log_tail(log_file)}"
            assert time.monotonic() < give_up, f"{command[0]} is not ready:\n{log_tail(log_file)}"
            time.sleep(0.05)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(END_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody listens on."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]

"""Runs logferry's commands as processes, the way pods do, and waits for what they have done."""

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from logferry.count import Count, count_files

DEADLINE_SECONDS = 60.0


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for something to become true; fail with its description when it never does."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"waited {DEADLINE_SECONDS:.0f} s in vain until {what}"
        time.sleep(0.2)


@dataclass
class Running:
    """A logferry process and what it says."""

    process: subprocess.Popen[bytes]
    log: Path

    def has_said(self, event: str) -> bool:
        """Whether a log line with this event was written."""
        return any(line.get("event") == event for line in self._lines())

    def wait_ready(self) -> None:
        """Until it is connected and polls."""
        until(lambda: self.has_said("ready"), f"{self.process.args!r} is ready")

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(DEADLINE_SECONDS)

    def kill(self) -> None:
        """SIGKILL: no chance to settle anything."""
        self.process.kill()
        self.process.wait(DEADLINE_SECONDS)

    def _lines(self) -> list[dict[str, object]]:
        text = self.log.read_text()
        return [json.loads(line) for line in text.splitlines() if line.startswith("{") and line.endswith("}")]


@dataclass
class Ferry:
    """Starts processes in one folder; ends those that are left when the test is over."""

    folder: Path
    running: list[Running] = field(default_factory=list)

    @property
    def sink(self) -> Path:
        """Where workers write."""
        return self.folder / "records"

    def start(self, command: str, *options: str) -> Running:
        """Start a long-running command without HTTP."""
        log = self.folder / f"{command}-{len(self.running)}.log"
        if command == "worker":
            options = (*options, "--sink", f"file:{self.sink}")
        with log.open("wb") as stderr:
            process = subprocess.Popen(
                [sys.executable, "-m", "logferry", command, "--listen", "off", *options],
                stderr=stderr,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            )
        running = Running(process, log)
        self.running.append(running)
        return running

    def generate(self, *options: str) -> str:
        """Generate records and return their prefix once all are acknowledged."""
        prefix = uuid.uuid4().hex[:8]
        generator = self.start("generate", "--id-prefix", prefix, *options)
        assert generator.process.wait(DEADLINE_SECONDS) == 0, generator.log.read_text()
        return prefix

    def count(self) -> Count:
        """What the workers have written so far."""
        self.sink.mkdir(exist_ok=True)
        return count_files([self.sink])

    def wait_written(self, records: int) -> None:
        """Until so many distinct records are in the files."""
        until(lambda: self.count().distinct >= records, f"{records} records are written; now {self.count()}")

    def close(self) -> None:
        """End what still runs, so that it leaves its group."""
        alive = [running.process for running in self.running if running.process.poll() is None]
        for process in alive:
            process.terminate()
        for process in alive:
            process.wait(DEADLINE_SECONDS)

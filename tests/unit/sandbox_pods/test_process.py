import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from sandbox.pods.orphans import end_orphans, marked_processes
from sandbox.pods.process import MARK, Command, Process
from sandbox.pods.state import NotStartableError, Reason

DEADLINE_SECONDS = 20

Start = Callable[[str], Process]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "main.log"


@pytest.fixture
async def start(tmp_path: Path, log: Path) -> AsyncIterator[Start]:
    """Starts a shell script as a pod's process; none is left after the test."""
    started: list[Process] = []
    environment = {"PATH": "/usr/bin:/bin", MARK: str(tmp_path)}

    def start(script: str) -> Process:
        started.append(Process.start(Command(("sh", "-c", script), environment, tmp_path, log)))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        await process.wait()


def text(log: Path) -> str:
    return log.read_text() if log.exists() else ""


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what other processes do: files and process tables have no events to wait for."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def written(log: Path, words: str) -> None:
    await until(lambda: words in text(log))


async def gone(state: Path) -> None:
    await until(lambda: not list(marked_processes(state)))


async def test_its_exit_code_and_output_are_known(start: Start, log: Path) -> None:
    assert await start("echo out; echo err >&2; exit 7").wait() == 7
    assert text(log) == "out\nerr\n"


async def test_a_second_run_adds_to_the_log(start: Start, log: Path) -> None:
    await start("echo first").wait()
    await start("echo second").wait()
    assert text(log) == "first\nsecond\n"


async def test_a_program_may_finish_its_work_when_asked_to_end(start: Start, log: Path) -> None:
    process = start("trap 'echo drained; exit 0' TERM; echo up; while :; do sleep 0.05; done")
    await written(log, "up")
    await process.stop(grace_seconds=DEADLINE_SECONDS)
    assert await process.wait() == 0
    assert "drained" in text(log)


async def test_a_program_that_will_not_end_is_ended(start: Start, log: Path) -> None:
    process = start("trap '' TERM; echo up; while :; do sleep 0.05; done")
    await written(log, "up")
    await process.stop(grace_seconds=0.1)
    assert await process.wait() == -signal.SIGKILL


async def test_nothing_it_started_outlives_it(start: Start, tmp_path: Path) -> None:
    assert await start("sleep 1000 & exit 0").wait() == 0
    await gone(tmp_path)


async def test_what_a_killed_runner_left_behind_is_found_and_ended(
    start: Start, log: Path, tmp_path: Path
) -> None:
    start("setsid sleep 1000 & echo up; exec sleep 1000")
    await written(log, "up")
    assert end_orphans(tmp_path / "another-runner") == 0
    assert end_orphans(tmp_path) >= 1
    await gone(tmp_path)


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    command = Command(("nosuch",), {"PATH": "/bin"}, tmp_path, tmp_path / "log")
    with pytest.raises(NotStartableError, match=r"'nosuch'.*PATH=/bin") as refused:
        command.executable()
    assert refused.value.reason is Reason.START_ERROR


async def test_a_working_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    command = Command(("true",), {"PATH": "/bin"}, tmp_path / "absent", tmp_path / "log")
    with pytest.raises(NotStartableError, match=r"absent"):
        Process.start(command)

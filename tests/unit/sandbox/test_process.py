import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.locks import exclusive
from sandbox.process import Process, launch, log_tail, with_environment

REPOSITORY = Path(__file__).parents[3]


class Launcher:
    """Starts shell programs in a folder, and ends them after the test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pid_file = folder / "pid"
        self.log_file = folder / "log"

    def run(self, program: str, **environment: str) -> Process:
        with exclusive(self.folder / "lock") as lock:
            launch(
                ["sh", "-c", program],
                pid_file=self.pid_file,
                log_file=self.log_file,
                lock=lock,
                environment={**os.environ, **environment},
                folder=self.folder,
            )
        process = Process.recorded_in(self.pid_file)
        assert process is not None
        return process


@pytest.fixture
def launcher(tmp_path: Path) -> Iterator[Launcher]:
    launcher = Launcher(tmp_path)
    yield launcher
    process = Process.recorded_in(launcher.pid_file)
    if process is not None:
        process.send(signal.SIGKILL)


def test_a_started_program_is_found_again_by_its_pid_file(launcher: Launcher) -> None:
    process = launcher.run("exec sleep 60")

    assert process.alive
    assert os.getsid(process.pid) != os.getsid(0), "closing the terminal does not end it"
    process.end(grace_seconds=10)
    assert not process.alive


def test_the_lock_is_free_again_while_the_program_runs(launcher: Launcher) -> None:
    process = launcher.run("exec sleep 60")

    with exclusive(launcher.folder / "lock"):
        assert process.alive, "the lock was free only when the program had ended"


def test_another_process_with_the_same_number_is_not_ours(launcher: Launcher) -> None:
    process = launcher.run("exec sleep 60")
    former = replace(process, started=process.started - 1)

    assert not former.alive
    former.end(grace_seconds=10)
    assert process.alive, "the signal was meant for a process that is long gone"


def test_a_program_that_ignores_sigterm_is_killed(launcher: Launcher) -> None:
    process = launcher.run("trap '' TERM; echo ready; while :; do sleep 60; done")
    while "ready" not in log_tail(launcher.log_file):
        assert not process.wait_for_end(0.01)

    process.end(grace_seconds=0.2)

    assert not process.alive


def test_a_frozen_program_hears_sigterm(launcher: Launcher) -> None:
    process = launcher.run("exec sleep 60")
    process.send(signal.SIGSTOP)
    assert process.wait_for(signal.SIGSTOP, timeout_seconds=10)
    assert process.frozen
    assert process.alive

    process.end(grace_seconds=10)

    assert not process.alive


def test_a_program_that_is_not_there_leaves_a_reason_in_the_log(launcher: Launcher) -> None:
    process = launcher.run("exec /no/such/program")

    assert process.wait_for_end(10)
    assert "/no/such/program" in log_tail(launcher.log_file)


def test_a_launcher_that_is_killed_leaves_no_unrecorded_program(tmp_path: Path) -> None:
    """Whatever the moment of the kill: once the lock is free, what runs is in the pid file."""
    script = textwrap.dedent("""
        import os, sys
        from pathlib import Path
        from sandbox.locks import exclusive
        from sandbox.process import launch
        folder = Path(sys.argv[1])
        with exclusive(folder / "lock") as lock:
            print("locked", flush=True)
            launch(["sleep", "60"], pid_file=folder / "pid", log_file=folder / "log", lock=lock,
                   environment={**os.environ, "LAUNCHED_IN": str(folder)}, folder=folder)
    """)
    for moment in range(8):
        folder = tmp_path / str(moment)
        folder.mkdir()
        arguments = [sys.executable, "-c", script, str(folder)]
        with subprocess.Popen(arguments, stdout=subprocess.PIPE, cwd=REPOSITORY) as killed:
            assert killed.stdout is not None
            killed.stdout.readline()
            try:
                killed.wait(moment * 0.001)
            except subprocess.TimeoutExpired:
                killed.kill()
        with exclusive(folder / "lock"):
            recorded = Process.recorded_in(folder / "pid")
            running = [p for p in with_environment("LAUNCHED_IN", str(folder)) if p.alive]
        for process in running:
            process.send(signal.SIGKILL)
        assert running in ([], [recorded])


def test_processes_are_found_by_their_environment(launcher: Launcher) -> None:
    # In the middle of an exec a process shows no environment at all: this one says when it is past its own.
    os.mkfifo(launcher.folder / "started")
    os.mkfifo(launcher.folder / "never")
    process = launcher.run("echo > started; read _ < never", BELONGS_TO=str(launcher.folder))
    (launcher.folder / "started").read_text()

    assert with_environment("BELONGS_TO", str(launcher.folder)) == [process]
    assert with_environment("BELONGS_TO", str(launcher.folder) + "/other") == []


def test_a_pid_file_that_was_cut_off_names_nobody(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "cut").write_text("1234 (sle")

    assert Process.recorded_in(tmp_path / "empty") is None
    assert Process.recorded_in(tmp_path / "cut") is None
    assert Process.recorded_in(tmp_path / "absent") is None


def test_a_program_may_have_brackets_and_spaces_in_its_name() -> None:
    stat = "77 (a) b (c)) S 1 77 77 0 -1 4194304 24 0 1 0 0 0 0 0 20 0 1 0 92573 397312 0"

    assert Process.from_stat(stat) == Process(pid=77, started=92573)


def test_the_end_of_a_log_is_its_last_lines(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("".join(f"line {number}\n" for number in range(100_000)))

    assert log_tail(log, lines=2) == "line 99998\nline 99999"
    assert log_tail(tmp_path / "absent") == ""

"""One local process in a session of its own, ended with the runner whatever happens to it.

Started through `setpriv --pdeathsig KILL` (util-linux): the kernel kills the process when the
runner dies, even by SIGKILL, and nothing has to run between fork and exec in a process that
has threads. Its end is learned from a pidfd, so no thread and no polling per process.
"""

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from sandbox.pods.state import NotStartableError, Reason

MARK = "SANDBOX_PODS_STATE"
"""A variable in every process, with the state folder of its runner: what `orphans` looks for."""


@dataclass(frozen=True, slots=True)
class Command:
    """What to run: everything a process needs, resolved."""

    argv: tuple[str, ...]
    environment: Mapping[str, str]
    directory: Path
    log: Path

    def executable(self) -> str:
        """The program's file, looked for in the PATH that the process itself will have.

        Raises NotStartableError: there is no such program.
        """
        found = shutil.which(self.argv[0], path=self.environment.get("PATH"))
        if found is None:
            raise NotStartableError(
                Reason.START_ERROR,
                f"exec: {self.argv[0]!r}: executable file not found in PATH={self.environment.get('PATH')}",
            )
        return found


class Process:
    """A process that was started; it is reaped as soon as it ends."""

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        self._child = child
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[int] = self._loop.create_future()
        self._pidfd = os.pidfd_open(child.pid)
        self._loop.add_reader(self._pidfd, self._reap)

    @classmethod
    def start(cls, command: Command) -> Self:
        """Start it; standard output and error are appended to its log.

        Raises NotStartableError: no such program or working directory.
        """
        argv = ("setpriv", "--pdeathsig", "KILL", command.executable(), *command.argv[1:])
        try:
            with command.log.open("ab") as log:
                child = subprocess.Popen(
                    argv,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=dict(command.environment),
                    cwd=command.directory,
                    start_new_session=True,
                )
        except OSError as error:
            raise NotStartableError(Reason.START_ERROR, f"{' '.join(command.argv)}: {error}") from error
        return cls(child)

    @property
    def pid(self) -> int:
        """The process id, which is also that of its session and process group."""
        return self._child.pid

    @property
    def has_ended(self) -> bool:
        """It is over and reaped."""
        return self._ended.done()

    async def wait(self) -> int:
        """Its return code once it ends; minus the signal if one ended it."""
        return await asyncio.shield(self._ended)

    def terminate(self) -> None:
        """Ask it to end, as a kubelet asks the first process of a container."""
        self._signal(signal.SIGTERM, group=False)

    def kill(self) -> None:
        """End it and whatever it started in its process group."""
        self._signal(signal.SIGKILL, group=True)

    async def stop(self, grace_seconds: float) -> None:
        """Ask it to end, and end it when the grace period is over."""
        self.terminate()
        with suppress(TimeoutError):
            async with asyncio.timeout(grace_seconds):
                await self.wait()
        self.kill()
        await self.wait()

    def _signal(self, number: signal.Signals, *, group: bool) -> None:
        # Once reaped, the pid may be somebody else's.
        if self.has_ended:
            return
        with suppress(ProcessLookupError):
            (os.killpg if group else os.kill)(self.pid, number)

    def _reap(self) -> None:
        self._loop.remove_reader(self._pidfd)
        os.close(self._pidfd)
        # As in a container, nothing outlives the first process. Before the wait: the zombie
        # holds the pid, so the group cannot be anybody else's.
        self._signal(signal.SIGKILL, group=True)
        self._ended.set_result(self._child.wait())

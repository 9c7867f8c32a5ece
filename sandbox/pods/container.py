"""One container's life: runs, probes, restarts."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

from sandbox.pods.api import UNREACHABLE, ApiError
from sandbox.pods.backoff import RestartBackoff
from sandbox.pods.manifest import ContainerSpec, Probe
from sandbox.pods.probes import Attempt, Prober, require_offered, verdicts
from sandbox.pods.process import Command, Process
from sandbox.pods.state import (
    ContainerRecord,
    NotStartableError,
    Reason,
    Running,
    Terminated,
    Waiting,
    ended_run,
)

RETRY_SECONDS = 1.0
"""How often a container that cannot be started (a Secret is missing) is tried again."""

Prepare = Callable[[ContainerSpec], Awaitable[Command]]
MakeProber = Callable[[ContainerSpec, Command], Prober]


class Container:
    """Runs one container until its restart policy has had enough; tells every change of its record.

    `run` may be cancelled at any point and leaves the process alone: it is then `stop`ped.
    """

    def __init__(
        self,
        spec: ContainerSpec,
        record: ContainerRecord,
        *,
        prepare: Prepare,
        make_prober: MakeProber,
        grace_seconds: float,
        changed: Callable[[], None],
    ) -> None:
        self.spec = spec
        self.record = record
        self._prepare = prepare
        self._make_prober = make_prober
        self._grace_seconds = grace_seconds
        self._changed = changed
        self._process: Process | None = None
        self._fault = ""

    @property
    def is_finished(self) -> bool:
        """It ended, and its restart policy wants no other run."""
        state = self.record.state
        return isinstance(state, Terminated) and not self.spec.restarts_after(state.exit_code)

    async def run(self) -> None:
        """Run after run, until one is the last."""
        backoff = RestartBackoff()
        while not self.is_finished:
            ended = await self._run_when_possible()
            if not self.spec.restarts_after(ended.exit_code):
                self._become(replace(self.record, state=ended, ready=False, started=False))
                return
            ran_seconds = (ended.finished_at - ended.started_at).total_seconds()
            delay = backoff.delay_after(ran_seconds)
            message = f"back-off {delay:g}s restarting failed container {self.spec.name}"
            waiting = Waiting(Reason.CRASH_LOOP, message)
            self._become(replace(self.record, state=waiting, last=ended, ready=False, started=False))
            await asyncio.sleep(delay)
            self.record = replace(self.record, restart_count=self.record.restart_count + 1)

    async def stop(self) -> None:
        """Ask the process to end and wait until it has; `kill` meanwhile hurries it."""
        process = self._process
        if process is None or not isinstance(self.record.state, Running):
            return
        process.terminate()
        ended = await self._end_of(process, self.record.state.started_at)
        self._become(replace(self.record, state=ended, ready=False, started=False))

    def kill(self) -> None:
        """End the process now."""
        if self._process is not None:
            self._process.kill()

    async def _run_when_possible(self) -> Terminated:
        image_failed = False
        while True:
            try:
                return await self._run_once()
            except NotStartableError as error:
                if error.reason == Reason.START_ERROR:
                    return _never_started(error)
                reason = Reason.IMAGE_BACK_OFF if image_failed else error.reason
                image_failed = error.reason == Reason.IMAGE_ERROR
                self._become(replace(self.record, state=Waiting(reason, error.message)))
            except (ApiError, *UNREACHABLE) as error:
                waiting = Waiting(Reason.CREATE_ERROR, str(error) or type(error).__name__)
                self._become(replace(self.record, state=waiting))
            await asyncio.sleep(RETRY_SECONDS)

    async def _run_once(self) -> Terminated:
        spec = self.spec
        require_offered(spec.startup, spec.readiness, spec.liveness, ports=spec.ports)
        command = await self._prepare(spec)
        self._process = process = Process.start(command)
        self._fault = ""
        started_at = datetime.now(UTC)
        started = spec.startup is None
        ready = started and spec.readiness is None
        self._become(replace(self.record, state=Running(started_at), started=started, ready=ready))
        probing = asyncio.create_task(self._probe(self._make_prober(spec, command), process))
        try:
            return await self._end_of(process, started_at)
        finally:
            probing.cancel()

    async def _end_of(self, process: Process, started_at: datetime) -> Terminated:
        return ended_run(await process.wait(), started_at, datetime.now(UTC), self._fault)

    async def _probe(self, prober: Prober, process: Process) -> None:
        """Startup first; then readiness and liveness side by side."""
        if (startup := self.spec.startup) is not None:
            await self._probe_startup(startup, prober, process)
        await asyncio.gather(self._probe_readiness(prober), self._probe_liveness(prober, process))

    async def _probe_startup(self, probe: Probe, prober: Prober, process: Process) -> None:
        async for attempt in verdicts(probe, lambda: prober.check(probe)):
            if attempt.passed:
                break
            await self._restart(process, probe, "startup", attempt)
        self._become(replace(self.record, started=True, ready=self.spec.readiness is None))

    async def _probe_readiness(self, prober: Prober) -> None:
        if (probe := self.spec.readiness) is not None:
            async for attempt in verdicts(probe, lambda: prober.check(probe)):
                self._become(replace(self.record, ready=attempt.passed))

    async def _probe_liveness(self, prober: Prober, process: Process) -> None:
        if (probe := self.spec.liveness) is not None:
            async for attempt in verdicts(probe, lambda: prober.check(probe)):
                if not attempt.passed:
                    await self._restart(process, probe, "liveness", attempt)

    async def _restart(self, process: Process, probe: Probe, kind: str, attempt: Attempt) -> None:
        """End a process that failed its probe; the end of this run lets the next one begin."""
        self._fault = f"failed its {kind} probe: {attempt.message}"
        await process.stop(self._grace_seconds if probe.grace_seconds is None else probe.grace_seconds)

    def _become(self, record: ContainerRecord) -> None:
        if record != self.record:
            self.record = record
            self._changed()


def _never_started(error: NotStartableError) -> Terminated:
    now = datetime.now(UTC)
    return Terminated(128, now, now, Reason.START_ERROR, message=error.message)

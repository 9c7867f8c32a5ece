"""One sandbox, as the command line, the tests and the demo use it."""

import signal
from collections.abc import Collection
from pathlib import Path

from sandbox import build, directory, tools
from sandbox.cache import Cache
from sandbox.component import Component, select
from sandbox.components import catalogue
from sandbox.components.podrunner import OWNER_VARIABLE
from sandbox.errors import SandboxError
from sandbox.layout import Layout, State
from sandbox.lifecycle import STOP_WITHIN_SECONDS, Starter, stop, stop_all
from sandbox.locks import exclusive
from sandbox.paths import Paths
from sandbox.process import Process, with_environment
from sandbox.progress import Progress, Silent, Step
from sandbox.status import ComponentStatus

ALL = ("kubernetes", "kafka", "redis", "prometheus", "alertmanager")
"""The groups of components."""


class Sandbox:
    """Real Kubernetes, Kafka, Redis, Prometheus and Alertmanager, in one directory and on its own ports.

    `components` are names or groups; what they need comes with them. `brokers` and `start_delay_seconds` (of
    pods) are as they were at the last `up` where they are not given. Every method may be called from another
    process than the one that called `up`: all that is known is in the directory.
    """

    def __init__(
        self,
        directory: Path,
        components: Collection[str] = ALL,
        *,
        brokers: int | None = None,
        start_delay_seconds: float | None = None,
        cache: Cache | None = None,
    ) -> None:
        self._paths = Paths(directory.absolute())
        self._components = components
        self._brokers = brokers
        self._start_delay_seconds = start_delay_seconds
        self._cache = cache or Cache.from_environment()

    # ---- starting and stopping

    def up(self, progress: Progress | None = None) -> None:
        """Build what is missing, start what does not run, and return when all of it is ready."""
        told = progress or Silent()
        wanted = self._wanted()
        tools.install_missing([tool for component in wanted for tool in component.tools], told)
        build.ensure(self._cache, [name for component in wanted for name in component.builds], told)

        def another_command() -> None:
            told.report("sandbox", Step.WAITING, f"another command is at work in {self._paths.directory}")

        with exclusive(self._paths.lock_file, another_command) as lock:
            names = [component.name for component in wanted]
            layout = self._layout(
                directory.claim(self._paths, self._brokers, self._start_delay_seconds, names)
            )
            directory.furnish(layout)
            Starter(layout, lock, told).start_all(wanted)

    def down(self, *, wipe: bool = False) -> None:
        """End everything, also what an interrupted `up` left; with `wipe`, delete the directory too."""
        if not (self._paths.state_file.exists() or self._paths.lock_file.exists()):
            return
        with exclusive(self._paths.lock_file):
            if not self._paths.state_file.exists():
                return
            stop_all(self._paths)
            self._end_pods()
            if wipe:
                directory.wipe(self._paths)

    def stop(self, component: str, number: signal.Signals = signal.SIGTERM) -> None:
        """Stop a component, or a group, for a test of faults.

        SIGTERM ends it in order, as `down` would; SIGKILL returns when it is gone, SIGSTOP when it is frozen.
        """
        for name in self._named(component):
            process = Process.recorded_in(self._paths.pid_file(name))
            if number is signal.SIGTERM:
                stop(name, self._paths)
            elif process is not None:
                process.send(number)
                if not process.wait_for(number, STOP_WITHIN_SECONDS):
                    raise SandboxError(f"{number.name} had no effect on {name}, process {process.pid}.")

    def start(self, component: str) -> None:
        """Start a component, or a group, again, on the same ports and data; return when it is ready."""
        names = self._named(component)
        with exclusive(self._paths.lock_file) as lock:
            chosen = [c for c in catalogue(self.layout.state.brokers) if c.name in names]
            Starter(self.layout, lock, Silent()).start_all(chosen)

    # ---- what there is

    def status(self) -> list[ComponentStatus]:
        """Each component that the last `up` was asked for; none where there was no `up`."""
        state = self._state()
        if state is None:
            return []
        layout = self._layout(state)
        return [ComponentStatus.of(c, layout) for c in catalogue(state.brokers) if c.name in state.components]

    @property
    def layout(self) -> Layout:
        """All paths, ports and addresses; known from the first `up` on."""
        state = self._state()
        if state is None:
            raise SandboxError(
                f"There is no sandbox in {self._paths.directory}. Start one with "
                f"`python -m sandbox up --dir {self._paths.directory}`."
            )
        return self._layout(state)

    def binary(self, name: str) -> Path:
        """A program of the sandbox by its name: kubectl, helm, etcd and the rest."""
        return self._cache.binary(name)

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self._paths.kubeconfig()

    @property
    def audit_log(self) -> Path:
        """The API server's record of every write, one JSON object a line."""
        return self._paths.audit_log

    @property
    def kafka_bootstrap(self) -> str:
        """The brokers, as `host:port,host:port`."""
        return self.layout.kafka_bootstrap

    @property
    def redis_url(self) -> str:
        """Redis, as `redis://host:port/0`."""
        return self.layout.redis_url

    @property
    def prometheus_url(self) -> str:
        """Prometheus, as `http://host:port`."""
        return self.layout.prometheus_url

    @property
    def alertmanager_url(self) -> str:
        """Alertmanager, as `http://host:port`."""
        return self.layout.alertmanager_url

    # ---- inside

    def _state(self) -> State | None:
        return State.load(self._paths.state_file)

    def _layout(self, state: State) -> Layout:
        return Layout(self._paths.directory, state, self._cache)

    def _wanted(self) -> list[Component]:
        state = self._state()
        return select(catalogue(self._brokers or (state.brokers if state else 1)), self._components)

    def _named(self, name: str) -> list[str]:
        """The names of one component, or of all of a group."""
        components = catalogue(self.layout.state.brokers)
        select(components, [name])
        return [component.name for component in components if name in (component.name, component.group)]

    def _end_pods(self) -> None:
        """End processes of pods whose runner was killed before it could."""
        for process in with_environment(OWNER_VARIABLE, str(self._paths.directory)):
            process.send(signal.SIGKILL)
            process.wait_for_end(STOP_WITHIN_SECONDS)

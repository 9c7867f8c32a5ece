"""Starting components in the order of their needs, and stopping them."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from graphlib import TopologicalSorter

from sandbox.component import Component
from sandbox.errors import ComponentFailedError
from sandbox.layout import Layout
from sandbox.paths import Paths
from sandbox.process import Process, launch, log_tail
from sandbox.progress import Progress, Step
from sandbox.versions import HERE

READY_WITHIN_SECONDS = 90.0
ASK_EVERY_SECONDS = 0.05
STOP_WITHIN_SECONDS = 12.0
STOPPED_LAST = "etcd"
"""The API server waits for it in vain when it goes first."""


class Starter:
    """One start of several components: those that need nothing of one another start together."""

    def __init__(self, layout: Layout, lock: int, progress: Progress) -> None:
        self._layout = layout
        self._lock = lock
        self._progress = progress
        self._abandoned = threading.Event()

    def start_all(self, components: Sequence[Component]) -> None:
        """Start them, and return when all are ready; on the first that fails, stop waiting for the others."""
        by_name = {component.name: component for component in components}
        order = TopologicalSorter({c.name: c.needs & by_name.keys() for c in components})
        order.prepare()
        for name in by_name:
            self._progress.report(name, Step.WAITING)
        with ThreadPoolExecutor(max(1, len(components))) as pool:
            try:
                self._follow(order, by_name, pool)
            finally:
                self._abandoned.set()
        for component in components:
            process = self._process(component)
            if process is None or not process.alive:
                raise self._failed(component, "ended soon after its start")

    def _follow(
        self, order: TopologicalSorter[str], by_name: dict[str, Component], pool: ThreadPoolExecutor
    ) -> None:
        running: dict[Future[None], str] = {}
        while order.is_active():
            for name in order.get_ready():
                running[pool.submit(self._start, by_name[name])] = name
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                future.result()
                order.done(running.pop(future))

    def _start(self, component: Component) -> None:
        process = self._process(component)
        if process is None or not process.alive:
            self._progress.report(component.name, Step.STARTING)
            self._launch(component)
        elif process.frozen:
            process.send(signal.SIGCONT)
        self._wait_until_ready(component)

    def _launch(self, component: Component) -> None:
        layout, name = self._layout, component.name
        component.prepare(layout)
        self._initialise(component)
        launch(
            component.command(layout),
            pid_file=layout.pid_file(name),
            log_file=layout.log_file(name),
            lock=self._lock,
            environment=os.environ,
            folder=HERE.parent,
        )

    def _initialise(self, component: Component) -> None:
        name, mark = component.name, self._layout.initialised(component.name)
        if component.initialise is None or mark.exists():
            return
        with self._layout.log_file(name).open("ab") as log:
            # It holds the lock as its stdin: should we be killed, the next command waits until it has ended.
            done = subprocess.run(
                component.initialise(self._layout),
                check=False,
                stdin=self._lock,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        if done.returncode != 0:
            raise self._failed(component, "could not make its data")
        mark.touch()

    def _wait_until_ready(self, component: Component) -> None:
        process = self._process(component)
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while process is not None and not process.wait_for_end(ASK_EVERY_SECONDS):
            if self._abandoned.is_set():
                return
            # A foreign server on the same port would answer too: ours must be alive after the answer.
            if component.ready(self._layout) and process.alive:
                self._progress.report(component.name, Step.READY)
                return
            if time.monotonic() > deadline:
                raise self._failed(component, f"was not ready within {READY_WITHIN_SECONDS:.0f} s")
        raise self._failed(component, "ended while it was starting")

    def _process(self, component: Component) -> Process | None:
        return Process.recorded_in(self._layout.pid_file(component.name))

    def _failed(self, component: Component, what: str) -> ComponentFailedError:
        self._progress.report(component.name, Step.FAILED)
        log = self._layout.log_file(component.name)
        return ComponentFailedError(component.name, what, str(log), log_tail(log))


def stop_all(paths: Paths) -> None:
    """End everything that was started in this directory, together, and etcd when the others are gone."""
    names = paths.recorded_components()
    for wave in ([n for n in names if n != STOPPED_LAST], [n for n in names if n == STOPPED_LAST]):
        with ThreadPoolExecutor(max(1, len(wave))) as pool:
            list(pool.map(lambda name: stop(name, paths), wave))


def stop(name: str, paths: Paths) -> None:
    """End one component, by SIGKILL if it does not hear, and forget its process."""
    pid_file = paths.pid_file(name)
    process = Process.recorded_in(pid_file)
    if process is not None:
        process.end(STOP_WITHIN_SECONDS)
    pid_file.unlink(missing_ok=True)

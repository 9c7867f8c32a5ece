"""How each component of a sandbox is, read from its pid file and from the kernel."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sandbox.component import Component
from sandbox.layout import Layout
from sandbox.process import Process, log_tail


class Condition(StrEnum):
    """How a component is."""

    RUNNING = "running"
    FROZEN = "frozen"
    DIED = "died"
    STOPPED = "stopped"

    @classmethod
    def of(cls, process: Process | None) -> "Condition":
        """Stopped where no process is recorded; died where the one recorded is gone."""
        if process is None:
            return cls.STOPPED
        if not process.alive:
            return cls.DIED
        return cls.FROZEN if process.frozen else cls.RUNNING


@dataclass(frozen=True, slots=True)
class ComponentStatus:
    """One component: how it is, and where to look."""

    name: str
    condition: Condition
    pid: int | None
    """None unless it runs or is frozen."""
    address: str | None
    log_file: Path
    log_tail: str
    """The end of the log of a component that died; empty otherwise."""

    @classmethod
    def of(cls, component: Component, layout: Layout) -> "ComponentStatus":
        """Look at it now."""
        process = Process.recorded_in(layout.pid_file(component.name))
        condition = Condition.of(process)
        log_file = layout.log_file(component.name)
        return cls(
            name=component.name,
            condition=condition,
            pid=process.pid if process and condition in (Condition.RUNNING, Condition.FROZEN) else None,
            address=layout.address(component.port) if component.port else None,
            log_file=log_file,
            log_tail=log_tail(log_file) if condition is Condition.DIED else "",
        )

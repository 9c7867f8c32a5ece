"""What a component of the sandbox is, and what it needs."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from sandbox.errors import SandboxError
from sandbox.layout import Layout


def _nothing_to_prepare(_: Layout) -> None:
    """Most components are configured by their arguments."""


@dataclass(frozen=True, slots=True)
class Component:
    """One process: how to start it, and how to see that it is ready."""

    name: str
    group: str
    port: str | None
    """The name of the port it is known by; None where it does not listen."""
    command: Callable[[Layout], Sequence[str]]
    ready: Callable[[Layout], bool]
    prepare: Callable[[Layout], None] = _nothing_to_prepare
    """Write its configuration; called each time before it is started, so it must bear repetition."""
    initialise: Callable[[Layout], Sequence[str]] | None = None
    """A command that is run to its end once, before the first start (see `Paths.initialised`)."""
    needs: frozenset[str] = frozenset()
    """Components that are ready before this one is started, and that are never selected without it."""
    builds: tuple[str, ...] = ()
    """What is built for it (see `recipes`)."""
    tools: tuple[str, ...] = ()
    """Programs of the system that it runs (see `tools`)."""


def select(catalogue: Sequence[Component], wanted: Collection[str]) -> list[Component]:
    """The components named, by name or by group, and all that they need, in the catalogue's order."""
    by_name = {component.name: component for component in catalogue}
    groups = {component.group for component in catalogue}
    unknown = sorted(set(wanted) - by_name.keys() - groups)
    if unknown:
        raise SandboxError(
            f"There is no component {', '.join(unknown)}. Groups: {', '.join(sorted(groups))}; "
            f"components: {', '.join(by_name)}."
        )
    chosen = {c.name for c in catalogue if c.name in wanted or c.group in wanted}
    return [by_name[name] for name in by_name if name in _closure(chosen, by_name)]


def _closure(names: Iterable[str], by_name: dict[str, Component]) -> set[str]:
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(by_name[name].needs)
    return found

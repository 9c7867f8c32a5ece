"""A sandbox's directory: claimed at the first start, written at each, deleted in the end."""

import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from sandbox import certificates, kubeconfig, reservation
from sandbox.components import port_names
from sandbox.errors import SandboxError
from sandbox.layout import Layout, State
from sandbox.paths import Paths
from sandbox.process import Process
from sandbox.recipes import recipes

KUBECONFIG_USERS = ("admin", "kube-controller-manager", "kube-scheduler")


def claim(
    paths: Paths, brokers: int | None, start_delay_seconds: float | None, components: Iterable[str]
) -> State:
    """What is to be remembered from now on: the settings given, else those of the last start.

    Components that run already stay in it, whether they are asked for again or not.
    """
    state = State.load(paths.state_file)
    if state is None:
        _refuse_a_folder_in_use(paths)
        state = State(number=0, ports={}, brokers=brokers or 1)
    elif brokers not in (None, state.brokers):
        raise SandboxError(
            f"{paths.directory} was made with {state.brokers} Kafka brokers, not {brokers}: "
            "take it down with --wipe first, or use another directory."
        )
    if start_delay_seconds is not None:
        state = replace(state, start_delay_seconds=start_delay_seconds)
    running = {name for name in state.components if _runs(name, paths)}
    state = replace(state, components=tuple(sorted(running.union(components))))
    state = _with_number(state, paths)
    state.save(paths.state_file)
    return state


def furnish(layout: Layout) -> None:
    """Write certificates, kubeconfigs, and links to the programs."""
    if "kube-apiserver" in layout.state.components:
        certificates.ensure(layout.pki)
        for user in KUBECONFIG_USERS:
            kubeconfig.write(layout.kubeconfig(user), server=layout.api_server, pki=layout.pki, user=user)
    for name in recipes(layout.cache):
        program = layout.cache.binary(name)
        if program.exists():
            _link(layout.programs / name, program)


def wipe(paths: Paths) -> None:
    """Delete the directory; last the file that makes it a sandbox, so that a second try can finish."""
    for entry in set(paths.directory.iterdir()) - {paths.state_file, paths.lock_file}:
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    shutil.rmtree(paths.directory)
    reservation.release(paths.directory, reservation.registry())


def _refuse_a_folder_in_use(paths: Paths) -> None:
    """Whoever says `--dir ~` and later `down --wipe` shall not lose what is there."""
    own = {paths.lock_file, State.draft(paths.state_file)}
    if set(paths.directory.iterdir()) - own:
        raise SandboxError(
            f"{paths.directory} is not empty and not a sandbox: choose another directory by --dir."
        )


def _with_number(state: State, paths: Paths) -> State:
    """With a number of our own and its ports; new ones if another sandbox took the number since."""
    number = reservation.reserve(paths.directory, reservation.registry(), preferred=state.number)
    if number == state.number:
        return state
    return replace(state, number=number, ports=reservation.choose_ports(number, port_names(state.brokers)))


def _runs(component: str, paths: Paths) -> bool:
    process = Process.recorded_in(paths.pid_file(component))
    return process is not None and process.alive


def _link(link: Path, target: Path) -> None:
    draft = link.with_name(f".{link.name}.new")
    draft.unlink(missing_ok=True)
    draft.symlink_to(target)
    draft.replace(link)

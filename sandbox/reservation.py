"""A number for each sandbox, and with it a block of ports and a network for its pods: many can run."""

import socket
import tempfile
from collections.abc import Iterable
from pathlib import Path

from sandbox.errors import SandboxError
from sandbox.locks import exclusive

NUMBERS = range(10, 251)
FIRST_PORT = 20_000  # below the range from which the kernel takes ports for outgoing connections
PORTS_EACH = 40


def registry() -> Path:
    """The folder, shared by all users of the machine, where each number taken is a link to its directory."""
    folder = Path(tempfile.gettempdir()) / "logpipeline-sandboxes"
    if not folder.exists():
        folder.mkdir(exist_ok=True)
        folder.chmod(0o1777)
    return folder


def reserve(directory: Path, folder: Path, preferred: int | None = None) -> int:
    """The number of this directory: the one it has, else the preferred one, else the first free one.

    A number is free when nobody has it, or when the directory that had it was deleted.
    """
    with exclusive(folder):
        owners = {int(link.name): link.readlink() for link in folder.iterdir() if link.name.isdigit()}
        for number, owner in owners.items():
            if owner == directory:
                return number
        free = [number for number in NUMBERS if number not in owners or not owners[number].exists()]
        if not free:
            raise SandboxError(
                f"All {len(NUMBERS)} sandbox numbers are taken in {folder}. End a sandbox with "
                "`python -m sandbox down --wipe --dir DIRECTORY`, or delete its directory."
            )
        number = preferred if preferred in free else free[0]
        link = folder / str(number)
        link.unlink(missing_ok=True)
        link.symlink_to(directory)
        return number


def release(directory: Path, folder: Path) -> None:
    """Give the number of this directory back."""
    with exclusive(folder):
        for link in folder.iterdir():
            if link.is_symlink() and link.readlink() == directory:
                link.unlink()


def choose_ports(number: int, names: Iterable[str]) -> dict[str, int]:
    """A port out of the number's block for each name, leaving out those that somebody listens on."""
    first = FIRST_PORT + (number - NUMBERS.start) * PORTS_EACH
    free = (port for port in range(first, first + PORTS_EACH) if is_free(port))
    chosen = dict(zip(names, free, strict=False))
    missing = [name for name in names if name not in chosen]
    if missing:
        raise SandboxError(
            f"No free port for {', '.join(missing)}: other programs listen on too many of "
            f"127.0.0.1:{first}-{first + PORTS_EACH - 1}. End them, or use another --dir."
        )
    return chosen


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1 now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True

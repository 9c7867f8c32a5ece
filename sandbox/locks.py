"""Locks between processes: two builds, or an `up` and a `down`, wait for one another."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def exclusive(path: Path, on_wait: Callable[[], None] = lambda: None) -> Iterator[int]:
    """Hold the lock of a file or a folder, and yield its descriptor; a file is made where there is none.

    The lock belongs to the open file: a child that inherits the descriptor holds it too, until it closes it.
    It ends with the last holder, so a killed process never leaves one behind. `on_wait` is called if somebody
    else holds it.
    """
    descriptor = _lock(path, on_wait)
    while not _is_still_at(path, descriptor):  # who held it before us deleted it
        os.close(descriptor)
        descriptor = _lock(path, on_wait)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _lock(path: Path, on_wait: Callable[[], None]) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            on_wait()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _is_still_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False

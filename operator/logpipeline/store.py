"""Bounded windows of readings, one for each thing that is measured."""

from collections import deque
from collections.abc import Hashable, Iterable

from logpipeline.core.model import Reading, Window

READINGS_AT_MOST = 20_000
"""Bounds a window in number as well, should somebody sample fast and remember long."""


class Store:
    """The latest readings by key, the oldest first.

    Within a window time always goes forward: when our clock was set back, readings from what is now the
    future are forgotten, since no rate can be computed across the step.
    """

    def __init__(self, *, window_seconds: float, readings_at_most: int = READINGS_AT_MOST) -> None:
        self._seconds = window_seconds
        self._at_most = readings_at_most
        self._histories: dict[Hashable, deque[Reading]] = {}
        self._windows: dict[Hashable, Window] = {}

    def append(self, key: Hashable, reading: Reading) -> None:
        """Add the newest reading, and forget what is older than the window before it."""
        history = self._histories.setdefault(key, deque(maxlen=self._at_most))
        while history and history[-1].at >= reading.at:
            history.pop()
        history.append(reading)
        while history[0].at < reading.at - self._seconds:
            history.popleft()
        self._windows.pop(key, None)

    def window(self, key: Hashable) -> Window:
        """The readings of `key`, oldest first; the same tuple until the next one comes. Empty: none yet."""
        if key not in self._windows and key in self._histories:
            self._windows[key] = tuple(self._histories[key])
        return self._windows.get(key, ())

    def drop(self, keys: Iterable[Hashable]) -> None:
        """Forget these keys, known or not."""
        for key in keys:
            self._histories.pop(key, None)
            self._windows.pop(key, None)

"""What every source told lately, one window for each thing that is measured."""

from collections.abc import Hashable, Iterable

from logpipeline.core.readings import Reading
from logpipeline.core.window import Window

_NOTHING = Window()


class Store:
    """The windows by key. A window is a value: whoever has one keeps it as it is."""

    def __init__(self, *, window_seconds: float) -> None:
        self._seconds = window_seconds
        self._windows: dict[Hashable, Window] = {}

    def append(self, key: Hashable, reading: Reading) -> None:
        """Add the newest reading, and forget what is older than the window before it."""
        self._windows[key] = self.window(key).extended(reading, self._seconds)

    def window(self, key: Hashable) -> Window:
        """What `key` told; a window without a newest reading when it told nothing yet."""
        return self._windows.get(key, _NOTHING)

    def drop(self, keys: Iterable[Hashable]) -> None:
        """Forget these keys, known or not."""
        for key in keys:
            self._windows.pop(key, None)

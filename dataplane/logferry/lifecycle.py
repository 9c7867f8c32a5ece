"""Being asked to stop, and sleeping until then."""

import os
import select
import signal
from collections.abc import Callable
from types import FrameType
from typing import Any

_Handler = Callable[[int, FrameType | None], Any] | int | None


class Shutdown:
    """Set by SIGTERM or SIGINT; a second signal ends the process at once.

    A pipe wakes the sleeper instead of a threading.Event: setting an event from a signal handler can
    deadlock with the wait that the signal interrupted.
    """

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()
        self._requested = False
        self._handlers: dict[signal.Signals, _Handler] = {}

    @property
    def requested(self) -> bool:
        """Whether it is time to finish."""
        return self._requested

    def install(self) -> None:
        """Listen to the signals. Main thread only."""
        for number in (signal.SIGTERM, signal.SIGINT):
            self._handlers[number] = signal.signal(number, self._on_signal)

    def request(self) -> None:
        """Ask for it from within the process."""
        if not self._requested:
            self._requested = True
            os.write(self._writer, b"\0")

    def wait(self, seconds: float) -> None:
        """Sleep, but not past a request to stop."""
        if not self._requested and seconds > 0:
            select.select([self._reader], [], [], seconds)

    def close(self) -> None:
        """Give the signals and the pipe back."""
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        os.close(self._reader)
        os.close(self._writer)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        self.request()

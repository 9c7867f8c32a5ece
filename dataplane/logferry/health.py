"""What a probe asks: is the loop alive, and can it do its work."""

import time
from collections.abc import Callable
from typing import Final

import structlog

STUCK_SECONDS: Final = 120.0
"""A loop that has not turned for so long is hung: even back-off and slow stores turn it more often."""

_STARTING: Final = "starting: not connected yet"

log = structlog.get_logger()


class Health:
    """Written by the loop, read by the probes' thread. Each change is logged once, with its reason."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last_turn = clock()
        self._obstacle: str | None = _STARTING

    @property
    def ready(self) -> bool:
        """Whether work gets done."""
        return self._obstacle is None

    @property
    def obstacle(self) -> str | None:
        """Why no work gets done, in a sentence; None when it does."""
        return self._obstacle

    @property
    def stuck(self) -> str | None:
        """Why the process is better restarted; None when it lives."""
        idle = self._clock() - self._last_turn
        return f"the loop has not turned for {idle:.0f} s" if idle > STUCK_SECONDS else None

    def beat(self) -> None:
        """The loop has turned."""
        self._last_turn = self._clock()

    def set_ready(self) -> None:
        """Connected, and polling successfully."""
        if self._obstacle is not None:
            log.info("ready")
        self._obstacle = None

    def set_obstacle(self, sentence: str) -> None:
        """Something outside keeps the work from being done. It is waited for; a restart would not help."""
        if sentence != self._obstacle:
            log.warning("not ready", reason=sentence)
        self._obstacle = sentence

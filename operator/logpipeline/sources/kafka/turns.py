"""Of many groups a pass asks for as many as are answered in time; the others have their turn in the next.

Asked for a thousand at once, a busy broker answers none in time, is asked again while it still works on the
questions of the pass before, and so never catches up.
"""

from collections.abc import Callable, Collection, Mapping
from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from concurrent.futures import Future

FIRST = 128
"""So many in the first pass, when it is not known how fast the brokers answer."""
FEWEST = 32
FULL = 0.75
"""Where answers still came so late, as a share of the time, the brokers are slow rather than silent."""

Asking = Mapping[str, "Future[Any]"]


class Turns:
    """Whose turn it is, and how many there are in a pass."""

    def __init__(self) -> None:
        self._most = FIRST
        self._asked: dict[str, None] = {}
        """Asked for the longest ago first."""
        self._heard: dict[str, float] = {}
        """Who was answered in this pass, and when."""
        self._owed = 0
        """Answers for which this pass waits."""
        self._began = 0.0

    def ask(self, names: Collection[str], question: Callable[[str], Asking]) -> Asking:
        """Ask for those whose turn it is: never asked first, and then the longest ago."""
        self._began, self._heard = monotonic(), {}
        chosen, heard = self._next(names), self._heard
        self._asked = {name: None for name in self._asked if name not in chosen} | chosen

        def note(name: str) -> Callable[[object], None]:
            return lambda _: heard.update({name: monotonic()})

        futures: dict[str, Future[Any]] = {}
        for name in chosen:
            for key, future in question(name).items():
                future.add_done_callback(note(key))
                futures[key] = future
        self._owed = len(futures)
        return futures

    def settle(self, seconds: float) -> bool:
        """Learn from how many were answered in that time; whether the brokers were slow.

        Where they were, as many are asked for in the next pass as would have been answered in time; else up
        to twice as many as now. What a silent broker owes is no sign of that, and makes nobody else wait.
        """
        heard = dict(self._heard)
        if not heard:
            return False
        spent = (max(heard.values()) - self._began) / seconds
        if spent > FULL:
            self._most = max(FEWEST, int(len(heard) * FULL / spent))
        elif self._owed >= self._most:
            self._most = int(self._owed * FULL / max(spent, FULL / 2))
        return spent > FULL

    def _next(self, names: Collection[str]) -> dict[str, None]:
        if len(names) <= self._most:
            return dict.fromkeys(names)
        turns = {name: turn for turn, name in enumerate(self._asked)}
        return dict.fromkeys(sorted(names, key=lambda name: turns.get(name, -1))[: self._most])

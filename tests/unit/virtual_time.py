"""An event loop whose time passes when nothing else is left to do: stories of minutes take milliseconds."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any

START = 1_000.0


class _SkippingSelector(selectors.DefaultSelector):
    """Instead of waiting, time is moved on."""

    now = START

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(0)
        if not events and timeout is None:
            raise RuntimeError("nothing is scheduled: this story would wait for ever")
        if not events:
            self.now += timeout or 0.0
        return events


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop on a virtual clock."""

    def __init__(self) -> None:
        self._skipping = _SkippingSelector()
        super().__init__(self._skipping)

    def time(self) -> float:
        return self._skipping.now


def play(story: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a story from beginning to end, and see that it leaves no task behind."""

    async def without_leftovers() -> None:
        await story()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left, f"still running: {left}"

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(without_leftovers())


def now() -> float:
    """The virtual time."""
    return asyncio.get_running_loop().time()

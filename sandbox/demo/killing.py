"""The operator is killed in the middle of it all, and must not be missed."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.demo.journal import Journal

MOMENT_WITHIN_SECONDS = 240
BACK_WITHIN_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Killer:
    """Kills so many times: once while the burst comes in, then in equal parts of the drain."""

    journal: Journal
    kill: Callable[[], None]
    """Kills the operator. Blocking: it is called in a thread."""
    say: Callable[[str], None]
    times: int
    half_the_burst: int

    async def run(self) -> None:
        """Until the operator has come back from the last time. Raises NotSeenError."""
        for number in range(self.times):
            if number == 0:
                await self.journal.until("Half the burst", self._half_is_in, MOMENT_WITHIN_SECONDS)
            else:
                await self._drained_to(1 - number / self.times)
            await asyncio.to_thread(self.kill)
            self.say("SIGKILL to the operator.")
            await self._measures_again()

    def _half_is_in(self) -> bool:
        return self.journal.peak > self.half_the_burst

    async def _drained_to(self, share: float) -> None:
        journal = self.journal

        def drained() -> bool:
            waiting = journal.waiting
            return self._half_is_in() and waiting is not None and waiting.kafka < journal.peak * share

        await journal.until("A part of the drain", drained, MOMENT_WITHIN_SECONDS)

    async def _measures_again(self) -> None:
        passes = self.journal.passes
        await self.journal.until(
            "The operator measures again", lambda: self.journal.passes > passes, BACK_WITHIN_SECONDS
        )

"""Whether the event loop keeps up: while it is late for one thing, it is late for everything."""

import asyncio
from collections.abc import Callable
from typing import Final, NoReturn

EVERY_SECONDS: Final = 0.025


async def feel_pulse(told: Callable[[float], None]) -> NoReturn:
    """For ever, tell by how many seconds the event loop came late to what was due."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + EVERY_SECONDS
        await asyncio.sleep(EVERY_SECONDS)
        told(max(0.0, loop.time() - due))

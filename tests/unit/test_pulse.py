"""A busy event loop shows."""

import asyncio
import time

from logpipeline.pulse import EVERY_SECONDS, feel_pulse

STALL_SECONDS = 10 * EVERY_SECONDS


async def test_a_stall_of_the_event_loop_is_told_about_as_long_as_it_was() -> None:
    told: list[float] = []
    felt = asyncio.Event()

    def tell(seconds: float) -> None:
        told.append(seconds)
        felt.set()

    pulse = asyncio.create_task(feel_pulse(tell))
    async with asyncio.timeout(5):
        await felt.wait()
        felt.clear()
        time.sleep(STALL_SECONDS)  # noqa: ASYNC251 - what must not be done is done here
        await felt.wait()
    pulse.cancel()
    assert min(told) >= 0
    assert STALL_SECONDS - EVERY_SECONDS <= max(told) < 10 * STALL_SECONDS

"""When cycles of garbage are looked for: a look at everything stops the event loop.

Nearly all that we make is freed as soon as nobody refers to it. What is in cycles, some kilobytes a minute,
nearly always dies young. So what has come since the last look is looked at every 10 s, and is left out of the
next ones: some milliseconds at hundreds of pipelines, where a look at everything takes 60 to 170. With the
interpreter's own settings there was one of those every 5 s.
"""

import asyncio
import gc
from typing import Final, NoReturn

EVERY_SECONDS: Final = 10.0
_YOUNG: Final = (1_000, 10)
"""Objects made until the youngest are looked at, and how often until those that outlived one look are too."""
_NEVER: Final = 1_000_000_000


def settle() -> None:
    """Leave out of every look what there is now, and look at what outlives two looks only when told to."""
    gc.set_threshold(*_YOUNG, _NEVER)
    look()


def look() -> None:
    """Free what is garbage of all that came since the last time, and leave the rest alone from now on."""
    gc.collect()
    gc.freeze()


async def collect_seldom(every_seconds: float = EVERY_SECONDS) -> NoReturn:
    """For ever, look for garbage among what came since."""
    while True:
        await asyncio.sleep(every_seconds)
        look()

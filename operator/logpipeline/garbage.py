"""When cycles of garbage are looked for: a look at everything stops the event loop, so it is seldom.

Nearly all that we make is freed as soon as nobody refers to it. What is in cycles, some kilobytes a minute,
can wait. With the interpreter's own settings hundreds of pipelines had everything looked at every 5 s, for 60
to 170 ms each time.
"""

import asyncio
import gc
from typing import Final, NoReturn

EVERY_SECONDS: Final = 600.0
_YOUNG: Final = (1_000, 10)
"""Objects made until the youngest are looked at, and how often until those that outlived one look are too."""
_NEVER: Final = 1_000_000_000


def settle() -> None:
    """Leave out of every look what there is now, and look at everything only when told to."""
    gc.collect()
    gc.freeze()  # 100,000 objects of the imports: each look at everything would take 30 ms longer
    gc.set_threshold(*_YOUNG, _NEVER)


async def collect_seldom(every_seconds: float = EVERY_SECONDS) -> NoReturn:
    """For ever, look for garbage among all that came since."""
    while True:
        await asyncio.sleep(every_seconds)
        gc.collect()

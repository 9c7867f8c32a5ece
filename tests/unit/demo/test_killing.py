import asyncio
import threading
from collections.abc import Callable
from functools import partial

from sandbox.demo.journal import Journal, Waiting
from sandbox.demo.killing import Killer

DEADLINE_SECONDS = 10


class Victim:
    """An operator that measures for as long as it is looked at, and counts its deaths."""

    def __init__(self, journal: Journal) -> None:
        self.deaths = 0
        self.killed = threading.Event()
        self._journal = journal

    def kill(self) -> None:
        self.deaths += 1
        self.killed.set()

    async def measures_until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(DEADLINE_SECONDS):
            while not condition():
                self._journal.asked_operator({}, measured_anew=True)
                await asyncio.sleep(0.001)


def measured_since(journal: Journal, passes: int) -> bool:
    return journal.passes > passes + 2


def killer(journal: Journal, victim: Victim, times: int) -> Killer:
    return Killer(journal, victim.kill, lambda _: None, times, half_the_burst=500)


async def test_the_operator_is_killed_in_the_burst_and_again_half_way_through_the_drain() -> None:
    journal = Journal()
    victim = Victim(journal)
    at: list[int] = []

    def kill() -> None:
        victim.kill()
        assert journal.waiting is not None
        at.append(journal.waiting.kafka)

    killing = asyncio.create_task(Killer(journal, kill, lambda _: None, 2, half_the_burst=500).run())
    journal.counted(Waiting(kafka=400, redis=0))
    await asyncio.sleep(0)
    journal.counted(Waiting(kafka=1_000, redis=0))
    await victim.measures_until(lambda: victim.deaths == 1)
    for kafka in (900, 600, 499):
        passes = journal.passes
        journal.counted(Waiting(kafka=kafka, redis=0))
        await victim.measures_until(partial(measured_since, journal, passes))
    await victim.measures_until(killing.done)
    await killing
    assert at == [1_000, 499]


async def test_it_is_waited_for_until_it_measures_again() -> None:
    journal = Journal()
    victim = Victim(journal)
    killing = asyncio.create_task(killer(journal, victim, times=1).run())
    journal.counted(Waiting(kafka=1_000, redis=0))
    assert await asyncio.to_thread(victim.killed.wait, DEADLINE_SECONDS)
    assert not killing.done()
    await victim.measures_until(killing.done)
    await killing


async def test_nobody_is_killed_unless_asked_for() -> None:
    journal = Journal()
    victim = Victim(journal)
    await killer(journal, victim, times=0).run()
    assert victim.deaths == 0

"""The acts, in their order. Each waits for what it shows, and is a check in the report."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from sandbox.demo.account import balance, count
from sandbox.demo.install import Installed
from sandbox.demo.journal import Journal, NotSeenError, Resized
from sandbox.demo.killing import Killer
from sandbox.demo.report import Check
from sandbox.demo.screen import Screen
from sandbox.demo.table import plain_lines
from sandbox.demo.traffic import ORDINARY_PER_SECOND, RECORDS_TO_KAFKA, RECORDS_TO_REDIS, Traffic

MUST_WAIT = 1_000_000
SECONDS_TO_SCALE = 30.0
CALM_PASSES = 3
"""So many measurements of the operator in balance are ordinary traffic."""
IN_FLOW = 5 * ORDINARY_PER_SECOND
"""Fewer records than come in five seconds are on their way rather than waiting."""


@dataclass(slots=True)
class Story:
    """Told once, from ordinary traffic through a burst and back."""

    installed: Installed
    journal: Journal
    traffic: Traffic
    screen: Screen
    kills: int = 0
    checks: list[Check] = field(default_factory=list)
    _burst_began: float = 0.0
    _burst_ended: float = 0.0

    async def tell(self) -> None:
        """All acts; one that fails is a check that failed, and the next follows all the same."""
        acts: tuple[tuple[str, Callable[[], Awaitable[Check]]], ...] = (
            (f"More than {MUST_WAIT:,} records waited in Kafka", self._burst),
            ("The alert at the million", self._alert),
            ("Consumers scaled up within seconds", self._scaled_up),
            ("Drained", self._drained),
            ("Back down to the minimum", self._minimum),
            ("Every record accounted for, by id", self._accounted),
        )
        killer = Killer(
            self.journal, self.installed.operator.kill, self.screen.trouble, self.kills, MUST_WAIT // 2
        )
        killing = asyncio.create_task(killer.run())
        try:
            if not await self._play("Ordinary traffic in balance", self._ordinary):
                return  # a burst would show nothing
            for what, act in acts:
                await self._play(what, act)
            await self._play("The operator was there throughout", lambda: self._operator(killing))
        finally:
            killing.cancel()
            await asyncio.gather(killing, return_exceptions=True)

    async def _play(self, what: str, act: Callable[[], Awaitable[Check]]) -> bool:
        try:
            self.checks.append(await act())
        except NotSeenError as error:
            self.checks.append(Check(what, passed=False, seen=str(error)))
            self.screen.trouble(f"{error} Seen instead:")
            for line in plain_lines(self.journal, self.installed.shop):
                self.screen.trouble(line)
            log = await asyncio.to_thread(self.installed.operator.log_tail)
            self.screen.trouble(f"The end of the operator's log:\n{log}")
        return self.checks[-1].passed

    # ---- the acts

    async def _ordinary(self) -> Check:
        self.screen.title("An ordinary day")
        self.screen.say(
            f"{ORDINARY_PER_SECOND} access-log records/s: Redis stream → relay → Kafka → worker → files."
        )
        await self.traffic.begin_ordinary()
        journal, last = self.journal, self.installed.shop.last.name

        def flows() -> bool:
            figures = journal.figures.get(last)
            return figures is not None and bool(figures.consumption_per_second) and self._in_balance()

        await journal.until("Records flow, and none pile up", flows, 60)
        passes = journal.passes + CALM_PASSES
        await journal.until("The operator goes on measuring", lambda: journal.passes >= passes, 60)
        await journal.until("The pipeline is in balance", self._in_balance, 30)
        total = sum(figures.backlog or 0 for figures in journal.figures.values())
        return Check(
            "Ordinary traffic in balance",
            passed=True,
            seen=f"{total:,.0f} waiting at {ORDINARY_PER_SECOND}/s",
        )

    async def _burst(self) -> Check:
        self.screen.title("A sale opens")
        self.screen.say(
            f"{RECORDS_TO_KAFKA:,} records at once into Kafka, and {RECORDS_TO_REDIS:,} into Redis."
        )
        self._burst_began = self.journal.clock()
        await self.traffic.burst_into_kafka()
        self._burst_ended = self.journal.clock()
        self.journal.counted(await asyncio.to_thread(self.installed.scale.weigh))
        await self.traffic.burst_into_redis()
        peak, took = self.journal.peak, self._burst_ended - self._burst_began
        self.screen.say(f"All of them are in, after {took:.1f} s. By Kafka's own offsets {peak:,} wait.")
        return Check(
            f"More than {MUST_WAIT:,} records waited in Kafka",
            passed=peak > MUST_WAIT,
            seen=f"{peak:,} by its offsets, after {took:.1f} s",
        )

    async def _alert(self) -> Check:
        journal = self.journal

        def fired() -> bool:
            return any(event.reason == "AlertFired" for event in journal.told)

        await journal.until("The Event of BacklogCritical", fired, 60)
        event = next(event for event in journal.told if event.reason == "AlertFired")
        return Check("The alert at the million", passed=True, seen=f"{self._when(event.at)}: {event.message}")

    async def _scaled_up(self) -> Check:
        stage = self.installed.shop.last
        sizes = self.journal.sizes[stage.workload]

        def scaled() -> bool:
            return sizes[-1].replicas > stage.minimum

        await self.journal.until(f"A larger count of {stage.workload}", scaled, SECONDS_TO_SCALE)
        await self.journal.until(
            "All consumers ready", lambda: self._all_ready(stage.name) and scaled(), within_seconds=90
        )
        highest = max(sizes, key=lambda size: size.replicas)
        first = next(size for size in sizes if size.replicas == highest.replicas)
        return Check(
            "Consumers scaled up within seconds",
            passed=first.at - self._burst_ended <= SECONDS_TO_SCALE,
            seen=f"{_steps(sizes[self._before_burst(sizes) :], first)} replicas {self._when(first.at)}",
        )

    async def _drained(self) -> Check:
        journal = self.journal

        def drained() -> bool:
            waiting = journal.waiting
            return waiting is not None and waiting.total < IN_FLOW

        await journal.until("The backlog drained", drained, 180)
        took = journal.clock() - self._burst_ended
        await journal.until("The operator sees that it drained", self._in_balance, 30)
        self.screen.title("Drained")
        self.screen.say(f"{took:.0f} s after the burst. Consumers go again when calm has lasted.")
        return Check("Drained", passed=True, seen=f"in {took:.0f} s")

    async def _minimum(self) -> Check:
        shop, journal = self.installed.shop, self.journal

        def at_minimum() -> bool:
            return all(
                journal.sizes[stage.workload][-1].replicas == stage.minimum for stage in shop.stages
            ) and all(self._all_ready(stage.name) for stage in shop.stages)

        await journal.until("All stages at their minimum", at_minimum, 240)
        sizes = journal.sizes[shop.last.workload]
        highest = max(sizes, key=lambda size: size.replicas)
        return Check(
            "Back down to the minimum",
            passed=True,
            seen=f"{_steps(sizes[sizes.index(highest) :], sizes[-1])} replicas {self._when(sizes[-1].at)}",
        )

    async def _accounted(self) -> Check:
        self.screen.title("The account")
        await self.traffic.end_ordinary()
        await self._nothing_waits()
        account = balance(self.traffic.made, await count(self.installed.store))
        seen = f"{account.found:,} of {account.made:,} in the files, {account.duplicates:,} of them twice"
        if account.missing:
            seen += "; missing " + ", ".join(f"{n:,} of {prefix}" for prefix, n in account.missing.items())
        if account.unreadable:
            seen += f"; {account.unreadable:,} torn lines"
        return Check("Every record accounted for, by id", passed=account.balanced, seen=seen)

    async def _operator(self, killing: asyncio.Task[None]) -> Check:
        await killing
        restarts, ended = await asyncio.to_thread(self.installed.operator.restarts)
        what = f"The operator came back from {self.kills} kills" if self.kills else "The operator ran through"
        seen = f"{restarts} restarts" + (f"; the last run ended with {ended}" if restarts else "")
        return Check(what, passed=restarts == self.kills, seen=seen)

    # ---- what is asked more than once

    def _in_balance(self) -> bool:
        """The operator knows of every stage, and next to nothing waits."""
        backlogs = [
            self.journal.figures[stage.name].backlog if stage.name in self.journal.figures else None
            for stage in self.installed.shop.stages
        ]
        return all(backlog is not None and backlog < IN_FLOW for backlog in backlogs)

    def _all_ready(self, stage: str) -> bool:
        figures = self.journal.figures.get(stage)
        return figures is not None and figures.ready is not None and figures.ready == figures.observed

    async def _nothing_waits(self) -> None:
        """Return when all that came is consumed. Raises NotSeenError."""
        journal = self.journal
        after = journal.counts + 1

        def empty() -> bool:
            return journal.counts > after and journal.waiting is not None and journal.waiting.total == 0

        await journal.until("Nothing waits when no more comes", empty, 60)

    def _before_burst(self, sizes: list[Resized]) -> int:
        """The index of the count with which the burst was met."""
        return max(i for i, size in enumerate(sizes) if i == 0 or size.at < self._burst_began)

    def _when(self, at: float) -> str:
        """Beside the burst, which is not a moment: the operator may well act while it comes in."""
        after_end = at - self._burst_ended
        side = "after" if after_end >= 0 else "before"
        return f"{at - self._burst_began:.1f} s from its first record, {abs(after_end):.1f} s {side} its last"


def _steps(sizes: list[Resized], last: Resized) -> str:
    """The counts on the way, such as 1→12."""
    return "→".join(str(size.replicas) for size in sizes[: sizes.index(last) + 1])

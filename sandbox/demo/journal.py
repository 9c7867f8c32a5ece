"""All that was seen so far, and a way to wait until something is."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sandbox.errors import SandboxError


@dataclass(frozen=True, slots=True)
class StageFigures:
    """What the operator says of one stage. None: it does not say, because it does not know."""

    backlog: float | None = None
    arrival_per_second: float | None = None
    consumption_per_second: float | None = None
    oldest_seconds: float | None = None
    observed: int | None = None
    ready: int | None = None
    wanted: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """An Event about the pipeline: what the operator said, and when it was heard."""

    at: float
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Resized:
    """A replica count in the spec of a workload, and when it was seen on the watch."""

    at: float
    replicas: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Records that wait, read from Kafka's offsets and Redis without the operator."""

    kafka: int
    redis: int

    @property
    def total(self) -> int:
        """In both."""
        return self.kafka + self.redis


class NotSeenError(SandboxError):
    """Something was to happen within a time, and did not."""

    def __init__(self, what: str, within_seconds: float) -> None:
        super().__init__(f"{what}: not within {within_seconds:.0f} s.")
        self.what = what


class Journal:
    """Written by those who watch, read by the story and by what is drawn. Times are of `clock`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.began = clock()
        self.figures: Mapping[str, StageFigures] = {}
        """By stage, as the operator said last."""
        self.operator_answers = False
        self.passes = 0
        """How often the operator has measured the last stage, as far as we saw."""
        self.totals: list[float] = []
        """Backlog of all stages, one figure for each time we asked."""
        self.told: list[Told] = []
        self.sizes: defaultdict[str, list[Resized]] = defaultdict(list)
        """By workload, one entry for each change."""
        self.waiting: Waiting | None = None
        self.counts = 0
        """How often we have counted what waits."""
        self.peak = 0
        """The most that waited in Kafka."""
        self._broken: str | None = None
        self._changed = asyncio.Event()

    @property
    def elapsed_seconds(self) -> float:
        """Since the journal was begun."""
        return self.clock() - self.began

    def asked_operator(self, figures: Mapping[str, StageFigures], *, measured_anew: bool) -> None:
        """What the operator says now."""
        self.figures = figures
        self.operator_answers = True
        self.passes += measured_anew
        known = [stage.backlog for stage in figures.values() if stage.backlog is not None]
        if known:
            self.totals.append(sum(known))
        self._notify()

    def operator_silent(self) -> None:
        """It did not answer; what it said last is kept."""
        self.operator_answers = False
        self._notify()

    def heard(self, reason: str, message: str) -> None:
        """The operator wrote an Event."""
        self.told.append(Told(self.clock(), reason, message))
        self._notify()

    def resized(self, workload: str, replicas: int) -> None:
        """The workload is asked to have so many replicas."""
        sizes = self.sizes[workload]
        if not sizes or sizes[-1].replicas != replicas:
            sizes.append(Resized(self.clock(), replicas))
            self._notify()

    def counted(self, waiting: Waiting) -> None:
        """What waits, by our own reading."""
        self.waiting = waiting
        self.counts += 1
        self.peak = max(self.peak, waiting.kafka)
        self._notify()

    def broke(self, sentence: str) -> None:
        """Somebody who watches cannot go on: nobody shall wait in vain."""
        self._broken = sentence
        self._notify()

    async def until(self, what: str, condition: Callable[[], bool], within_seconds: float) -> None:
        """Return when the condition holds. `what` is the sentence for when it does not.

        Raises NotSeenError: not in time. Raises SandboxError: it cannot be seen any more.
        """
        try:
            async with asyncio.timeout(within_seconds):
                while not condition():
                    if self._broken is not None:
                        raise SandboxError(self._broken)
                    await self._changed.wait()
        except TimeoutError:
            raise NotSeenError(what, within_seconds) from None

    def _notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

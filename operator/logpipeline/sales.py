"""Keeping the status of every SalesEvent: what is planned, how far it is, and what is short.

It governs nothing: floors are decided upon with each pipeline. One event after the other has its turn, what
somebody changed first, then what is under way; so many events cost a bounded share of the operator.
"""

import asyncio
import time
from collections.abc import Callable
from enum import IntEnum
from typing import Final, NamedTuple, NoReturn

import structlog

from logpipeline.api.logpipeline import API_VERSION
from logpipeline.api.sale_status import Phase, SalesEventStatus
from logpipeline.api.salesevent import KIND, PLURAL
from logpipeline.assess import Assessor
from logpipeline.core.occurrence import Occurrence
from logpipeline.core.sales.news import has_drifted, is_urgent, sale_news
from logpipeline.core.sales.status import Known, refused, sale_status
from logpipeline.diary import Diary
from logpipeline.notify.events import EventRecorder, Involved
from logpipeline.report import Manner, StatusWriter
from logpipeline.telemetry import Telemetry
from logpipeline.world.objects import SaleKey, SaleObject, SpecError
from logpipeline.world.view import World

SALES: Final[Manner[SalesEventStatus]] = Manner(KIND, PLURAL, is_urgent, has_drifted)
NEAR_SECONDS: Final = 2.0
"""How often an event is looked at that is under way, or of which not all is known yet."""
FAR_SECONDS: Final = 60.0
"""How often any other is."""
_PATIENCE_SECONDS: Final = 30.0
"""So long after we began to lead a pipeline may not have been decided upon again: nothing is said anew."""


class Rank(IntEnum):
    """Whose turn comes first, of those that are due."""

    CHANGED = 0
    NEAR = 1
    FAR = 2


class Turn(NamedTuple):
    """When an event is looked at again; in monotonic seconds."""

    rank: Rank
    at: float


class SaleReporter:
    """Says of each event what there is to say, while we lead."""

    def __init__(
        self,
        world: World,
        diary: Diary,
        *,
        assessor: Assessor,
        events: EventRecorder,
        statuses: StatusWriter[SalesEventStatus],
        telemetry: Telemetry,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._world = world
        self._diary = diary
        self._assessor = assessor
        self._events = events
        self._statuses = statuses
        self._telemetry = telemetry
        self._clock = clock
        self._monotonic = monotonic
        self._turns: dict[SaleKey, Turn] = {}
        self._said: dict[SaleKey, tuple[str, SalesEventStatus]] = {}
        """What was said last of each, with its uid: also where it could not be written yet."""
        self._leads_since: float | None = None
        self._wake = asyncio.Event()
        self._log = structlog.get_logger(__name__)

    def changed(self, key: SaleKey) -> None:
        """An event appeared, went, or its spec changed."""
        self._turns[key] = Turn(Rank.CHANGED, self._monotonic())
        self._wake.set()

    def surrounded(self, namespace: str) -> None:
        """A pipeline of that namespace appeared, went, or its spec or labels changed."""
        now = self._monotonic()
        for sale in self._world.sales(namespace):
            turn = self._turns.get(sale.key, Turn(Rank.FAR, now))
            self._turns[sale.key] = turn._replace(at=min(turn.at, now))
        self._wake.set()

    def lead(self) -> None:
        """Say it from now on."""
        self._leads_since = self._monotonic()
        for key in self._world.all_sales():
            self.changed(key)

    def stand_by(self) -> None:
        """Another one says it."""
        self._leads_since = None
        for key in tuple(self._said):
            self._forget(key)

    async def run(self) -> NoReturn:
        """Look at what is due, for ever."""
        while True:
            key = self._next()
            if key is None:
                await self._rest()
                continue
            try:
                await self._look(key)
            except Exception:  # noqa: BLE001 - whatever it is, it must cost this event alone
                self._log.exception("an event could not be looked at", event=str(key))
            await asyncio.sleep(0)

    def _next(self) -> SaleKey | None:
        """The event whose turn it is; None while there is none."""
        if self._leads_since is None:
            return None
        now = self._monotonic()
        due = ((turn, key) for key, turn in self._turns.items() if turn.at <= now)
        return min(due, default=(None, None))[1]

    async def _rest(self) -> None:
        """Until a turn comes, or somebody changes something."""
        self._wake.clear()
        ahead = [turn.at for turn in self._turns.values()] if self._leads_since is not None else []
        seconds = max(0.0, min(ahead) - self._monotonic()) if ahead else None
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _look(self, key: SaleKey) -> None:
        sale, began = self._world.sale(key), self._monotonic()
        if sale is None:
            self._turns.pop(key, None)
            self._forget(key)
            return
        self._turns[key] = Turn(Rank.FAR, began + FAR_SECONDS)
        now = self._clock()
        entry = self._diary.entry(sale, now)
        known = await self._assessor.assess(sale, entry, now)
        unknown = any(share.unknown for share in known.shares)
        before = self._before(sale)
        if unknown and before is not None and self._began_lately():
            self._again(key, Turn(Rank.NEAR, began + NEAR_SECONDS))
            return
        status = _status(sale, known, before, now)
        await self._say(sale, before, status, now)
        if unknown or is_urgent(self._statuses.last(sale), status):
            self._again(key, Turn(Rank.NEAR, began + NEAR_SECONDS))
        elif known.times is not None and known.trouble is None:
            self._again(key, _turn(known.times, now, began))

    def _again(self, key: SaleKey, turn: Turn) -> None:
        """Unless somebody changed it meanwhile: then it is due already."""
        if self._turns.get(key, turn).rank is not Rank.CHANGED:
            self._turns[key] = turn

    async def _say(
        self, sale: SaleObject, before: SalesEventStatus | None, status: SalesEventStatus, now: float
    ) -> None:
        involved = Involved(API_VERSION, KIND, *sale.key, sale.uid)
        self._telemetry.planned(sale.key, status)
        for announcement in sale_news(before, status):
            await self._events.announce(involved, announcement)
        self._said[sale.key] = sale.uid, status
        await self._statuses.write(sale, status, now)

    def _before(self, sale: SaleObject) -> SalesEventStatus | None:
        """What was said of it last, by this process or by the one before it."""
        uid, status = self._said.get(sale.key, ("", None))
        return status if uid == sale.uid else self._statuses.last(sale)

    def _began_lately(self) -> bool:
        since = self._leads_since
        return since is not None and self._monotonic() - since < _PATIENCE_SECONDS

    def _forget(self, key: SaleKey) -> None:
        self._said.pop(key, None)
        self._statuses.forget(key)
        self._telemetry.forget_sale(key)


def _status(sale: SaleObject, known: Known, before: SalesEventStatus | None, now: float) -> SalesEventStatus:
    if isinstance(sale.spec, SpecError):
        assert known.trouble is not None  # noqa: S101 - the diary says why it cannot be read
        return refused(known.trouble, Phase.INVALID, before, sale.generation, now)
    return sale_status(sale.spec, known, before, sale.generation, now)


def _turn(times: Occurrence, now: float, began: float) -> Turn:
    """Soon while it is under way; before that when it begins, and now and then."""
    if times.warming <= now:
        return Turn(Rank.NEAR, began + NEAR_SECONDS)
    return Turn(
        Rank.NEAR if times.warming - now < FAR_SECONDS else Rank.FAR,
        began + min(FAR_SECONDS, times.warming - now),
    )

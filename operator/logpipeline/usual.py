"""What is usual for a pipeline: what the multiplier of an announced event multiplies.

Only where some event asks for it is anything remembered: what the brokers of Kafka know of the last weeks,
read once, slowly, and what was seen since. Of other sources it is what was seen since the operator began.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple, NoReturn

import numpy as np
import structlog

from logpipeline.core.occurrence import Announced, Occurrence, Usual
from logpipeline.core.past import STEP_SECONDS, Series
from logpipeline.core.readings import Missing, Rates, Sample
from logpipeline.core.schedule import occurrences
from logpipeline.core.usual import DAY_SECONDS, usual_of
from logpipeline.sources.base import Clock, KafkaConnection, Query, query_of
from logpipeline.sources.credentials import Credentials, Keys
from logpipeline.sources.kafka.arrivals import ArrivalsError, KafkaArrivals
from logpipeline.sources.kafka.wire import Steps
from logpipeline.store import Store
from logpipeline.telemetry import Judged
from logpipeline.world.objects import PipelineKey, PipelineObject, SaleKey, SpecError
from logpipeline.world.view import World

BACK_SECONDS: Final = 28 * DAY_SECONDS
EVERY_SECONDS: Final = 15.0
"""How often what arrives is noted."""
AGAIN_SECONDS: Final = 600.0
"""After the brokers did not tell their past."""
UNUSED_SECONDS: Final = 3_600.0
"""What no event has asked for in so long is forgotten."""

Arrivals = Callable[[KafkaConnection, Credentials], KafkaArrivals]


class _Answer(NamedTuple):
    """What was worked out, and of what."""

    at: Rates
    """Steps of the series."""
    revision: int
    windows: "Mapping[SaleKey, _Window]"
    usual: Usual | None


class _Window(NamedTuple):
    """When an event was, as far as it matters today."""

    uid: str
    generation: int
    day: int
    spans: tuple[tuple[float, float], ...]


@dataclass(slots=True)
class _Past:
    """What is known of one source."""

    pipeline: PipelineKey
    """One that reads from it at its first stage."""
    asked_at: float
    """When somebody wanted to know, in monotonic seconds."""
    series: Series = field(default_factory=Series)
    heard: bool = False
    """The brokers have told some of it: the newest."""
    read: bool = False
    """The brokers have told all they know, or have nothing to tell."""
    next_try: float = 0.0
    answers: dict[tuple[PipelineKey, str, Occurrence], _Answer] = field(default_factory=dict)


class Usuals:
    """Remembers what arrived in the sources that some event multiplies."""

    def __init__(
        self,
        world: World,
        store: Store,
        keys: Keys,
        *,
        judged: Callable[[PipelineKey], Judged | None],
        arrivals: Arrivals,
        clock: Clock = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`judged` gives the latest decision on a pipeline, and `arrivals` reads what brokers remember."""
        self._world = world
        self._store = store
        self._keys = keys
        self._judged = judged
        self._arrivals = arrivals
        self._clock = clock
        self._monotonic = monotonic
        self._pasts: dict[Query, _Past] = {}
        self._windows: Mapping[SaleKey, _Window] = {}
        self._wanted = asyncio.Event()
        self._log = structlog.get_logger(__name__)

    def __call__(self, pipeline: PipelineObject, sale: Announced) -> Usual | None:
        """What is usual for `pipeline` while `sale` lasts; None where that is not known."""
        query = _first_query(pipeline)
        if query is None:
            return None
        past = self._pasts.get(query)
        if past is None:
            past = self._pasts[query] = _Past(pipeline.key, 0.0)
            self._wanted.set()
        past.pipeline, past.asked_at = pipeline.key, self._monotonic()
        key, series = (pipeline.key, sale.name, sale.occurrence), past.series
        known = past.answers.get(key)
        if known is None or not self._holds(known, series):
            past.answers = {other: one for other, one in past.answers.items() if self._holds(one, series)}
            usual = self._usual(pipeline, series, sale.occurrence)
            known = past.answers[key] = _Answer(series.at, self._world.revision, self._windows, usual)
        return known.usual

    def pending(self, pipeline: PipelineObject) -> bool:
        """Whether the brokers are still to be asked: there may be an answer soon."""
        query = _first_query(pipeline)
        past = None if query is None else self._pasts.get(query)
        asked = past is not None and (past.heard or past.read or past.next_try > 0)
        return query is not None and isinstance(query.connection, KafkaConnection) and not asked

    async def run(self) -> NoReturn:
        """Remember, for ever."""
        async with asyncio.TaskGroup() as parts:
            parts.create_task(self._note_all())
            await self._read_all()

    async def _note_all(self) -> NoReturn:
        while True:
            oldest = self._monotonic() - UNUSED_SECONDS
            self._pasts = {query: past for query, past in self._pasts.items() if past.asked_at >= oldest}
            await self._date()
            for past in tuple(self._pasts.values()):
                self._note(past)
            await asyncio.sleep(EVERY_SECONDS)

    async def _read_all(self) -> NoReturn:
        while True:
            self._wanted.clear()
            await self._date()
            for query, past in tuple(self._pasts.items()):
                if not past.read and past.next_try <= self._monotonic():
                    await self._read(query, past)
            try:
                async with asyncio.timeout(EVERY_SECONDS):
                    await self._wanted.wait()
            except TimeoutError:
                pass

    def _holds(self, known: _Answer, series: Series) -> bool:
        """Whether an answer is of what is known now."""
        same = known.at is series.at and known.windows is self._windows
        return same and known.revision == self._world.revision

    def _usual(self, pipeline: PipelineObject, series: Series, times: Occurrence) -> Usual | None:
        """Before the first record nothing is known: it may be that nobody had made the topic yet."""
        some = np.flatnonzero(series.per_second > 0)
        if len(some) == 0:
            return None
        first, eventful = int(some[0]), list(self._eventful(pipeline))
        return usual_of(series.at[first:], series.per_second[first:], times, eventful)

    def _eventful(self, pipeline: PipelineObject) -> Iterator[tuple[float, float]]:
        """When events were that select it, as far as they are still recorded."""
        for sale in self._world.sales(pipeline.key.namespace):
            selects = not isinstance(sale.spec, SpecError) and sale.spec.pipeline_selector.matches(
                pipeline.labels
            )
            if selects and (window := self._windows.get(sale.key)) is not None:
                yield from window.spans

    async def _date(self) -> None:
        """Find out when all events of the namespaces concerned were, each once a day, one at a time."""
        now = self._clock()
        day = int(now // DAY_SECONDS)
        sales = [
            sale
            for namespace in {past.pipeline.namespace for past in self._pasts.values()}
            for sale in self._world.sales(namespace)
            if not isinstance(sale.spec, SpecError)
        ]
        windows: dict[SaleKey, _Window] = {}
        for sale in sales:
            window = self._windows.get(sale.key)
            if window is None or window[:3] != (sale.uid, sale.generation, day):
                assert not isinstance(sale.spec, SpecError)  # noqa: S101 - left out above
                found = occurrences(sale.spec, now - BACK_SECONDS, now)
                spans = tuple((one.start, one.end) for one in found)
                window = _Window(sale.uid, sale.generation, day, spans)
                await asyncio.sleep(0)
            windows[sale.key] = window
        if windows != self._windows:
            self._windows = windows

    def _note(self, past: _Past) -> None:
        """What arrives now, where it is wholly known."""
        judged = self._judged(past.pipeline)
        first = next(iter(judged.decision.stages.values()), None) if judged else None
        measures = None if first is None else first.measures
        if measures is not None and measures.arrival is not None and not measures.lower_bound:
            past.series = past.series.seen(self._clock(), float(measures.arrival.sum()))

    async def _read(self, query: Query, past: _Past) -> None:
        """What the brokers remember, the newest first: soon there is an answer, and later a better one."""
        if not isinstance(query.connection, KafkaConnection):
            past.read = True
            return
        newest = self._store.window(query).newest
        credentials = await self._keys.credentials_of(query.connection)
        if not isinstance(newest, Sample) or isinstance(credentials, Missing):
            return
        ends, count = self._clock() // STEP_SECONDS * STEP_SECONDS, int(BACK_SECONDS / STEP_SECONDS)
        steps = Steps(ends - count * STEP_SECONDS, STEP_SECONDS, count)
        try:
            async for part in self._arrivals(query.connection, credentials).back(newest.partitions, steps):
                past.series, past.heard = past.series.recalled(part.at, part.per_second), True
        except ArrivalsError as error:
            past.next_try = self._monotonic() + AGAIN_SECONDS
            self._log.warning("what is usual could not be read", pipeline=str(past.pipeline), why=str(error))
            return
        past.read = True
        self._log.info("read what is usual", pipeline=str(past.pipeline), steps=len(past.series.at))


def _first_query(pipeline: PipelineObject) -> Query | None:
    """What its first stage reads from; None where its spec cannot be read."""
    if isinstance(pipeline.spec, SpecError):
        return None
    return query_of(pipeline.spec.stages[0].source, pipeline.key.namespace)

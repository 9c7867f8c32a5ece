"""Which announced events there are, when each happens, and which concern a pipeline now.

Worked out anew only where somebody changed something, or at the next moment at which something begins or
ends: with 500 events in a namespace a tick costs a look into a dictionary.
"""

import asyncio
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from logpipeline.api.conditions import Reason
from logpipeline.api.sale import SalesEventSpec
from logpipeline.core.model import Obstacle
from logpipeline.core.occurrence import Announced, Occurrence, Upcoming
from logpipeline.core.schedule import current_or_next, problem
from logpipeline.core.timestamps import spell_time
from logpipeline.world.objects import PipelineKey, PipelineObject, SaleKey, SaleObject, SpecError
from logpipeline.world.view import World

_CANNOT_HAPPEN: Final = Obstacle(Reason.NEVER_STARTS, "No moment satisfies the schedule.")


@dataclass(frozen=True, slots=True)
class Entry:
    """When an event happens, as of one moment."""

    times: Occurrence | None
    """The time that it happens now, or next; the last one when none is to come; None where it never does."""
    following: Occurrence | None = None
    """The time after that, where there is one."""
    trouble: Obstacle | None = None
    """Why it does not happen, or will not again."""


@dataclass(frozen=True, slots=True)
class Near:
    """What of all events concerns one pipeline."""

    sales: tuple[Announced, ...] = ()
    """Those whose warming has begun, and that are not over yet."""
    upcoming: Upcoming | None = None
    """The one that starts next."""


_NOTHING: Final = Near()


class _Span(NamedTuple):
    """How long something that was worked out holds."""

    since: float
    until: float

    def holds(self, now: float) -> bool:
        return self.since <= now < self.until


class _Dated(NamedTuple):
    uid: str
    generation: int
    span: _Span
    entry: Entry


class _Page(NamedTuple):
    """The events of a namespace that happen."""

    revision: int
    span: _Span
    events: Sequence[tuple[SaleObject, SalesEventSpec, Sequence[Occurrence]]]


class _Seen(NamedTuple):
    """What concerns a pipeline."""

    page: _Page
    uid: str
    labels: Mapping[str, str]
    span: _Span
    near: Near

    def holds(self, page: _Page, pipeline: PipelineObject, now: float) -> bool:
        same = self.page is page and self.uid == pipeline.uid and self.labels == pipeline.labels
        return same and self.span.holds(now)


class Diary:
    """The events of all namespaces by their times."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._dated: dict[SaleKey, _Dated] = {}
        self._pages: dict[str, _Page] = {}
        self._seen: dict[PipelineKey, _Seen] = {}

    async def reckon(self, now: float) -> None:
        """Work all of them out, one at a time: hundreds at once would hold up everything for a second."""
        for key in self._world.all_sales():
            if (sale := self._world.sale(key)) is not None:
                self.entry(sale, now)
            await asyncio.sleep(0)

    def entry(self, sale: SaleObject, now: float) -> Entry:
        """When `sale` happens."""
        dated = self._dated.get(sale.key)
        if dated is None or dated[:2] != (sale.uid, sale.generation) or not dated.span.holds(now):
            entry = _entry(sale.spec, now)
            ends = math.inf if entry.times is None or entry.trouble else _shown_until(entry)
            dated = _Dated(sale.uid, sale.generation, _Span(now, ends), entry)
            self._dated[sale.key] = dated
        return dated.entry

    def near(self, pipeline: PipelineObject, now: float) -> Near:
        """What concerns `pipeline` now."""
        page = self._page(pipeline.key.namespace, now)
        if not page.events:
            return _NOTHING
        seen = self._seen.get(pipeline.key)
        if seen is None or not seen.holds(page, pipeline, now):
            seen = self._seen[pipeline.key] = _look(page, pipeline, now)
        return seen.near

    def _page(self, namespace: str, now: float) -> _Page:
        page = self._pages.get(namespace)
        if page is None or page.revision != self._world.sales_revision or not page.span.holds(now):
            page = self._pages[namespace] = self._write(namespace, now)
        return page

    def _write(self, namespace: str, now: float) -> _Page:
        events, sales = [], self._world.sales(namespace)
        for sale in sales:
            entry = self.entry(sale, now)
            if entry.trouble is None and not isinstance(sale.spec, SpecError):
                events.append((sale, sale.spec, [t for t in (entry.times, entry.following) if t is not None]))
        self._forget(namespace)
        ends = min((self._dated[sale.key].span.until for sale, *_ in events), default=math.inf)
        return _Page(self._world.sales_revision, _Span(now, ends), events)

    def _forget(self, namespace: str) -> None:
        """What is gone."""
        for sale in [key for key in self._dated if key.namespace == namespace]:
            if self._world.sale(sale) is None:
                del self._dated[sale]
        for pipeline in [key for key in self._seen if key.namespace == namespace]:
            if self._world.pipeline(pipeline) is None:
                del self._seen[pipeline]


def _entry(spec: SalesEventSpec | SpecError, now: float) -> Entry:
    if isinstance(spec, SpecError):
        return Entry(None, trouble=Obstacle(Reason.SPEC_INVALID, spec.message))
    trouble = problem(spec)
    times = None if trouble is not None else current_or_next(spec, now)
    if times is None:
        return Entry(None, trouble=trouble or _CANNOT_HAPPEN)
    if spec.suspend:
        trouble = Obstacle(Reason.SUSPENDED, "suspend is true: it is left out.")
    elif times.over <= now:
        text = f"All its times are past: the last one was over at {spell_time(times.over)}."
        trouble = Obstacle(Reason.NEVER_AGAIN, text)
    return Entry(times, trouble=trouble) if trouble is not None else _of_two(spec, times, now)


def _of_two(spec: SalesEventSpec, times: Occurrence, now: float) -> Entry:
    """That one and the next, which may overlap."""
    following = current_or_next(spec, times.over)
    if following is None or following.start <= times.start:
        return Entry(times)
    if following.warming <= now and times.end <= now:  # the next one matters more than a ramp down
        return Entry(following, following=times)
    return Entry(times, following=following)


def _shown_until(entry: Entry) -> float:
    """When another time of the event comes first."""
    times, following = entry.times, entry.following
    if times is None:
        return math.inf
    if following is None or following.warming >= times.over:
        return times.over
    if following.start < times.start:  # which is ramping down
        return following.over
    return max(times.end, following.warming)


def _look(page: _Page, pipeline: PipelineObject, now: float) -> _Seen:
    mine = [
        Announced(sale.key.name, spec.expected, times)
        for sale, spec, occurrences in page.events
        if spec.pipeline_selector.matches(pipeline.labels)
        for times in occurrences
    ]
    mine.sort(key=lambda announced: (announced.occurrence.start, announced.name))
    edges = [edge for each in mine for edge in _edges(each.occurrence) if edge > now]
    near = Near(
        tuple(each for each in mine if each.occurrence.warming <= now < each.occurrence.over),
        next((Upcoming(a.name, a.occurrence.start) for a in mine if a.occurrence.start > now), None),
    )
    return _Seen(page, pipeline.uid, pipeline.labels, _Span(now, min(edges, default=math.inf)), near)


def _edges(times: Occurrence) -> Iterable[float]:
    """When it begins or ceases to matter."""
    return times.warming, times.start, times.over

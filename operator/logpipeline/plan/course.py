"""The floors of a pipeline over a time to come, step by step: what the operator will decide, told ahead.

What is planned and when is asked of the very functions that decide (`core/floors/`). Replicas that are asked
for are taken to be proven ready as soon as start-ups and rebalances usually are over.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from heapq import heapify, heappop, heappush
from itertools import combinations
from types import MappingProxyType

from logpipeline.core.demand import pace_of
from logpipeline.core.floors.floor import Floor, highest
from logpipeline.core.floors.steps import STEPS
from logpipeline.core.floors.surges import announced, reaching
from logpipeline.core.floors.watch import Scene, watch_events
from logpipeline.core.memory import StageMemory
from logpipeline.core.model import Workload
from logpipeline.core.observation import Observation
from logpipeline.core.occurrence import Announced, Occurrence, Usual
from logpipeline.core.pauses import pause_seconds
from logpipeline.core.startup import start_up_seconds
from logpipeline.plan.known import KnownStage

SalesAt = Callable[[float], Sequence[Announced]]
"""The events that concern a pipeline at a moment."""
UsualOf = Callable[[Announced], Usual | None]
"""What a multiplier multiplies."""


@dataclass(frozen=True, slots=True)
class Look:
    """A stage at one moment, and until the next look."""

    at: float
    floors: tuple[Floor, ...]
    """Of each event."""

    @property
    def highest(self) -> Floor | None:
        """The one that counts; None where none asks for anything."""
        floor = highest(self.floors)
        return floor if floor is not None and floor.replicas > 0 else None

    @property
    def replicas(self) -> int:
        """The floor."""
        return 0 if self.highest is None else self.highest.replicas


@dataclass(slots=True)
class _Stand:
    """How far a stage is, as the course goes on."""

    known: KnownStage
    memory: StageMemory
    replicas: int
    ready: int
    due: list[tuple[float, int]] = field(default_factory=list)
    """When how many replicas will be proven."""
    looks: list[Look] = field(default_factory=list)

    def prove(self, at: float) -> None:
        """Take for ready what is due by then."""
        self.ready = max(self.ready, *(count for when, count in self.due if when <= at), 0)
        self.due = [each for each in self.due if each[0] > at]

    @property
    def lead(self) -> float:
        """Seconds from asking to working."""
        memory = self.memory
        return pace_of(start_up_seconds(memory), pause_seconds(memory, self.known.measures.sharing)).lead


def course_of(
    stages: Sequence[KnownStage],
    sales_at: SalesAt,
    usual_of: UsualOf,
    *,
    times: Sequence[Occurrence],
    begins: float,
    ends: float,
) -> Mapping[str, Sequence[Look]]:
    """What is asked of each stage, by its name, from `begins` to `ends`: a look whenever that changes.

    `times` are those of all events that concern the pipeline then.
    """
    stands = [_Stand(each, each.memory, each.replicas, each.ready) for each in stages]
    moments = [begins, *{at for each in times for at in _moments(each) if begins < at < ends}]
    for stand in stands:
        if stand.ready < stand.replicas:
            stand.due.append((math.ceil(begins + stand.lead), stand.replicas))
            moments.append(stand.due[0][0])
    heapify(moments)
    last = -math.inf
    while moments:
        at = heappop(moments)
        if at == last or at >= ends:
            continue
        last = at
        for proven_at in _step(stands, sales_at(at), usual_of, at):
            heappush(moments, proven_at)
    return MappingProxyType({each.known.stage.name: tuple(_merged(each.looks)) for each in stands})


def _step(
    stands: Sequence[_Stand], sales: Sequence[Announced], usual_of: UsualOf, at: float
) -> Iterator[float]:
    """One look at each stage; yields when what is asked for anew will be proven."""
    usual = {sale.name: base for sale in sales if (base := usual_of(sale)) is not None}
    surges, upstream = announced(Observation({}, tuple(sales), MappingProxyType(usual))), None
    for stand in stands:
        known, memory = stand.known, stand.known.memory_at(stand.memory, at)
        stage, measures = known.stage, replace(known.measures, at=at)
        stand.prove(at)
        surges = reaching(stage.name, surges, upstream=upstream, inflow=memory.inflow, measures=measures)
        workload = Workload("", stand.replicas, stand.ready)
        floors, stand.memory = watch_events(Scene(stage, workload, at, measures), surges, memory)
        stand.looks.append(look := Look(at, floors))
        asked = max(known.resting, look.replicas)
        if asked > stand.replicas:
            stand.due.append((math.ceil(at + stand.lead), asked))
            yield stand.due[-1][0]
        stand.replicas, stand.ready = asked, min(stand.ready, asked)
        upstream = known.outflow


def _moments(times: Occurrence) -> Iterator[float]:
    """When the floor of an event may change by time alone, to the second that comes next."""
    yield from (times.warming, times.ready, times.start, times.end, times.over)
    for place, of in combinations(range(1, STEPS + 1), 2):
        yield float(math.ceil(times.warming + place * (times.ready - times.warming) / of))
        yield float(math.ceil(times.end + place * (times.over - times.end) / of))


def _merged(looks: Sequence[Look]) -> Iterator[Look]:
    """Without those that show what the one before does: the phase of an event is no part of that."""
    before: object = None
    for look in looks:
        shown = [(floor.sale, floor.planned, floor.replicas) for floor in look.floors]
        if shown != before:
            yield look
        before = shown

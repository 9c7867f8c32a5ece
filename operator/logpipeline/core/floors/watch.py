"""What events ask of one stage by now, and what must be remembered of them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from logpipeline.api.pipeline import Stage
from logpipeline.api.sale_status import Phase
from logpipeline.core.capacity import Known, known_capacity
from logpipeline.core.demand import pace_of
from logpipeline.core.floors.floor import EventMemory, Floor, spell_expected
from logpipeline.core.floors.plan import WORTHWHILE_SHARE, Plan, beyond, bounded, needed_for, usable_of
from logpipeline.core.floors.proof import watch_proof
from logpipeline.core.floors.steps import Step, step_at, tapered
from logpipeline.core.floors.surges import Surge
from logpipeline.core.floors.tell import tell
from logpipeline.core.headroom import Pace
from logpipeline.core.limits import is_late
from logpipeline.core.memory import StageMemory
from logpipeline.core.model import Measures, Workload
from logpipeline.core.occurrence import Occurrence
from logpipeline.core.pauses import pause_seconds
from logpipeline.core.readings import Sharing
from logpipeline.core.startup import start_up_seconds

LATE_SECONDS = 60.0
"""An event that is first seen so long after its warming began was announced late."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What all events of a stage are judged by."""

    stage: Stage
    workload: Workload
    now: float
    measures: Measures | None
    """None where nothing could be measured."""


class Scales(NamedTuple):
    """What a plan is worked out with."""

    known: Known
    pace: Pace
    assignor: str | None


def watch_events(
    scene: Scene, surges: Iterable[Surge], memory: StageMemory
) -> tuple[tuple[Floor, ...], StageMemory]:
    """The floor of each event, and the memory of them. Nothing is kept of events that are over or gone."""
    mine = [surge for surge in surges if _concerns(surge, scene.stage.name)]
    if not mine:
        known = not memory.events and memory.proof is None
        return (), memory if known else replace(memory, events=(), proof=None)
    proof = watch_proof(
        memory.proof, scene.measures, scene.workload, scene.stage.scaling.consumers_per_replica
    )
    memory = replace(memory, proof=proof)
    floors, remembered = [], []
    for surge in mine:
        floor, event = _floor(scene, surge, memory, _recalled(surge, memory, scene.now))
        floors.append(floor)
        remembered.append(tell(event, floor, scene.now))
    return tuple(floors), replace(memory, events=tuple(remembered))


def _concerns(surge: Surge, stage: str) -> bool:
    """An event that announces replicas speaks of the stages that it names."""
    replicas = surge.sale.expected.replicas
    return replicas is None or stage in replicas


def _recalled(surge: Surge, memory: StageMemory, now: float) -> EventMemory:
    """What is remembered of it; nothing, where it was edited."""
    sale = surge.sale
    fresh = EventMemory(sale.name, sale.occurrence.start, spell_expected(sale.expected), since=now)
    same = (event for event in memory.events if _which(event) == _which(fresh))
    return next(same, fresh)


def _which(event: EventMemory) -> tuple[str, int, str]:
    """Times are kept to the second."""
    return event.name, int(event.start), event.expected


def _floor(scene: Scene, surge: Surge, memory: StageMemory, event: EventMemory) -> tuple[Floor, EventMemory]:
    scaling, times, now = scene.stage.scaling, surge.sale.occurrence, scene.now
    sharing = Sharing.PARTITIONED if scene.measures is None else scene.measures.sharing
    pace = pace_of(start_up_seconds(memory), pause_seconds(memory, sharing))
    scales = Scales(known_capacity(scaling, memory.learned, now), pace, memory.assignor)
    plan, event = _plan(scene, surge, scales, event)
    proof = memory.proof
    proven = None if proof is None or proof.proven is None else min(proof.proven, plan.planned)
    step = step_at(plan.planned, proven, times, now, pace.lead)
    replicas = _by_now(scene, plan.planned, step, event, times)
    return Floor(
        sale=surge.sale,
        phase=_phase(times, now, proven=0 < plan.planned <= (proven or 0)),
        per_second=surge.per_second,
        needed=plan.needed,
        planned=plan.planned,
        replicas=replicas,
        step=step.number,
        steps=step.of,
        proven=proven,
        proof="" if proof is None else proof.by,
        bound=plan.bound,
        unknown=surge.unknown,
        notes=(*surge.notes, *_notes(times, step, event)),
    ), replace(event, floor=replicas)


def _plan(scene: Scene, surge: Surge, scales: Scales, event: EventMemory) -> tuple[Plan, EventMemory]:
    """What is planned within the bounds of now.

    What was planned before is not taken back, unless a bound is lower now; nor is it where it is not known
    any more what is expected.
    """
    scaling = scene.stage.scaling
    usable = usable_of(scene.measures, scaling, scales.assignor)
    told = surge.sale.expected.replicas
    why = ""
    if told is not None:
        asked = needed = told[scene.stage.name]
    elif surge.per_second is None:
        asked = needed = 0
    else:
        fitted = needed_for(
            surge.per_second,
            scene.measures,
            scaling,
            scales.assignor,
            known=scales.known,
            pace=scales.pace,
        )
        asked, needed, why = fitted.replicas, max(fitted.replicas, fitted.needed), beyond(fitted)
    if asked > event.planned * (1 + WORTHWHILE_SHARE):
        event = replace(event, planned=asked)
    if needed <= event.planned * (1 + WORTHWHILE_SHARE):
        needed = event.planned
    plan = bounded(event.planned, needed, scaling, usable)
    return replace(plan, bound=plan.bound or why), event


def _by_now(scene: Scene, planned: int, step: Step, event: EventMemory, times: Occurrence) -> int:
    """The floor. It falls only after the end, and then not while records are late."""
    now, before = scene.now, min(event.floor, planned)
    if now < times.warming:
        return 0
    if now < times.end:
        return max(step.replicas, before)
    late = scene.measures is None or is_late(scene.measures, scene.stage.scaling)
    left = tapered(planned, times, now)
    return max(left, before) if late else left


def _phase(times: Occurrence, now: float, *, proven: bool) -> Phase:
    if now < times.start:
        return Phase.READY if proven else Phase.WARMING
    if now < times.end:
        return Phase.ACTIVE
    return Phase.RAMPING_DOWN if now < times.over else Phase.DONE


def _notes(times: Occurrence, step: Step, event: EventMemory) -> tuple[str, ...]:
    """What is not as it was meant."""
    notes = []
    late = event.since - times.warming
    if late > LATE_SECONDS:
        notes.append(f"seen {late / 60:.0f} min after its warming was to begin: as fast as possible")
    elif step.of == 1:
        notes.append("everything at once: there is no time for steps")
    return tuple(notes)

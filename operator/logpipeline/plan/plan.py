"""What there is -> what will be asked for: each stage's floors, each event's needs, and the sums."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from logpipeline.api.conditions import ConditionStatus
from logpipeline.api.pipeline import LogPipelineSpec, Stage
from logpipeline.api.sale import SalesEventSpec
from logpipeline.core.demand import pace_of
from logpipeline.core.floors.floor import Floor
from logpipeline.core.model import Statement
from logpipeline.core.occurrence import Announced, Occurrence, Usual
from logpipeline.core.pauses import pause_seconds
from logpipeline.core.sales.feasible import feasible
from logpipeline.core.sales.share import Part, Share
from logpipeline.core.schedule import occurrences
from logpipeline.core.startup import start_up_seconds
from logpipeline.core.timestamps import spell_time
from logpipeline.diary import Diary
from logpipeline.plan.course import Look, course_of
from logpipeline.plan.figures import Stretch, pod_hours, stretches
from logpipeline.plan.inventory import Inventory
from logpipeline.plan.known import KnownStage, known_stages
from logpipeline.plan.options import Options
from logpipeline.simulate.options import UnusableError
from logpipeline.world.objects import PipelineKey, PipelineObject, SaleKey, SaleObject, SpecError

HOUR = 3_600.0


@dataclass(frozen=True, slots=True)
class Period:
    """What is planned, Unix seconds."""

    begins: float
    ends: float


@dataclass(frozen=True, slots=True, eq=False)
class PlannedStage:
    """One stage over the whole period."""

    pipeline: PipelineKey
    known: KnownStage
    looks: Sequence[Look]
    """At every event; from before the period on where one was under way then."""
    course: Sequence[Stretch]
    """The floor that counts."""

    @property
    def stage(self) -> Stage:
        """What the spec says."""
        return self.known.stage

    @property
    def pod_hours(self) -> float:
        """Above minReplicas."""
        return pod_hours(self.course, self.stage.scaling.min_replicas)


@dataclass(frozen=True, slots=True)
class Need:
    """What one time of an event asks of one stage."""

    planned: PlannedStage
    floor: Floor
    """When it starts, or as far as it was planned."""
    steps: Sequence[tuple[float, int]]
    """Until then: from when on how many replicas."""
    pod_hours: float
    """Above minReplicas, while this event is the one that counts."""


@dataclass(frozen=True, slots=True)
class PlannedSale:
    """One time that an event happens."""

    key: SaleKey
    spec: SalesEventSpec
    times: Occurrence
    what_if: bool
    needs: Sequence[Need]
    feasible: Statement

    @property
    def fits(self) -> bool:
        """Nothing is known that stands in the way."""
        return self.feasible.status is not ConditionStatus.FALSE


@dataclass(frozen=True, slots=True)
class Plan:
    """All of it."""

    period: Period
    stages: Sequence[PlannedStage]
    sales: Sequence[PlannedSale]
    """By their starts."""
    notes: Sequence[str]
    """What people must know beside, in a sentence each."""
    price: float | None

    @property
    def pod_hours(self) -> float:
        """Above minReplicas, of all stages."""
        return sum(stage.pod_hours for stage in self.stages)

    def cost(self, hours: float) -> float | None:
        """Of so many pod-hours; None without a price."""
        return None if self.price is None else hours * self.price


def plan_of(inventory: Inventory, options: Options, now: float) -> Plan:
    """What will be asked for, as of `now`. Raises UnusableError."""
    begins = now if options.begins is None else options.begins
    diary = Diary(inventory.world)
    period, chosen = Period(begins, begins + options.hours * HOUR), None
    if options.event is not None:
        chosen, times = _chosen(inventory, diary, options.event, begins)
        period = Period(max(begins, times.warming), times.over)
    concerned = inventory.pipelines() if chosen is None else inventory.selected(chosen)
    stages = [
        stage
        for pipeline in concerned
        for stage in _stages(inventory, diary, pipeline, options, period, since=min(now, begins))
    ]
    sales = sorted(_sales(inventory, stages, period), key=lambda sale: (sale.times.start, sale.key))
    absent = () if chosen is not None else _absent(inventory, diary, sales, period)
    notes = [*inventory.unreadable(), *_otherwise(inventory, sales), *absent]
    return Plan(period, stages, sales, notes, options.price)


def _chosen(inventory: Inventory, diary: Diary, name: str, now: float) -> tuple[SaleObject, Occurrence]:
    found = [sale for sale in inventory.sales() if sale.key.name == name]
    if len(found) != 1:
        known = ", ".join(sorted({sale.key.name for sale in inventory.sales()})) or "none"
        where = ", ".join(sale.key.namespace for sale in found)
        why = f"it is in {where}: choose with -n" if found else f"there is no such event; known: {known}"
        raise UnusableError(f"--event {name}: {why}")
    entry = diary.entry(found[0], now)
    if entry.times is None or entry.trouble is not None:
        raise UnusableError(f"--event {name}: {entry.trouble.message if entry.trouble else 'it never is'}")
    return found[0], entry.times


def _stages(
    inventory: Inventory,
    diary: Diary,
    pipeline: PipelineObject,
    options: Options,
    period: Period,
    *,
    since: float,
) -> Iterator[PlannedStage]:
    """Each stage of a pipeline; what is under way when the period begins is followed from `since` on."""
    assert isinstance(pipeline.spec, LogPipelineSpec)  # noqa: S101 - what cannot be read is not planned
    concerning = inventory.concerning(pipeline)
    times = [each for sale in concerning for each in _occurrences(sale, period)]
    begins = max(since, min([period.begins, *(each.warming for each in times)]))
    known = known_stages(pipeline.spec, pipeline.status, since)
    usual = {sale.key.name: _usual(sale, pipeline, options) for sale in concerning}

    def sales_at(at: float) -> Sequence[Announced]:
        return diary.near(pipeline, at).sales

    courses = course_of(
        known,
        sales_at,
        lambda sale: usual.get(sale.name),
        times=times,
        begins=min(begins, period.begins),
        ends=period.ends,
    )
    for each in known:
        looks = courses[each.stage.name]
        course = stretches(looks, period.begins, period.ends)
        yield PlannedStage(pipeline.key, each, looks, course)


def _usual(sale: SaleObject, pipeline: PipelineObject, options: Options) -> Usual | None:
    """What a multiplier multiplies: as given, as the operator worked it out, or what arrives now."""
    if isinstance(sale.spec, SpecError) or sale.spec.expected.multiplier is None:
        return None
    if options.usual is not None:
        return Usual(options.usual, "rate given with --usual")
    assert isinstance(pipeline.spec, LogPipelineSpec)  # noqa: S101 - what cannot be read is not planned
    first = pipeline.key.name, pipeline.spec.stages[0].name
    if sale.status is not None and sale.status.observed_generation == sale.generation:
        for told in sale.status.stages:
            if (told.pipeline, told.stage) == first and told.per_second is not None:
                return Usual(told.per_second / sale.spec.expected.multiplier, "usual that its status tells")
    arriving = pipeline.status.stages[0] if pipeline.status and pipeline.status.stages else None
    if arriving is None or arriving.arrival_per_second is None:
        return None
    return Usual(float(arriving.arrival_per_second), "rate that arrives now, for want of history")


def _occurrences(sale: SaleObject, period: Period) -> Sequence[Occurrence]:
    if isinstance(sale.spec, SpecError) or sale.spec.suspend:
        return []
    return occurrences(sale.spec, period.begins, period.ends)


def _sales(inventory: Inventory, stages: Sequence[PlannedStage], period: Period) -> Iterator[PlannedSale]:
    for sale in inventory.sales():
        if isinstance(sale.spec, SpecError):
            continue
        mine = {pipeline.key for pipeline in inventory.selected(sale)}
        selected = [stage for stage in stages if stage.pipeline in mine]
        for times in _occurrences(sale, period) if selected or not mine else ():
            announced = Announced(sale.key.name, sale.spec.expected, times)
            needs = [need for stage in selected if (need := _need(stage, announced)) is not None]
            statement = feasible(sale.spec, times, _shares(selected, needs), {})
            yield PlannedSale(sale.key, sale.spec, times, sale.key in inventory.what_ifs, needs, statement)


def _need(stage: PlannedStage, announced: Announced) -> Need | None:
    """None where the event asks nothing of the stage, or is only seen after the period."""
    start, mine = announced.occurrence.start, []
    for look in stage.looks:
        floor = next((each for each in look.floors if each.sale == announced), None)
        if floor is not None:
            mine.append((look.at, floor))
    if not mine:
        return None
    by_start = [each for each in mine if each[0] <= start] or mine[:1]
    steps: list[tuple[float, int]] = []
    for at, floor in by_start:
        if floor.replicas > (steps[-1][1] if steps else 0):
            steps.append((at, floor.replicas))
    held = [each for each in stage.course if each.floor is not None and each.floor.sale == announced]
    hours = pod_hours(held, stage.stage.scaling.min_replicas)
    return Need(stage, by_start[-1][1], steps, hours)


def _shares(stages: Sequence[PlannedStage], needs: Sequence[Need]) -> Sequence[Share]:
    """Of each pipeline, as the operator would have them."""
    found: dict[PipelineKey, dict[str, Part]] = {stage.pipeline: {} for stage in stages}
    for need in needs:
        known = need.planned.known
        memory = known.memory
        pause = pause_seconds(memory, known.measures.sharing)
        lead = pace_of(start_up_seconds(memory), pause).lead
        found[need.planned.pipeline][known.stage.name] = Part(need.floor, known.replicas, lead)
    names: Mapping[PipelineKey, tuple[str, ...]] = {
        key: tuple(each.stage.name for each in stages if each.pipeline == key) for key in found
    }
    return [Share(key.name, names[key], parts) for key, parts in found.items()]


def _otherwise(inventory: Inventory, sales: Sequence[PlannedSale]) -> Iterator[str]:
    """Where the operator plans another count: it sees more than it tells."""
    for sale in sales:
        known = inventory.world.sale(sale.key)
        status = None if known is None else known.status
        if known is None or status is None or status.observed_generation != known.generation:
            continue
        if status.occurrence is None or status.occurrence.start != spell_time(sale.times.start):
            continue
        told = {(each.pipeline, each.stage): each.planned for each in status.stages}
        for need in sale.needs:
            name, stage = need.planned.pipeline.name, need.planned.stage.name
            count = told.get((name, stage), need.floor.planned)
            if count != need.floor.planned:
                seen = "which sees how partitions are filled and how much arrival trembles"
                yield f"{sale.key}: the operator plans {count} replicas of {name}/{stage}, {seen}"


def _absent(
    inventory: Inventory, diary: Diary, sales: Sequence[PlannedSale], period: Period
) -> Iterator[str]:
    """Events that are not in the plan, and why."""
    shown = {sale.key for sale in sales}
    for sale in inventory.sales():
        if sale.key in shown or isinstance(sale.spec, SpecError):
            continue
        entry = diary.entry(sale, period.begins)
        if entry.trouble is not None:
            yield f"{sale.key}: {entry.trouble.message}"
        elif entry.times is not None and entry.times.warming >= period.ends:
            warming = spell_time(entry.times.warming)
            yield f"{sale.key} comes later: its warming begins {warming} (--event {sale.key.name})"

"""The plan as people read it: the events, what each stage is to have, the floors over time, and the sums."""

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from itertools import pairwise

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from logpipeline.core.figures import spell_rate
from logpipeline.core.floors.floor import spell_expected
from logpipeline.plan.clock import common_zone, spell_later, spell_moment, zone_of
from logpipeline.plan.picture import picture_of
from logpipeline.plan.plan import Need, Plan, PlannedSale, PlannedStage

MOST_PICTURES = 16


def show(plan: Plan, console: Console) -> None:
    """Print all of it."""
    for shown in _parts(plan):
        console.print(shown, soft_wrap=isinstance(shown, str))


def _parts(plan: Plan) -> Iterator[RenderableType]:
    zone, name = common_zone(plan.sales)
    begins, ends = (spell_moment(at, zone) for at in (plan.period.begins, plan.period.ends))
    yield f"[bold]From {begins} to {ends}, {name}[/bold]"
    yield ""
    if plan.sales:
        yield _events(plan.sales)
        yield ""
        yield _needs(plan)
        yield ""
        yield from _findings(plan)
        yield from _pictures(plan, zone)
        yield from _bases(plan.stages)
    else:
        yield "No announced event asks for anything in this time."
    yield _sum(plan)
    yield from (f"[yellow]{_plain(note)}[/yellow]" for note in plan.notes)


def _table(*headings: str, right: Sequence[str] = ()) -> Table:
    table = Table(show_edge=False, pad_edge=False, box=None, header_style="bold")
    for heading in headings:
        table.add_column(heading, justify="right" if heading in right else "left", overflow="fold")
    return table


def _events(sales: Sequence[PlannedSale]) -> Table:
    """Times are in each event's own zone."""
    table = _table("Event", "Expected", "Zone", "Warming from", "Ready by", "Start", "End", "Over")
    for sale in sales:
        times, zone = sale.times, zone_of(sale)
        edges = (times.warming, times.ready, times.start, times.end, times.over)
        later = [spell_later(at, before, zone) for before, at in pairwise(edges)]
        table.add_row(
            Text(_name(sale)),
            spell_expected(sale.spec.expected),
            sale.spec.schedule.time_zone,
            spell_moment(times.warming, zone),
            *later,
        )
    return table


def _needs(plan: Plan) -> Table:
    figures = ("Rate", "Replicas", "Pod-hours", *(("Cost",) if plan.price is not None else ()))
    table = _table("Stage", "Event", *figures, "Floor", right=figures)
    for sale in plan.sales:
        for need in sale.needs:
            floor, cost = need.floor, plan.cost(need.pod_hours)
            table.add_row(
                _place(need.planned),
                Text(sale.key.name),
                "" if floor.per_second is None else spell_rate(floor.per_second),
                f"{floor.planned}" if floor.planned >= floor.needed else f"{floor.planned} of {floor.needed}",
                f"{need.pod_hours:.1f}",
                *(() if cost is None else (f"{cost:.2f}",)),
                _steps(need, zone_of(sale)),
                style="" if floor.planned >= floor.needed else "yellow",
            )
    return table


def _steps(need: Need, zone: tzinfo) -> str:
    """`22:00 8, 22:01 16`: from when on how many."""
    before, told = need.floor.sale.occurrence.warming, []
    for at, replicas in need.steps:
        told.append(f"{spell_later(at, before, zone)} {replicas}")
        before = at
    return ", ".join(told) or "none"


def _findings(plan: Plan) -> Iterator[RenderableType]:
    """What the operator would say of each event."""
    for sale in plan.sales:
        style, mark = ("", "") if sale.fits else ("yellow", f"{sale.feasible.reason}: ")
        yield Text(f"{sale.key.name}: {mark}{sale.feasible.message}", style=style)
    yield ""


def _pictures(plan: Plan, zone: tzinfo) -> Iterator[RenderableType]:
    shown = [stage for stage in plan.stages if any(each.replicas for each in stage.course)]
    for stage in shown[:MOST_PICTURES]:
        least, most = stage.stage.scaling.min_replicas, stage.stage.scaling.max_replicas
        yield Text.assemble((_place(stage), "bold"), f", {least} to {most} replicas: the floor")
        yield picture_of(stage, plan.period, zone)
    if len(shown) > MOST_PICTURES:
        yield f"And {len(shown) - MOST_PICTURES} more stages: -o json has them all."
        yield ""


def _bases(stages: Sequence[PlannedStage]) -> Iterator[RenderableType]:
    """What the figures rest on."""
    for stage in stages:
        if stage.known.notes and any(each.replicas for each in stage.course):
            yield Text(f"{_place(stage)}: {'; '.join(stage.known.notes)}", style="dim")


def _sum(plan: Plan) -> str:
    cost = plan.cost(plan.pod_hours)
    money = "" if cost is None else f", which cost {cost:.2f}"
    return f"[bold]{plan.pod_hours:.1f} pod-hours above minReplicas{money}[/bold]"


def _place(stage: PlannedStage) -> str:
    return f"{stage.pipeline}/{stage.stage.name}"


def _name(sale: PlannedSale) -> str:
    return f"{sale.key.name} (what if)" if sale.what_if else sale.key.name


def _plain(text: str) -> str:
    return text.replace("[", r"\[")

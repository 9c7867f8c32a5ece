"""A picture: panels above each other on one axis, and what was said beneath. Out comes an SVG.

It has a ground of its own and takes its colours from the simulator's report, dark ones where the reader's
page is dark; it asks for no font and no script.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from typing import NamedTuple

from tools.pictures.axes import Axis

WIDTH, LEFT, RIGHT = 800, 58, 20
HEADING, BETWEEN, FOOT, MARGIN = 22, 16, 20, 14
LINE_HEIGHT, LETTERS, INDENT = 15, 118, 16
USED = ("card", "ink", "soft", "faint", "line", "grid", "ours", "blue", "violet", "amber", "red")
"""Colours by their names in the report; an area takes the soft one of its line."""
STYLE = (
    "text{font:12px system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;fill:var(--soft)}"
    "text.said{font:10.5px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:var(--ink)}"
    "text.head{font-weight:600}.grid{stroke:var(--grid)}.axis{stroke:var(--faint)}"
    ".curve{fill:none;stroke-width:1.8;stroke-linejoin:round}"
    ".thin{stroke-width:1.3}.dotted{stroke-dasharray:2 3}"
    ".limit{stroke:var(--red);stroke-dasharray:5 4}text.limit{fill:var(--red);stroke:none}"
    ".mark{stroke:var(--card);stroke-width:1.2;fill:var(--ink)}"
    "text.number{fill:var(--ink);font-weight:600;font-size:11px}.ground{fill:var(--card);stroke:var(--line)}"
)


class Point(NamedTuple):
    """A number at a moment, or at another number."""

    x: float
    y: float


class Mark(NamedTuple):
    """A decision."""

    x: float
    y: float
    before: float
    """What it was until then."""
    line: str
    """Why it was made."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One series of a panel."""

    told: str
    """What it is, for the legend."""
    colour: str
    points: Sequence[Point]
    steps: bool = False
    """It stays as it is until the next point."""
    filled: bool = False
    style: str = ""
    """`thin`, `dotted`."""


@dataclass(frozen=True, slots=True)
class Panel:
    """Series that share a scale."""

    heading: str
    axis: Axis
    curves: Sequence[Curve]
    height: int = 110
    limits: Sequence[tuple[float, str]] = ()
    """Lines across, with what they are."""
    marks: Sequence[Mark] = ()
    """Those that are on the picture have a number, and their lines are beneath it. One panel has them."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One idea."""

    title: str
    """For those who do not see it."""
    axis: Axis
    panels: Sequence[Panel]


def drawn(picture: Picture) -> str:
    """The picture as SVG."""
    parts: list[str] = []
    top = MARGIN
    for panel in picture.panels:
        parts += _panel(panel, picture.axis, top)
        top += HEADING + panel.height + FOOT + BETWEEN
    said = [mark.line for panel in picture.panels for mark in _on(picture.axis, panel.marks)]
    for number, line in enumerate(said, start=1):
        parts.append(_text(MARGIN, top, str(number), "number"))
        for text in folded(line):
            parts.append(_text(MARGIN + INDENT, top, text, "said"))
            top += LINE_HEIGHT
    height = top if said else top - BETWEEN // 2
    ground = f'<rect class="ground" x=".5" y=".5" width="{WIDTH - 1}" height="{height - 1}" rx="10"/>'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
            f"<title>{escape(picture.title)}</title>",
            f"<style>{_colours()}{STYLE}</style>",
            ground,
            *parts,
            "</svg>\n",
        ]
    )


def folded(line: str) -> Sequence[str]:
    """A decision's line in several where it is too long for one, between its parts."""
    first, *rest = line.split("; ")
    lines = [first]
    for part in rest:
        if len(lines[-1]) + len(part) + 2 > LETTERS:
            lines[-1] += ";"
            lines.append(part)
        else:
            lines[-1] += f"; {part}"
    return lines


def _panel(panel: Panel, across: Axis, top: int) -> Iterator[str]:
    roof, floor = top + HEADING, top + HEADING + panel.height
    yield _text(LEFT, top + 10, panel.heading, "head")
    yield from _legend(panel.curves, top + 10)
    for tick in panel.axis.ticks:
        y = panel.axis.place(tick, floor, roof)
        yield _line(LEFT, y, WIDTH - RIGHT, y, "grid")
        yield _text(LEFT - 7, y + 4, panel.axis.spell(tick), "", "end")
    for tick in across.ticks:
        x = _x(across, tick)
        yield _line(x, roof, x, floor, "grid")
        yield _text(x, floor + 15, across.spell(tick), "", "end" if x > WIDTH - RIGHT - 15 else "middle")
    yield _line(LEFT, floor, WIDTH - RIGHT, floor, "axis")
    for curve in panel.curves:
        yield from _curve(curve, panel.axis, across, roof=roof, floor=floor)
    for at, told in panel.limits:
        y = panel.axis.place(at, floor, roof)
        yield _line(LEFT, y, WIDTH - RIGHT, y, "limit")
        yield _text(WIDTH - RIGHT - 4, y - 5, told, "limit", "end")
    for number, mark in enumerate(_on(across, panel.marks), start=1):
        x, y = _x(across, mark.x), panel.axis.place(mark.y, floor, roof)
        rising = mark.y > mark.before
        yield f'<circle class="mark" cx="{x:.1f}" cy="{y:.1f}" r="4"/>'
        yield _text(x - 7 if rising else x + 6, y - 5, str(number), "number", "end" if rising else "start")


def _on(across: Axis, marks: Sequence[Mark]) -> Sequence[Mark]:
    return [mark for mark in marks if across.low <= mark.x <= across.high]


def _legend(curves: Sequence[Curve], y: float) -> Iterator[str]:
    """From the right to the left: letters are taken to be 6.1 pixels wide."""
    x: float = WIDTH - RIGHT
    for curve in reversed([curve for curve in curves if curve.told]):
        yield _text(x, y, curve.told, "", "end")
        x -= 6.1 * len(curve.told) + 6
        yield _path(f"M{x - 16:.0f},{y - 4:.0f}h16", curve)
        x -= 16 + 18


def _curve(curve: Curve, axis: Axis, across: Axis, *, roof: int, floor: int) -> Iterator[str]:
    places = [(_x(across, x), axis.place(y, floor, roof)) for x, y in _within(curve, across)]
    (first, begin), *rest = places
    joined = "".join(f"H{x:.1f}V{y:.1f}" if curve.steps else f"L{x:.1f},{y:.1f}" for x, y in rest)
    if curve.filled:
        path = f"M{first:.1f},{floor}V{begin:.1f}{joined}V{floor}Z"
        yield f'<path d="{path}" fill="var(--{curve.colour}-soft)"/>'
    yield _path(f"M{first:.1f},{begin:.1f}{joined}", curve)


def _within(curve: Curve, across: Axis) -> Sequence[Point]:
    """The part that is on the picture; a count that stays as it is goes on from one edge to the other."""
    inside = [point for point in curve.points if across.low <= point.x <= across.high]
    if not curve.steps:
        return inside
    before = [point for point in curve.points if point.x < across.low][-1:]
    begun = [Point(across.low, point.y) for point in before]
    return [*begun, *inside, Point(across.high, [*before, *inside][-1].y)]


def _x(across: Axis, value: float) -> float:
    return across.place(value, LEFT, WIDTH - RIGHT)


def _path(path: str, curve: Curve) -> str:
    return f'<path class="curve {curve.style}" style="stroke:var(--{curve.colour})" d="{path}"/>'


def _line(x: float, y: float, to_x: float, to_y: float, kind: str) -> str:
    return f'<path class="{kind}" d="M{x:.1f},{y:.1f}L{to_x:.1f},{to_y:.1f}"/>'


def _text(x: float, y: float, text: str, kind: str, anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _colours() -> str:
    """Those of the report's page that are used here, light and dark."""
    page = files("logpipeline.sim.report").joinpath("assets", "page.css").read_text(encoding="utf-8")
    light, dark = (_declared(page, selector) for selector in (":root", ':root[data-theme="dark"]'))
    return f":root{{{light}}}@media(prefers-color-scheme:dark){{:root{{{dark}}}}}"


def _declared(page: str, selector: str) -> str:
    found = re.search(rf"^{re.escape(selector)} \{{(.*?)\}}", page, re.MULTILINE | re.DOTALL)
    if found is None:
        raise LookupError(f"page.css has no {selector}: the pictures take their colours from there")
    declared = re.findall(r"--(([a-z]+)(?:-soft)?): (#\w+);", found[1])
    return "".join(f"--{name}:{colour};" for name, base, colour in declared if base in USED)

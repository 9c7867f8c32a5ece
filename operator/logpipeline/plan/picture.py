"""The floors of a stage as a picture in characters: time to the right, replicas upwards."""

import math
from collections.abc import Sequence
from datetime import tzinfo
from itertools import groupby

from rich.text import Text

from logpipeline.plan.clock import spell_clock
from logpipeline.plan.figures import Stretch
from logpipeline.plan.plan import Period, PlannedStage

COLUMNS, ROWS = 72, 6
STEP_SECONDS = 300.0
"""A column is a multiple of it wide, unless the whole period is shorter than so many columns."""
_EIGHTHS = " ▁▂▃▄▅▆▇█"
_LABEL_EVERY = 12
_GUTTER = 6
_FLOOR, _LEAST, _AXIS = "cyan", "blue", "dim"


def picture_of(planned: PlannedStage, period: Period, zone: tzinfo, columns: int = COLUMNS) -> Text:
    """The highest floor within each column, or minReplicas where that is more; lines end with a newline."""
    least = planned.stage.scaling.min_replicas
    width = column_seconds(period, columns)
    count = math.ceil((period.ends - period.begins) / width)
    floors = [_highest(planned.course, period.begins + place * width, width) for place in range(count)]
    top = max(*floors, least, 1)
    text = Text()
    for row in range(ROWS, 0, -1):
        label = {ROWS: str(top), 1: "0"}.get(row, "")
        text.append(f"{label:>{_GUTTER - 2}} ┤" if label else f"{'':>{_GUTTER - 2}} │", style=_AXIS)
        for above, run in groupby(floors, lambda floor: floor > least):
            bars = "".join(_cell(max(floor, least), top, row) for floor in run)
            text.append(bars, style=_FLOOR if above else _LEAST)
        text.append("\n")
    text.append(
        f"{'':>{_GUTTER - 2}} └{'┬'.ljust(_LABEL_EVERY, '─') * (count // _LABEL_EVERY + 1)}"[
            : _GUTTER + count
        ],
        style=_AXIS,
    )
    text.append("\n")
    labels = "".join(
        spell_clock(period.begins + place * width, zone).ljust(_LABEL_EVERY)
        for place in range(0, count - len("00:00") + 1, _LABEL_EVERY)
    )
    text.append(f"{'':>{_GUTTER}}{labels.rstrip()}\n", style=_AXIS)
    return text


def column_seconds(period: Period, columns: int = COLUMNS) -> float:
    """How much time a column shows."""
    seconds = period.ends - period.begins
    if seconds <= columns * STEP_SECONDS:
        return math.ceil(seconds / columns / 60) * 60.0
    return math.ceil(seconds / columns / STEP_SECONDS) * STEP_SECONDS


def _highest(course: Sequence[Stretch], begins: float, width: float) -> int:
    """Within a column: a step that is shorter than one is not lost."""
    inside = [each.replicas for each in course if each.begins < begins + width and each.ends > begins]
    return max(inside, default=0)


def _cell(value: int, top: int, row: int) -> str:
    """What of a bar is seen in a row, counted from below; as much as a bar of any height shows something."""
    eighths = max(round(value / top * ROWS * 8), 1) if value else 0
    return _EIGHTHS[min(max(eighths - (row - 1) * 8, 0), 8)]

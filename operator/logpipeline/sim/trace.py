"""Traces: files that say how many requests came in each step, with the columns `time` and `requests`."""

import csv
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, TextIO

import numpy as np

from logpipeline.core.timestamps import spell_time
from logpipeline.sim.traffic import Traffic, TrafficError

TIME, REQUESTS = "time", "requests"
MOST = 1e15
"""Requests that may come in one step: beyond that sums lose single ones."""
TOLERATED = 1e-3
"""By this share of a step a row may be early or late."""


class Row(NamedTuple):
    """One step of a trace."""

    line: int
    """In the file, from 1."""
    at: float
    """When it begins, Unix seconds."""
    requests: float


def read_trace(path: Path) -> Traffic:
    """What a CSV file says came. Its rows are in order and evenly apart; some may be left out.

    `time` is ISO 8601 and UTC where it names no other zone; `requests` is the count of the step that begins
    then. Other columns are not looked at. Raises TrafficError with the line of what cannot be used.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(_rows(path, file))
    except OSError as error:
        raise TrafficError(f"{path} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise TrafficError(f"{path} is no text: write it as UTF-8") from None
    if len(rows) < 2:  # noqa: PLR2004 - a step is the time between two
        raise TrafficError(f"{path} has {len(rows)} rows: two are needed to know how long a step is")
    step = _step_of(path, rows)
    starts, counts = np.array([row.at for row in rows]), np.array([row.requests for row in rows])
    return Traffic(str(path), starts, counts, step)


def read_moment(text: str) -> float:
    """Unix seconds of an ISO 8601 time; UTC where it names no zone. Raises ValueError with a sentence."""
    try:
        moment = datetime.fromisoformat(text.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise ValueError(f"{text[:40]!r} is no time: write it as 1998-06-24T12:00:00Z") from None


def _rows(path: Path, file: TextIO) -> Iterator[Row]:
    header: list[str] | None = None
    lines = csv.reader(file)
    try:
        for cells in lines:
            if header is None:
                header = _header(path, cells)
            elif any(cell.strip() for cell in cells):
                yield _row(path, lines.line_num, dict(zip(header, cells, strict=False)))
    except csv.Error as error:
        raise TrafficError(f"{path}, line {lines.line_num}: {error}") from None
    if header is None:
        raise TrafficError(f"{path} is empty: its first line must be `{TIME},{REQUESTS}`")


def _header(path: Path, cells: Sequence[str]) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    for name in (TIME, REQUESTS):
        if names.count(name) != 1:
            problem = "has no" if name not in names else "has more than one"
            raise TrafficError(f"{path}, line 1: {problem} column `{name}`; write `{TIME},{REQUESTS}`")
    return names


def _row(path: Path, line: int, cells: dict[str, str]) -> Row:
    where = f"{path}, line {line}"
    try:
        at = read_moment(cells.get(TIME, ""))
    except ValueError as error:
        raise TrafficError(f"{where}: {error}") from None
    text = cells.get(REQUESTS, "")
    try:
        requests = float(text)
    except ValueError:
        requests = math.nan
    if not 0 <= requests <= MOST:
        raise TrafficError(
            f"{where}: {text[:40]!r} is no count of requests: write a number from 0 to {MOST:g}"
        )
    return Row(line, at, requests)


def _step_of(path: Path, rows: Sequence[Row]) -> float:
    """The usual distance of two rows, of which every distance is a multiple; the smallest of several."""
    for before, after in pairwise(rows):
        if after.at <= before.at:
            told, earlier = spell_time(after.at), spell_time(before.at)
            raise TrafficError(f"{path}, line {after.line}: {told} is not later than {earlier} before it")
    distances = Counter(round(after.at - before.at, 6) for before, after in pairwise(rows))
    step = min(distances, key=lambda distance: (-distances[distance], distance))
    for before, after in pairwise(rows):
        steps = (after.at - before.at) / step
        if round(steps) < 1 or abs(steps - round(steps)) > TOLERATED:
            raise TrafficError(
                f"{path}, line {after.line}: begins {after.at - before.at:g} s after the line before, "
                f"while steps are {step:g} s long: leave steps out, or make all of one length"
            )
    return step

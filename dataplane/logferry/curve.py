"""A rate that changes over time: how many records are due by when.

Between two points the rate is linear, so what is due is the area below the line and no rounding piles up,
however long a generator runs.
"""

import csv
import math
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from logferry.durations import parse_duration
from logferry.errors import UsageError


@dataclass(frozen=True, slots=True)
class Curve:
    """Points (seconds, records/s) in order of time, the first at 0; two at the same time make a step.

    After the last point its rate goes on.
    """

    points: tuple[tuple[float, float], ...]
    _times: tuple[float, ...] = field(init=False, repr=False, compare=False)
    _totals: tuple[float, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _check(self.points)
        totals = [0.0]
        for (start, before), (end, after) in pairwise(self.points):
            totals.append(totals[-1] + (end - start) * (before + after) / 2)
        object.__setattr__(self, "_times", tuple(seconds for seconds, _ in self.points))
        object.__setattr__(self, "_totals", tuple(totals))

    @property
    def seconds(self) -> float:
        """When the last point is reached."""
        return self.points[-1][0]

    def rate(self, seconds: float) -> float:
        """Records per second at a time."""
        (start, before), (end, after) = self._segment(seconds)
        if end <= start:
            return after
        return before + (after - before) * (seconds - start) / (end - start)

    def records_until(self, seconds: float) -> int:
        """Records due from the start until a time: the integral of the rate, rounded down."""
        if seconds <= 0:
            return 0
        index = bisect_right(self._times, seconds) - 1
        start, before = self.points[index]
        area = self._totals[index] + (seconds - start) * (before + self.rate(seconds)) / 2
        return math.floor(area + 1e-6)

    def _segment(self, seconds: float) -> tuple[tuple[float, float], tuple[float, float]]:
        index = bisect_right(self._times, seconds) - 1
        last = len(self.points) - 1
        return self.points[max(0, index)], self.points[min(last, index + 1)]


def _check(points: tuple[tuple[float, float], ...]) -> None:
    if not points or points[0][0] != 0:
        raise UsageError("a rate curve begins at 0s, such as '0s:500 30s:500 31s:20000'")
    if any(later < earlier for (earlier, _), (later, _) in pairwise(points)):
        raise UsageError("the times of a rate curve go forward: sort its points by time")
    if any(not 0 <= rate < math.inf for _, rate in points):
        raise UsageError("a rate is a number of records per second, 0 or more")


def constant(rate: float) -> Curve:
    """The same rate for ever."""
    return Curve(((0.0, rate),))


def parse_curve(text: str) -> Curve:
    """A curve from points like `0s:500 30s:500 31s:200000`, or from the CSV file of that name.

    Raises UsageError with the point or line that is wrong.
    """
    if text.endswith(".csv"):
        return _read_csv(Path(text))
    return Curve(tuple(_parse_point(part) for part in text.split()))


def _parse_point(text: str) -> tuple[float, float]:
    time, colon, rate = text.partition(":")
    if not colon:
        raise UsageError(
            f"'{text}' is not a point of a rate curve: write time:records-per-second, as in 30s:500"
        )
    return parse_duration(time), _parse_rate(rate)


def _parse_rate(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UsageError(f"'{text}' is not a rate: write a number of records per second") from None


def _read_csv(path: Path) -> Curve:
    try:
        with path.open(newline="", encoding="utf-8") as lines:
            return _from_steps(list(_read_steps(path, lines)))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the rate curve {path} cannot be read: {error}") from error


def _read_steps(path: Path, lines: Iterable[str]) -> Iterable[tuple[float, float]]:
    for number, row in enumerate(csv.DictReader(lines), start=2):
        try:
            yield datetime.fromisoformat(row["time"]).timestamp(), float(row["requests"])
        except (KeyError, TypeError, ValueError):
            raise UsageError(
                f"{path}, line {number}: expected the columns time (ISO 8601) and requests (a count)"
            ) from None


def _from_steps(steps: list[tuple[float, float]]) -> Curve:
    """A file counts requests per step; each becomes a flat piece. The last is as long as the one before."""
    if len(steps) < 2:  # noqa: PLR2004  a step is as long as the way to the next
        raise UsageError("a rate curve needs at least two lines, or nobody knows how long one lasts")
    origin = steps[0][0]
    ends = [start for start, _ in steps[1:]]
    ends.append(2 * ends[-1] - steps[-2][0])
    points: list[tuple[float, float]] = []
    for (start, requests), end in zip(steps, ends, strict=True):
        if end <= start:
            raise UsageError("the times of a rate curve go forward: sort its lines by time")
        rate = requests / (end - start)
        points += [(start - origin, rate), (end - origin, rate)]
    return Curve(tuple(points))

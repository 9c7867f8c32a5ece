"""Series of a run, made short enough for a page and yet as high as they were."""

import numpy as np

from logpipeline.sim.track import Series

BUCKETS = 720
"""Points of a curve: one a minute in twelve hours, and more than most screens can tell apart."""
FIGURES_KEPT = 4
"""Significant figures of what is drawn."""

Points = list[float]
Steps = list[tuple[float, float]]


def bucket_edges(rows: int, buckets: int = BUCKETS) -> Series:
    """(B+1,) indexes at which buckets of as equal a size as can be begin and end."""
    edges: Series = np.linspace(0, rows, min(rows, buckets) + 1).round().astype(np.float64)
    return edges


def tops(series: Series, buckets: int = BUCKETS) -> Points:
    """(B,) the most in each bucket: no peak is lost."""
    begins = bucket_edges(len(series), buckets)[:-1].astype(np.int64)
    return [_short(value) for value in np.maximum.reduceat(series, begins)]


def means(series: Series, buckets: int = BUCKETS) -> Points:
    """(B,) the mean in each bucket."""
    edges = bucket_edges(len(series), buckets).astype(np.int64)
    return [_short(value) for value in np.add.reduceat(series, edges[:-1]) / np.diff(edges)]


def moments(at: Series, begins: float, buckets: int = BUCKETS) -> Points:
    """(B,) when each bucket begins, seconds since the run did. A row tells of the time before it."""
    rows = bucket_edges(len(at), buckets)[:-1].astype(np.int64)
    before = np.append(begins, at[:-1])
    return [round(float(value), 1) for value in before[rows] - begins]


def steps(at: Series, series: Series, begins: float) -> Steps:
    """Each change of a count, with the seconds since the run began; the first row is a change."""
    changed = np.flatnonzero(np.diff(series, prepend=np.nan) != 0)
    return [(round(float(at[row] - begins), 1), float(series[row])) for row in changed]


def _short(value: float) -> float:
    return float(f"{float(value):.{FIGURES_KEPT}g}")

"""What happened in one run: a row every few seconds for each stage, and every change of a count."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logpipeline.core.model import Applied
from logpipeline.core.readings import Rates

Series = NDArray[np.float64]
"""(N,) figures, one for each row of the run."""


@dataclass(frozen=True, slots=True)
class Change:
    """A count that a policy changed."""

    at: float
    """Unix seconds."""
    before: int
    after: int
    line: str
    """Why, in one line."""
    rules: tuple[Applied, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class StageTrack:
    """One stage over the run. Series are (N,), as the run's `at`."""

    name: str
    arrival: Series
    """Records/s that arrived since the row before."""
    consumed: Series
    """Records/s that were processed since the row before."""
    backlog: Series
    """Records that wait, in truth."""
    oldest_seconds: Series
    """Age of the oldest record that waits, in truth."""
    wanted: Series
    """Replicas asked for."""
    pods: Series
    """Replicas that exist: from their creation to their end."""
    ready: Series
    """Replicas that work."""
    needed: Series
    """Replicas that the arrival of this row needs at least, with these partitions and the true capacity."""
    changes: tuple[Change, ...]
    records: float
    """Records processed in all."""
    replica_seconds: float
    """Of pods, from their creation to their end."""
    capacity: float
    """Records/s of one replica, in truth."""
    rebalances: int
    partition_arrival: Rates | None = None
    """(P,) mean records/s of each partition; None where the source has none."""


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """One run: a policy, a seed, and what came of it."""

    policy: str
    seed: int
    alert_backlog: int
    """Records in the whole pipeline from which on someone is paged."""
    at: Series
    """(N,) Unix seconds of the rows, evenly apart."""
    stages: Mapping[str, StageTrack]
    """In the order of the pipeline."""

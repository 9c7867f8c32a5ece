"""What a run is judged by. A stage has figures of its own; those of the run are about all stages together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import groupby

import numpy as np

from logpipeline.sim.track import StageTrack, Track

LATE_SECONDS = 60.0
"""A record that has waited longer is late."""


@dataclass(frozen=True, slots=True)
class StageFigures:
    """How one stage did."""

    minutes_late: float
    """Minutes in which its oldest record had waited for more than a minute."""
    max_age_seconds: float
    """The longest that any record had waited."""
    max_backlog_records: float
    """The most records that waited at once."""
    replica_hours: float
    """Of its pods, from their creation to their end."""
    rebalances: int
    """How often its group was dealt anew."""
    efficiency: float
    """Records / what its pods could have taken in all their hours. Cannot be more than 1."""
    records: float
    """Records that it processed."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How a pipeline did in one run, or in the mean of several."""

    minutes_above_threshold: float
    """Minutes in which more records than `alerts.backlog` waited in all stages together."""
    minutes_late: float
    """Minutes in which the oldest record of some stage had waited for more than a minute."""
    max_age_seconds: float
    """The longest that a record had waited in any stage."""
    max_backlog_records: float
    """The most records that waited at once, in all stages together."""
    replica_hours: float
    """Of all pods, from their creation to their end."""
    rebalances: float
    """How often groups were dealt anew."""
    efficiency: float
    """Records / (capacity * replica-hours * 3,600). Cannot be more than 1. With several stages: the time for
    which their records keep replicas busy / the time of all pods."""

    def as_json(self) -> dict[str, float]:
        """By name."""
        return asdict(self)


FIGURES = tuple(field.name for field in fields(Figures))
"""Their names, in order."""


def figures_of(track: Track) -> Figures:
    """The figures of a run as a whole."""
    stages = tuple(track.stages.values())
    backlog = np.sum([stage.backlog for stage in stages], axis=0)
    oldest = np.max([stage.oldest_seconds for stage in stages], axis=0)
    minutes = row_seconds(track) / 60
    return Figures(
        minutes_above_threshold=float(np.count_nonzero(backlog > track.alert_backlog)) * minutes,
        minutes_late=float(np.count_nonzero(oldest > LATE_SECONDS)) * minutes,
        max_age_seconds=float(oldest.max(initial=0.0)),
        max_backlog_records=float(backlog.max(initial=0.0)),
        replica_hours=sum(stage.replica_seconds for stage in stages) / 3_600,
        rebalances=sum(stage.rebalances for stage in stages),
        efficiency=_efficiency(stages),
    )


def stage_figures_of(track: Track) -> Mapping[str, StageFigures]:
    """The figures of each stage, by its name."""
    minutes = row_seconds(track) / 60
    return {
        name: StageFigures(
            minutes_late=float(np.count_nonzero(stage.oldest_seconds > LATE_SECONDS)) * minutes,
            max_age_seconds=float(stage.oldest_seconds.max(initial=0.0)),
            max_backlog_records=float(stage.backlog.max(initial=0.0)),
            replica_hours=stage.replica_seconds / 3_600,
            rebalances=stage.rebalances,
            efficiency=_efficiency((stage,)),
            records=stage.records,
        )
        for name, stage in track.stages.items()
    }


def row_seconds(track: Track) -> float:
    """How far the rows of a run are apart; 0 where there is only one."""
    return float(track.at[1] - track.at[0]) if len(track.at) > 1 else 0.0


def replica_hours_between(track: Track, begins: float, ends: float) -> float:
    """Of all pods within this time, Unix seconds."""
    within = (track.at > begins) & (track.at <= ends)
    pods = sum(float(stage.pods[within].sum()) for stage in track.stages.values())
    return pods * row_seconds(track) / 3_600


@dataclass(frozen=True, slots=True)
class Summary:
    """The runs of one policy: their mean, and how far apart they were."""

    policy: str
    runs: int
    mean: Figures
    least: Figures
    most: Figures


def summary_of(policy: str, runs: Sequence[Figures]) -> Summary:
    """Mean and extremes of runs, of which there is at least one."""
    columns = {name: [getattr(run, name) for run in runs] for name in FIGURES}
    return Summary(
        policy,
        len(runs),
        mean=Figures(**{name: sum(column) / len(column) for name, column in columns.items()}),
        least=Figures(**{name: min(column) for name, column in columns.items()}),
        most=Figures(**{name: max(column) for name, column in columns.items()}),
    )


def summaries_of(tracks: Iterable[Track]) -> tuple[Summary, ...]:
    """The figures of each policy, whose runs follow each other."""
    return tuple(
        summary_of(policy, [figures_of(track) for track in runs])
        for policy, runs in groupby(tracks, key=lambda track: track.policy)
    )


def _efficiency(stages: Iterable[StageTrack]) -> float:
    """Busy seconds / seconds of pods; 0 without pods. Of one stage it is records / (capacity * seconds)."""
    worked = paid = 0.0
    for stage in stages:
        worked += stage.records / stage.capacity
        paid += stage.replica_seconds
    return worked / paid if paid > 0 else 0.0

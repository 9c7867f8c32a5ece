"""KEDA with a kafka trigger, and cron triggers for the hours that are known to be busy.

Source: KEDA 2.18, the page "Cron", and `pkg/scalers/cron_scaler.go`: from `start` to `end` the metric is
`desiredReplicas`, otherwise 1, and its `AverageValue` target is 1. The HPA takes the largest proposal of all
triggers; a stage that sleeps is woken when its window begins. Otherwise as `keda`.

In its favour: the windows are made of what will truly arrive, as if every day had been announced, also where
a scenario says that nobody announced anything. A window is an unbroken time of whole hours of the clock that
are busier than the mean hour, and asks for the replicas that its own mean needs, with the head room that did
best on ordinary days (docs/peers.md).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from logpipeline.sim.policies.hpa import SYNC_SECONDS, Metric
from logpipeline.sim.policies.keda import ScaledObject, scaled_objects
from logpipeline.sim.policies.stages import StageFacts, facts_of
from logpipeline.sim.policy import Seen, Wish
from logpipeline.sim.setting import Setting

NAME = "keda-cron"
HOUR_SECONDS = 3_600
LOOKED_AT_SECONDS = 60
"""How finely the arrivals of an hour are looked at."""
LAG_SECONDS, UTILIZATION = 7.0, 0.8
"""The threshold, as in `keda`, and the head room of a window, that did best on ordinary days."""


@dataclass(frozen=True, slots=True)
class CronTrigger:
    """One window; a cron trigger that fires once in the run."""

    start: float
    """Unix seconds."""
    end: float
    """Unix seconds."""
    desired_replicas: int

    def is_active(self, now: float) -> bool:
        """Whether `now` lies in it."""
        return self.start <= now < self.end

    def metric(self, now: float) -> Metric:
        """What the HPA gets at `now`."""
        return Metric(float(self.desired_replicas) if self.is_active(now) else 1.0, 1.0)


@dataclass(slots=True)
class KedaCronPolicy:
    """A ScaledObject with several triggers for each stage."""

    objects: Mapping[str, ScaledObject]
    crons: Mapping[str, Sequence[CronTrigger]]
    name: str = NAME
    every_seconds: float = SYNC_SECONDS

    def wish(self, now: float, seen: Mapping[str, Seen]) -> Mapping[str, Wish]:
        """One sync, and every other time a poll."""
        wishes = {}
        for name, sight in seen.items():
            scaled, crons = self.objects[name], self.crons[name]
            active = [cron for cron in crons if cron.is_active(now)]
            count = scaled.count(now, sight, [cron.metric(now) for cron in crons], called=bool(active))
            if count != sight.workload.replicas:
                announced = "".join(f"; cron {cron.desired_replicas}" for cron in active)
                wishes[name] = Wish(count, f"lagThreshold {scaled.trigger.lag_threshold:,.0f}{announced}")
        return wishes


def windows(
    facts: StageFacts, start: float, seconds: float, utilization: float = UTILIZATION
) -> tuple[CronTrigger, ...]:
    """The busy hours of one stage in a run that begins at `start`, Unix seconds, and lasts so long.

    The replicas of a window are to be busy by `utilization` in its mean.
    """
    moments = np.arange(LOOKED_AT_SECONDS / 2, seconds, LOOKED_AT_SECONDS)
    arrival = np.array([facts.arrival(float(moment)) for moment in moments])
    hours = (start + moments) // HOUR_SECONDS
    means = {hour: float(arrival[hours == hour].mean()) for hour in np.unique(hours).tolist()}
    usual = float(np.mean(list(means.values()))) if means else 0.0
    crons = []
    for busy, run in groupby(means, key=lambda hour: means[hour] > usual):
        if not busy:
            continue
        within = list(run)
        rate = float(np.mean([means[hour] for hour in within]))
        begins, ends = within[0] * HOUR_SECONDS, (within[-1] + 1) * HOUR_SECONDS
        crons.append(CronTrigger(begins, ends, math.ceil(rate / (utilization * facts.capacity))))
    return tuple(crons)


def keda_cron(
    setting: Setting, lag_seconds: float = LAG_SECONDS, utilization: float = UTILIZATION
) -> KedaCronPolicy:
    """KEDA with kafka and cron triggers in `setting`."""
    seconds = setting.scenario.until.total_seconds()
    crons = {
        name: windows(facts, setting.start, seconds, utilization) for name, facts in facts_of(setting).items()
    }
    return KedaCronPolicy(scaled_objects(setting, lag_seconds), crons)

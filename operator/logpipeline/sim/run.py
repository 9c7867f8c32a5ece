"""One policy in one setting, on a virtual clock."""

import math

import numpy as np

from logpipeline.sim.plant import Plant
from logpipeline.sim.policy import Policy
from logpipeline.sim.recorder import Recorder
from logpipeline.sim.setting import Setting
from logpipeline.sim.track import Track

ROW_SECONDS = 5


def run(setting: Setting, policy: Policy, *, row_seconds: int = ROW_SECONDS) -> Track:
    """Play `setting` under `policy` and keep a row every `row_seconds`; the same again gives the same track.

    Where the scenario ends within a row, that row is played to its end.
    """
    scenario, plant = setting.scenario, Plant(setting)
    recorders = {
        stage.name: Recorder(
            name=stage.name,
            station=plant.stations[stage.name],
            capacity=scenario.capacity(stage),
            most=stage.scaling.max_replicas,
            row_seconds=row_seconds,
        )
        for stage in setting.spec.stages
    }
    rows = math.ceil(scenario.until.total_seconds() / row_seconds)
    restarts = {int(restart.total_seconds()) for restart in scenario.restarts}
    next_look = policy.every_seconds
    for second in range(1, rows * row_seconds + 1):
        plant.advance()
        if second in restarts:
            plant.restart_measuring()
        if second >= next_look:
            next_look += policy.every_seconds
            _ask(policy, plant)
        for recorder in recorders.values():
            recorder.look()
    return Track(
        policy=policy.name,
        seed=setting.seed,
        alert_backlog=setting.spec.alerts.backlog,
        at=setting.start + row_seconds * np.arange(1.0, rows + 1.0),
        stages={name: recorder.track() for name, recorder in recorders.items()},
    )


def _ask(policy: Policy, plant: Plant) -> None:
    """Let the policy look, and do what it wishes."""
    for name, wish in policy.wish(plant.now, plant.seen()).items():
        plant.scale(name, wish.replicas, policy.name, wish.line, wish.rules)

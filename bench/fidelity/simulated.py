"""The scenario in the simulator, with what the real side was found to be."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np

from bench.fidelity.real import Played
from bench.fidelity.recording import Recording, Sight
from logpipeline.sim.policies.logpipeline import NAME, TICK_SECONDS, LogPipelinePolicy, logpipeline
from logpipeline.sim.policy import Seen, Wish
from logpipeline.sim.run import run
from logpipeline.sim.scenario import Scenario
from logpipeline.sim.traffic import Traffic
from logpipeline.sim.truth import TopicTruth
from logpipeline.simulate.subject import Subject

SIDE = "simulated"


@dataclass(slots=True)
class Watched:
    """This operator, watched by somebody who looks once a second, as on the real side."""

    operator: LogPipelinePolicy
    stage: str
    start: float
    sights: list[Sight] = field(default_factory=list)
    name: str = NAME
    """The field manager of its writes: the operator must find the count to be its own."""
    every_seconds: float = 1.0

    def wish(self, now: float, seen: Mapping[str, Seen]) -> Mapping[str, Wish]:
        """Look; the operator is asked in its own interval."""
        sight = Sight.of(seen[self.stage])
        if sight is not None:
            self.sights.append(sight)
        due = round(now - self.start) % round(TICK_SECONDS) == 0
        return self.operator.wish(now, seen) if due else {}


def play(subject: Subject, seed: int) -> Recording:
    """What the simulator makes of it."""
    setting = subject.setting(seed)
    (stage,) = setting.spec.stages
    watched = Watched(logpipeline(setting), stage.name, setting.start)
    track = run(setting, watched, row_seconds=1)
    return Recording(SIDE, setting.start, watched.sights, track.stages[stage.name].changes)


def subject_of(scenario: Scenario, played: Played) -> Subject:
    """The scenario with what the real side was found to be.

    Counted or measured there: what came in each second, the shares of the partitions, and how long pods took
    to start. All else is what the real side was configured to, and in the scenario.
    """
    (stage,) = scenario.pipeline.stages
    real = played.recording
    at = np.append(real.start, real.at(round(scenario.until.total_seconds())))
    produced = real.produced(at)
    counts, shares = np.diff(produced.sum(axis=1)), produced[-1] - produced[0]
    traffic = Traffic("as counted on the real side", at[:-1], counts, step_seconds=1.0)
    truth = scenario.truth(stage)
    topic = TopicTruth(name=stage.name, partitions=len(shares), weights=tuple(shares / shares.sum()))
    starts = np.array(played.start_up_seconds)
    found = {
        "topics": (topic,),
        "start_up": timedelta(seconds=float(starts.mean())) - truth.rebalance.pause,
        "start_up_spread": timedelta(seconds=float(starts.std())),
    }
    stages = {stage.name: truth.model_copy(update=found)}
    return Subject(
        scenario.model_copy(update={"stages": stages, "arrivals": ()}), traffic.curve(), real.start, traffic
    )

"""What was asked for -> what is played: a scenario, what arrives, and from when."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from pydantic import ValidationError

from logpipeline.api.pipeline import Stage
from logpipeline.sim.arrivals import Arrivals, curve_of
from logpipeline.sim.sales import NONE, Sales
from logpipeline.sim.scenario import Scenario
from logpipeline.sim.setting import Setting, start_of
from logpipeline.sim.trace import read_trace
from logpipeline.sim.traffic import Traffic, TrafficError
from logpipeline.sim.truth import StageTruth
from logpipeline.simulate.announced import announced
from logpipeline.simulate.documents import read_pipeline, read_scenario, sentences
from logpipeline.simulate.options import EventOptions, Options, TrafficOptions, TruthOptions, UnusableError

ORDINARY: Mapping[str, Any] = {"skew": 0.12, "measuring": {"noise": 0.05}}
"""What a pipeline is in truth where neither scenario nor option says so, beside a stage's defaults."""
BUSY_AT_FIRST = 0.7
"""Share of their capacity that the replicas of the beginning are busy."""
LONGEST_SECONDS = 31 * 86_400
"""A run that is longer takes hours, and says no more."""


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """What is played, whatever the policy and the seed."""

    scenario: Scenario
    arrivals: Arrivals
    start: float
    """Unix seconds."""
    traffic: Traffic | None
    """Where the arrivals were counted; None where the scenario says what arrives."""
    sales: Sales = NONE
    """What is announced."""
    notes: tuple[str, ...] = ()
    """What is not as it may have been meant, in a sentence each."""

    @property
    def ends(self) -> float:
        """When it is over, Unix seconds."""
        return self.start + self.scenario.until.total_seconds()

    @property
    def dated(self) -> bool:
        """Whether its time of day means something."""
        return self.traffic is not None or self.scenario.begins is not None

    def setting(self, seed: int) -> Setting:
        """What is played with one seed."""
        return Setting(self.scenario, self.arrivals, self.start, seed, self.sales)


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """Traffic that was counted, and what else is known where it was."""

    traffic: Traffic
    topics: tuple[Mapping[str, Any], ...] = ()
    """The topics of the first stage, as a scenario tells them; none where the traffic does not know."""


def subject_of(options: Options, counted: Counted | None = None) -> Subject:
    """What is played. `counted` is traffic that had to be asked for elsewhere. Raises UnusableError."""
    scenario = _scenario(options)
    try:
        told = counted or _trace(options.traffic)
        if told is None:
            return _with_events(_by_itself(scenario, options), options.events)
        subject, earlier = _with_traffic(scenario, told, options)
        return _with_events(subject, options.events, earlier)
    except TrafficError as error:
        raise UnusableError(str(error)) from None


def _with_events(subject: Subject, events: EventOptions, earlier: Traffic | None = None) -> Subject:
    """With what is announced, and what that brings. `earlier` is known of the time before, too."""
    told = announced(events, subject.arrivals, subject.start, subject.ends, earlier)
    return replace(subject, arrivals=told.arrivals, sales=told.sales, notes=told.notes)


def _by_itself(scenario: Scenario, options: Options) -> Subject:
    asked = options.traffic
    if not scenario.arrivals:
        path = options.scenario or options.pipeline
        raise UnusableError(f"{path} does not say what arrives: give --trace FILE")
    if (asked.begins, asked.ends, asked.peak_replicas) != (None, None, None):
        raise UnusableError(
            "--from, --to and --scale-peak-to are about traffic that was counted: give --trace"
        )
    return Subject(scenario, curve_of(scenario.arrivals), start_of(scenario), None)


def _with_traffic(scenario: Scenario, told: Counted, options: Options) -> tuple[Subject, Traffic]:
    """The subject, and what was counted before it begins and after it."""
    traffic, whole = _cut(told.traffic, options, scenario)
    seconds = int(traffic.ends - traffic.begins)
    if seconds > LONGEST_SECONDS:
        days = f"{seconds / 86_400:.0f} days"
        raise UnusableError(f"{traffic.source} is {days} long: give --from and --to, 31 days at most")
    curve = traffic.curve()
    changes: dict[str, Any] = {"until": timedelta(seconds=seconds)}
    if options.scenario is None:
        changes["stages"] = _begun(scenario, told.topics, curve(0.0), options.truth)
    return Subject(scenario.model_copy(update=changes), curve, traffic.begins, traffic), whole


def _trace(options: TrafficOptions) -> Counted | None:
    return None if options.trace is None else Counted(read_trace(options.trace))


def _scenario(options: Options) -> Scenario:
    """The scenario by itself, its traffic aside."""
    if options.scenario is not None:
        scenario = read_scenario(options.scenario)
        if options.pipeline is not None:
            spec = read_pipeline(options.pipeline)[1]
            scenario = _valid(scenario.model_copy(update={"pipeline": spec}), {})
        return _with_truth(scenario, options.truth)
    if options.pipeline is None:
        raise UnusableError(
            "nothing is said of the pipeline: give a scenario, or --pipeline FILE and --trace FILE"
        )
    name, spec = read_pipeline(options.pipeline)
    stages = {stage.name: StageTruth.model_validate(ORDINARY) for stage in spec.stages}
    until = timedelta(hours=1)  # until it is known how long the traffic is
    return _with_truth(Scenario(name=name[:100], pipeline=spec, stages=stages, until=until), options.truth)


def _with_truth(scenario: Scenario, truth: TruthOptions) -> Scenario:
    """With what was given on the command line, in every stage."""
    given = {
        "capacity": truth.capacity,
        "partitions": truth.partitions,
        "skew": truth.skew,
        "replicas": truth.replicas,
        "start_up": truth.start_up,
        "commit_every": truth.commit_every,
        "nodes": truth.nodes,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    rebalance = {"protocol": truth.protocol, "pause": truth.pause}
    stages = {}
    for stage in scenario.pipeline.stages:
        known = scenario.truth(stage).model_dump()
        known |= changes
        if truth.protocol is not None:
            del known["rebalance"]["pause"]  # it is as usual with the protocol, unless it is given
        known["rebalance"] |= {name: value for name, value in rebalance.items() if value is not None}
        if truth.noise is not None:
            known["measuring"]["noise"] = truth.noise
        stages[stage.name] = known
    return _valid(scenario, {"stages": stages})


def _valid(scenario: Scenario, changes: Mapping[str, Any]) -> Scenario:
    try:
        return Scenario.model_validate(scenario.model_dump() | dict(changes))
    except ValidationError as error:
        raise UnusableError("\n".join(sentences(error))) from None


def _cut(traffic: Traffic, options: Options, scenario: Scenario) -> tuple[Traffic, Traffic]:
    """What is played, and all that was counted, both as large as was asked for."""
    asked = options.traffic
    part = traffic.between(asked.begins, asked.ends)
    if asked.peak_replicas is None:
        return part, traffic
    if not math.isfinite(asked.peak_replicas):
        raise UnusableError(f"--scale-peak-to {asked.peak_replicas}: give a number of replicas, such as 40")
    scaled = part.peaking_at(asked.peak_replicas * scenario.capacity(scenario.pipeline.stages[0]))
    return scaled, replace(traffic, counts=traffic.counts * (scaled.peak / part.peak))


def _begun(
    scenario: Scenario, topics: tuple[Mapping[str, Any], ...], rate: float, truth: TruthOptions
) -> Mapping[str, StageTruth]:
    """The stages with as many replicas as keep up at the beginning, and the first with its topics."""
    stages = dict(scenario.stages)
    first, passed = scenario.pipeline.stages[0], rate
    if topics and truth.partitions is None:
        stages[first.name] = StageTruth.model_validate(stages[first.name].model_dump() | {"topics": topics})
    for stage in scenario.pipeline.stages:
        known = stages[stage.name]
        if truth.replicas is None:
            count = _enough(stage, passed, scenario.capacity(stage))
            stages[stage.name] = known.model_copy(update={"replicas": count})
        passed *= known.output_ratio
    return stages


def _enough(stage: Stage, rate: float, capacity: float) -> int:
    scaling = stage.scaling
    wanted = math.ceil(rate / (capacity * BUSY_AT_FIRST))
    return max(scaling.min_replicas, min(wanted, scaling.max_replicas))

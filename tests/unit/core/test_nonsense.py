"""Whatever a source tells, in whatever order: nothing fails, and nothing shrinks on nonsense."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logpipeline.api.conditions import Reason
from logpipeline.api.pipeline import LogPipelineSpec
from logpipeline.api.status import LogPipelineStatus
from logpipeline.core.decide import decide
from logpipeline.core.decision import Verdict
from logpipeline.core.memory import Memory
from logpipeline.core.model import Workload
from logpipeline.core.observation import Observation, StageObservation
from logpipeline.core.outcome import Done, remember_outcome
from logpipeline.core.readings import (
    Doubt,
    Group,
    GroupState,
    Missing,
    PartitionId,
    Reading,
    Recalled,
    Sample,
    Sharing,
)
from logpipeline.core.status import memory_of, status_of
from logpipeline.core.window import Window
from tests.unit.core.given import NOW, flow, missing, observation, sample, seen, spec, stage, workload

NAMES = tuple(PartitionId(topic, number) for topic in ("a", "b") for number in range(3))
COUNTS = st.one_of(st.integers(0, 5_000), st.sampled_from([-(2**62), -7, 2**53 + 1, 2**62]))
RATES = st.sampled_from([0.0, 3.5, 1e6, 1e300, -1.0, math.nan, math.inf])
ENDS = st.one_of(st.floats(0, 5_000), st.sampled_from([math.nan, 2.0**62]))
STEPS = st.sampled_from([5.0, 5.0, 5.0, 0.0, -5.0, 0.5, 30.0, 61.0, 299.0, 1_000.0, -4_000.0])
GROUPS = st.builds(
    Group, st.sampled_from(GroupState), st.sampled_from([None, "range", "x"]), st.integers(0, 9)
)
DOUBTS = st.sampled_from([(), (), (), (Doubt(Reason.ARRIVAL_UNKNOWN, "nobody tells"),)])
DURATIONS = st.sampled_from(["1s", "5m", "7d"])


def arrays(draw: st.DrawFn, values: st.SearchStrategy[Any], size: int, kind: type) -> Any:  # noqa: ANN401
    return np.array(draw(st.lists(values, min_size=size, max_size=size)), dtype=kind)


@st.composite
def pasts(draw: st.DrawFn) -> tuple[Recalled, ...]:
    ages = draw(st.sampled_from([(), (), (300, 60, 40, 10), (2_000, 5)]))
    names = tuple(sorted(draw(st.sets(st.sampled_from(NAMES)))))
    return tuple(Recalled(NOW - age, names, arrays(draw, ENDS, len(names), float)) for age in ages)


@st.composite
def samples(draw: st.DrawFn, past: tuple[Recalled, ...]) -> Sample:
    names = tuple(sorted(draw(st.one_of(st.just(NAMES), st.sets(st.sampled_from(NAMES))))))
    size = len(names)
    return Sample(
        NOW,
        draw(st.sampled_from(Sharing)),
        names,
        arrays(draw, COUNTS, size, np.int64),
        arrays(draw, COUNTS, size, np.int64),
        missing=draw(st.sampled_from([(), (), (), (PartitionId("c", 0),)])),
        estimated=draw(st.booleans()),
        oldest_at=draw(st.none() | st.floats(NOW - 1e6, NOW + 1e6)),
        group=draw(st.none() | GROUPS),
        counted=draw(st.sampled_from([True, True, True, False])),
        arrival_per_second=draw(st.none() | RATES),
        lost=arrays(draw, st.sampled_from([0, 0, 9, 2**62]), size, np.int64) if draw(st.booleans()) else None,
        past=draw(st.sampled_from([past, past, ()])),
        doubts=draw(DOUBTS),
    )


@st.composite
def readings(draw: st.DrawFn) -> tuple[tuple[float, Reading], ...]:
    """Steps in time, and what is told after each."""
    past = draw(pasts())
    told = st.one_of(samples(past), samples(past), samples(past), st.just(missing()))
    return tuple(draw(st.lists(st.tuples(STEPS, told), min_size=1, max_size=12)))


@st.composite
def specs(draw: st.DrawFn) -> LogPipelineSpec:
    low = draw(st.sampled_from([0, 1, 5]))
    fallback = draw(st.sampled_from([{}, {"fallback": {"replicas": 5, "after": "1s"}}]))
    scaling: Mapping[str, Any] = {
        "mode": draw(st.sampled_from(["Auto", "Auto", "Advise", "Paused"])),
        "minReplicas": low,
        "maxReplicas": draw(st.sampled_from([max(1, low), 10_000])),
        "activationBacklog": draw(st.sampled_from([0, 1_000_000_000])),
        "drainWithin": draw(DURATIONS),
        "targetUtilizationPercent": draw(st.sampled_from([None, 1, 100])),
        "capacity": {"recordsPerSecond": draw(st.sampled_from([1, 20_000]))},
        "consumersPerReplica": draw(st.sampled_from([1, 1_000])),
    }
    if fallback and scaling["maxReplicas"] < 5:
        fallback = {}
    return spec(stage(**scaling | fallback), backlog=draw(st.sampled_from([1, 1_000_000_000_000])))


@dataclass
class Skeptic:
    """Judges by the readings alone whether the newest is a ground for fewer replicas."""

    at: float = -math.inf
    known: dict[tuple[PartitionId, str], int] = field(default_factory=dict)

    def is_nonsense(self, reading: Reading) -> bool:
        """It is missing, partial, doubted, out of order, new, or one of its counters went back."""
        if isinstance(reading, Missing):
            return True
        anew = not self.at < reading.at <= self.at + 900
        self.at = reading.at
        nonsense = bool(anew or reading.missing or reading.doubts or not reading.partitions)
        if not reading.counted:
            told = reading.arrival_per_second
            return nonsense or told is None or not math.isfinite(told) or told < 0
        before = {} if anew else self.known
        now = {
            (partition, which): int(count)
            for which, counters in (("produced", reading.produced), ("consumed", reading.consumed))
            for partition, count in zip(reading.partitions, counters, strict=True)
        }
        self.known = before | now
        return nonsense or any(key not in before or before[key] > count for key, count in now.items())


@dataclass
class Operator:
    """What the operator does with a pipeline, from reading to reading."""

    of: LogPipelineSpec
    workload: Workload
    memory: Memory = field(default_factory=Memory)
    window: Window = field(default_factory=Window)
    status: LogPipelineStatus | None = None

    def told(self, reading: Reading, now: float) -> None:
        self.window = self.window.extended(reading)
        what = Observation(MappingProxyType({"index": StageObservation(self.window, self.workload)}))
        decision = decide(self.of, what, self.memory, now)
        self.status, self.memory = status_of(self.of, what, decision, self.status, 1), decision.memory
        asked = decision.stages["index"]
        if asked.verdict is not Verdict.HOLD and asked.replicas is not None and "Auto" in str(self.of):
            done = Done(self.workload.replicas, asked.replicas)
            known, _ = remember_outcome(self.memory.stages["index"], "index", asked, done, now)
            self.memory = replace(self.memory, stages=MappingProxyType({"index": known}))
            self.workload = replace(self.workload, replicas=asked.replicas, managers=("logpipeline",))

    @property
    def wanted(self) -> int:
        assert self.status is not None
        counts = self.status.stages[0].replicas
        assert counts is not None
        assert counts.wanted is not None
        return counts.wanted


def numbers(value: object) -> Iterator[float]:
    if isinstance(value, Mapping):
        for each in value.values():
            yield from numbers(each)
    elif isinstance(value, list):
        for each in value:
            yield from numbers(each)
    elif isinstance(value, (int, float)):
        yield value


def assert_can_be_written(status: LogPipelineStatus | None) -> None:
    """As the CRD has it: 64 bits for each number, none of which is NaN; and it reads back as the same."""
    assert status is not None
    dumped = status.model_dump(mode="json", by_alias=True, exclude_none=True)
    assert LogPipelineStatus.model_validate(dumped) == status
    assert all(isinstance(number, int) and -(2**63) <= number < 2**63 for number in numbers(dumped))
    figures = status.stages[0].model_dump(exclude_none=True)
    assert all(number >= 0 for number in numbers(figures))


WORKLOADS = st.builds(Workload, st.just("uid-1"), st.integers(0, 30), st.none() | st.integers(0, 30))


@given(specs(), readings(), WORKLOADS, st.sampled_from([None, 1, 3]), st.booleans())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nothing_shrinks_on_nonsense(
    of: LogPipelineSpec,
    told: tuple[tuple[float, Reading], ...],
    work: Workload,
    restarts_at: int | None,
    old: bool,  # noqa: FBT001 - drawn
) -> None:
    operator, skeptic, at = Operator(of, work), Skeptic(), NOW
    for position, (step, each) in enumerate(told):
        at += step
        reading = replace(each, at=at)
        if position == restarts_at and operator.status is not None:
            operator.memory, operator.window = memory_of(of, operator.status, at), Window()
            skeptic = Skeptic()
        if old:
            operator.memory = long_watched(operator.memory, at)
        runs = operator.workload.replicas
        operator.told(reading, at)
        assert_can_be_written(operator.status)
        if skeptic.is_nonsense(reading):
            bound = of.stages[0].scaling.max_replicas
            fewest = runs if isinstance(reading, Missing) else min(runs, bound)
            assert operator.wanted >= fewest, reading


FORGOTTEN: Mapping[str, Any] = {"wants": (), "written_at": None, "starting_since": None}


def long_watched(memory: Memory, now: float) -> Memory:
    """No memory of earlier wants, and no youth, speaks against a smaller count."""
    stages = {
        name: replace(each, since=now - 1e6, whole_at=each.whole_at or now, **FORGOTTEN)
        for name, each in memory.stages.items()
    }
    return replace(memory, stages=MappingProxyType(stages))


IDLE = flow(lambda at: 60 * at, lambda at: 60 * at, count=6, partitions=NAMES)
LAST = IDLE[-1]
assert isinstance(LAST, Sample)
NONSENSE: Mapping[str, Reading] = {
    "missing": missing(),
    "partial": replace(LAST, missing=(PartitionId("c", 0),)),
    "doubted": replace(LAST, doubts=(Doubt(Reason.PARTITION_REWOUND, "a group was reset"),)),
    "losing": replace(LAST, lost=np.array([0, 0, 7, 0, 0, 0])),
    "truncated": replace(LAST, produced=LAST.produced - 1000, consumed=LAST.consumed - 1000),
    "one log truncated": replace(LAST, produced=LAST.produced - np.array([0, 0, 1000, 0, 0, 0])),
    "one group reset": replace(LAST, consumed=LAST.consumed - np.array([0, 0, 0, 0, 0, 301])),
    "empty": sample(NOW, [], []),
    "other partitions": replace(LAST, partitions=tuple(PartitionId("d", number) for number in range(6))),
    "one more partition": sample(
        NOW, [*LAST.produced, 5], [*LAST.consumed, 5], partitions=(*NAMES, PartitionId("c", 0))
    ),
    "no counters": sample(NOW, [0], [0], counted=False),
    "a rate that is none": sample(NOW, [0], [0], counted=False, arrival_per_second=math.nan),
    "an endless rate": sample(NOW, [0], [0], counted=False, arrival_per_second=math.inf),
    "from before": replace(LAST, at=NOW - 3600),
}


@pytest.mark.parametrize("name", NONSENSE)
@pytest.mark.parametrize("of", [spec(stage()), spec(stage(minReplicas=0, activationBacklog=10**9))])
def test_what_would_shrink_is_held_by(name: str, of: LogPipelineSpec) -> None:
    """Twenty replicas for six records a second: with a sound reading in its place they go."""
    newest = NONSENSE[name]

    def wanted(reading: Reading) -> int | None:
        what = observation(index=seen((*IDLE[:-1], reading), workload(20)))
        known = long_watched(decide(of, what, Memory(), reading.at).memory, reading.at)
        return decide(of, what, known, reading.at).stages["index"].replicas

    assert wanted(LAST) == 10
    assert wanted(newest) == 20

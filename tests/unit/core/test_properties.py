"""What holds whatever is measured: bounds, monotony, sameness, and that nothing fails."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from logpipeline.api.pipeline import LogPipelineSpec, Stage
from logpipeline.api.status import Confidence
from logpipeline.core.capacity import Full, Known, Learned
from logpipeline.core.decide import decide
from logpipeline.core.decision import Decision, StageDecision
from logpipeline.core.demand import demand
from logpipeline.core.evaluate import evaluate
from logpipeline.core.fit import fit
from logpipeline.core.flow import Inflow
from logpipeline.core.headroom import Pace
from logpipeline.core.markers import Markers
from logpipeline.core.memory import Memory
from logpipeline.core.model import Measures, Workload
from logpipeline.core.observation import Observation
from logpipeline.core.readings import Group, GroupState, Missing, PartitionId, Reading, Sample, Sharing
from logpipeline.core.status import memory_of, status_of
from logpipeline.core.window import window_of
from tests.unit.core.given import (
    NOW,
    STABLE,
    Readings,
    measures,
    missing,
    observation,
    sample,
    scaling,
    seen,
    spec,
    stage,
)

NOTHING: Mapping[str, Any] = MappingProxyType({})
COUNTS = st.one_of(st.integers(0, 5_000), st.integers(0, 2**60))
GROUPS = st.sampled_from(
    [None, STABLE, Group(GroupState.REBALANCING, None, 1), Group(GroupState.STABLE, "range", 3)]
)
NAMES = [PartitionId(topic, number) for topic in "ab" for number in range(3)]


@st.composite
def readings(draw: st.DrawFn, at: float) -> Reading:
    if draw(st.integers(0, 9)) == 0:
        return missing(at)
    known = sorted(draw(st.sets(st.sampled_from(NAMES))))
    gone = sorted(draw(st.sets(st.sampled_from(NAMES), max_size=2)) - set(known))
    size = len(known)
    produced, consumed = (draw(st.lists(COUNTS, min_size=size, max_size=size)) for _ in range(2))
    return Sample(
        at,
        draw(st.sampled_from(Sharing)),
        tuple(known),
        np.array(produced, dtype=np.int64),
        np.array(consumed, dtype=np.int64),
        missing=tuple(gone),
        oldest_at=draw(st.none() | st.floats(NOW - 1000, NOW + 10)),
        group=draw(GROUPS),
    )


@st.composite
def windows(draw: st.DrawFn) -> Readings:
    ages = draw(st.lists(st.sampled_from([0, 5, 5, 10, 15, 60, 61, 300, 899]), min_size=1, max_size=8))
    return tuple(draw(readings(NOW - age)) for age in sorted(ages, reverse=True))


@st.composite
def stages(draw: st.DrawFn, name: str = "index") -> Stage:
    low = draw(st.integers(0, 8))
    made = stage(
        minReplicas=low,
        maxReplicas=draw(st.integers(max(1, low), 20)),
        capacity={"recordsPerSecond": draw(st.sampled_from([1, 100, 20_000]))},
        consumersPerReplica=draw(st.integers(1, 3)),
    )
    target = made.scale_target_ref.model_copy(update={"name": f"log-{name}"})
    return made.model_copy(update={"name": name, "scale_target_ref": target})


def specs() -> st.SearchStrategy[LogPipelineSpec]:
    """Of one stage, or of two, the second of which is told what will come of the first."""
    return st.one_of(stages().map(spec), st.builds(spec, stages(), stages("store")))


RATES_KNOWN = st.floats(0.1, 1e6)
SECONDS_AGO = st.integers(0, 90_000).map(lambda seconds: NOW - seconds)
LESSONS = st.fixed_dictionaries(
    {},
    optional={
        "learned": st.builds(Learned, RATES_KNOWN, st.floats(0, 360), st.none() | SECONDS_AGO, SECONDS_AGO),
        "full": st.builds(Full, st.integers(1, 30), st.floats(0, 1e6), st.booleans()),
        "inflow": st.builds(
            Inflow, SECONDS_AGO, st.floats(0, 1e9), st.floats(0, 1e9), st.floats(0, 10), st.booleans()
        ),
        "markers": st.builds(Markers, st.frozensets(st.sampled_from(NAMES)), st.integers(0, 30_000)),
        "assignor": st.sampled_from(["range", "roundrobin", "cooperative-sticky"]),
        "start_up_seconds": st.floats(0, 300),
        "rebalance_seconds": st.floats(0, 60),
        "at_work_since": SECONDS_AGO,
    },
)
"""What a stage may have learned before: capacity, saturation, flow, markers, times."""


WORKLOADS = st.builds(
    Workload,
    st.just("uid-1"),
    st.integers(0, 30),
    st.none() | st.integers(0, 30),
    st.sampled_from([(), ("logpipeline",), ("helm",)]),
)


def observed(of: LogPipelineSpec, window: Readings, work: Workload) -> Observation:
    return observation(**{each.name: seen(window, work) for each in of.stages})


def decided(of: LogPipelineSpec, window: Readings, work: Workload, known: Memory | None = None) -> Decision:
    return decide(of, observed(of, window, work), known or watched(of, window, work), NOW)


def watched(
    of: LogPipelineSpec, window: Readings, work: Workload, lessons: Mapping[str, Any] = NOTHING
) -> Memory:
    """A memory that is old enough for every rule to have its say."""
    memory = decide(of, observed(of, window, work), Memory(), NOW).memory
    old = {"since": NOW - 86_400, "wants": (), **lessons}
    return replace(memory, stages={name: replace(each, **old) for name, each in memory.stages.items()})


def only(decision: Decision) -> StageDecision:
    return decision.stages["index"]


@given(specs(), windows(), WORKLOADS, LESSONS)
@settings(max_examples=300, deadline=None)
def test_counts_are_within_their_bounds_unless_nothing_is_known(
    of: LogPipelineSpec, window: Readings, work: Workload, lessons: Mapping[str, Any]
) -> None:
    decision = decided(of, window, work, watched(of, window, work, lessons))
    for each in of.stages:
        made, bounds = decision.stages[each.name], each.scaling
        assert made.replicas is not None
        if made.missing is not None:
            assert made.replicas == work.replicas
            continue
        assert bounds.min_replicas <= made.replicas <= bounds.max_replicas
        if made.usable is not None:
            assert made.replicas <= max(made.usable, bounds.min_replicas, work.replicas)


@given(specs(), windows(), WORKLOADS, LESSONS)
@settings(max_examples=200, deadline=None)
def test_what_is_not_wholly_known_lowers_nothing(
    of: LogPipelineSpec, window: Readings, work: Workload, lessons: Mapping[str, Any]
) -> None:
    decision = decided(of, window, work, watched(of, window, work, lessons))
    for each in of.stages:
        made, ceiling = decision.stages[each.name], each.scaling.max_replicas
        if made.measures is None or made.measures.lower_bound:
            bounds = work.replicas if made.measures is None else min(work.replicas, ceiling)
            usable = made.usable if made.usable is not None else bounds
            assert (made.replicas or 0) >= min(bounds, usable)


@given(specs(), windows(), WORKLOADS, LESSONS)
@settings(max_examples=100, deadline=None)
def test_the_same_is_decided_of_the_same(
    of: LogPipelineSpec, window: Readings, work: Workload, lessons: Mapping[str, Any]
) -> None:
    known = watched(of, window, work, lessons)
    one, other = (decided(of, window, work, known) for _ in range(2))
    for name, made in one.stages.items():
        again = other.stages[name]
        assert (made.verdict, made.replicas, made.rules) == (again.verdict, again.replicas, again.rules)
    assert one.memory == other.memory


@given(specs(), windows(), WORKLOADS, LESSONS)
@settings(max_examples=200, deadline=None)
def test_a_restart_takes_nothing_away(
    of: LogPipelineSpec, window: Readings, work: Workload, lessons: Mapping[str, Any]
) -> None:
    known = watched(of, window, work, lessons)
    status = status_of(of, observed(of, window, work), decided(of, window, work, known), None, 1)
    decision = decided(of, window[-1:], work, memory_of(of, status, NOW))
    for each in of.stages:
        after, bounds = decision.stages[each.name], each.scaling.max_replicas
        limit = min(work.replicas, bounds) if after.missing is None else work.replicas
        assert (after.replicas or 0) >= (limit if after.usable is None else min(limit, after.usable))


PARTITIONS = 6
MOVING = st.lists(
    st.tuples(st.integers(0, 3_000), st.integers(0, 3_000), st.integers(0, 10**7)),
    min_size=PARTITIONS,
    max_size=PARTITIONS,
)
"""Records/s that each partition gets and gives, and how many wait in it at the beginning."""


def moving(figures: Sequence[tuple[int, int, int]], more: Sequence[int] = (0,) * PARTITIONS) -> Readings:
    """Five minutes of it, with `more` waiting in each partition all along."""
    came, went, waits = (np.array(column) for column in zip(*figures, strict=True))
    return tuple(
        sample(
            NOW - 300 + at,
            waits + more + came * at,
            np.minimum(went * at, waits + came * at),
            group=STABLE,
        )
        for at in range(0, 301, 5)
    )


@given(
    stages().map(spec), MOVING, st.lists(st.integers(0, 10**6), min_size=6, max_size=6), WORKLOADS, LESSONS
)
@settings(max_examples=100, deadline=None)
def test_whoever_has_more_waiting_never_gets_fewer(
    of: LogPipelineSpec,
    figures: list[tuple[int, int, int]],
    more: list[int],
    work: Workload,
    lessons: Mapping[str, Any],
) -> None:
    window, fuller = moving(figures), moving(figures, more)
    known = watched(of, window, work, {**lessons, "at_work_since": NOW})  # nothing is learned of it meanwhile
    fewer, enough = (only(decided(of, each, work, known)) for each in (window, fuller))
    assert (enough.replicas or 0) >= (fewer.replicas or 0)


@given(stages().map(spec), MOVING, st.permutations(range(PARTITIONS)), WORKLOADS, LESSONS)
@settings(max_examples=100, deadline=None)
def test_which_partition_has_the_records_changes_nothing(
    of: LogPipelineSpec,
    figures: list[tuple[int, int, int]],
    order: list[int],
    work: Workload,
    lessons: Mapping[str, Any],
) -> None:
    lessons = {**lessons, "assignor": "cooperative-sticky", "markers": None}
    windows = moving(figures), moving([figures[place] for place in order])
    made = [only(decided(of, each, work, watched(of, each, work, lessons))) for each in windows]
    one, other = ((each.verdict, each.replicas, [rule for rule, _ in each.rules]) for each in made)
    assert one == other


@given(windows())
@settings(max_examples=300, deadline=None)
def test_nothing_that_is_measured_is_below_zero_or_no_number(window: Readings) -> None:
    evaluated = evaluate(window_of(window), NOW)
    if isinstance(evaluated, Missing):
        return
    for figures in (evaluated.backlog, evaluated.excess, evaluated.arrival, evaluated.consumption):
        assert figures is None or (np.isfinite(figures).all() and (figures >= 0).all())
    assert (evaluated.excess <= evaluated.backlog).all()
    assert evaluated.slope >= 0
    assert evaluated.oldest_seconds is None or evaluated.oldest_seconds >= 0


EXCESSES = st.lists(st.integers(0, 10_000_000), min_size=6, max_size=6)


@given(EXCESSES, EXCESSES, st.integers(0, 100_000), st.integers(0, 100_000), st.sampled_from(list(Sharing)))
@settings(max_examples=300, deadline=None)
def test_more_backlog_never_wants_fewer(
    some: list[int], more: list[int], arrival: int, at_work: int, sharing: Sharing
) -> None:
    of_twenty_thousand = scaling(capacity={"recordsPerSecond": 20_000})

    def wanted(excess: list[int]) -> int:
        of: Measures = measures(
            excess=np.array(excess, dtype=np.float64),
            arrival=np.full(6, float(arrival)),
            consumption=np.full(6, float(arrival)),
            sharing=sharing,
        )
        known = Known(20_000.0, Confidence.HIGH, "pinned")
        asked = demand(
            of, of_twenty_thousand, known, at_work=at_work, pace=Pace(40, 5), alert_backlog=1_000_000
        )
        return fit(of, asked.load, of_twenty_thousand, None, total=asked.total).replicas

    assert wanted([a + b for a, b in zip(some, more, strict=True)]) >= wanted(some)


@given(st.permutations(range(6)), st.lists(st.integers(0, 10**6), min_size=6, max_size=6))
@settings(max_examples=100, deadline=None)
def test_the_order_in_which_records_are_spread_changes_no_sum(order: list[int], waiting: list[int]) -> None:
    def window(counts: list[int]) -> Readings:
        names = tuple(PartitionId("a", number) for number in range(6))
        consumed = np.zeros(6, dtype=np.int64)
        return tuple(
            Sample(NOW - age, Sharing.SHARED, names, np.array(counts) * (100 - age), consumed)
            for age in (60, 30, 5, 0)
        )

    work = Workload("uid-1", 3, 3, ("logpipeline",))
    one = only(decided(spec(), window(waiting), work))
    other = only(decided(spec(), window([waiting[index] for index in order]), work))
    assert (one.replicas, one.rules) == (other.replicas, other.rules)

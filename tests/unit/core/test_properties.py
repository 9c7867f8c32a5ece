"""What holds whatever is measured: bounds, monotony, sameness, and that nothing fails."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from logpipeline.api.pipeline import LogPipelineSpec
from logpipeline.api.status import Confidence
from logpipeline.core.capacity import Known
from logpipeline.core.decide import decide
from logpipeline.core.decision import Decision, StageDecision
from logpipeline.core.demand import demand
from logpipeline.core.evaluate import evaluate
from logpipeline.core.fit import fit
from logpipeline.core.headroom import Pace
from logpipeline.core.memory import Memory
from logpipeline.core.model import Measures, Workload
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
    scaling,
    seen,
    spec,
    stage,
)

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
def specs(draw: st.DrawFn) -> LogPipelineSpec:
    low = draw(st.integers(0, 8))
    return spec(
        stage(
            minReplicas=low,
            maxReplicas=draw(st.integers(max(1, low), 20)),
            capacity={"recordsPerSecond": draw(st.sampled_from([1, 100, 20_000]))},
            consumersPerReplica=draw(st.integers(1, 3)),
        )
    )


WORKLOADS = st.builds(
    Workload,
    st.just("uid-1"),
    st.integers(0, 30),
    st.none() | st.integers(0, 30),
    st.sampled_from([(), ("logpipeline",), ("helm",)]),
)


def decided(of: LogPipelineSpec, window: Readings, work: Workload, known: Memory | None = None) -> Decision:
    return decide(of, observation(index=seen(window, work)), known or watched(of, window, work), NOW)


def watched(of: LogPipelineSpec, window: Readings, work: Workload) -> Memory:
    """A memory that is old enough for every rule to have its say."""
    memory = decide(of, observation(index=seen(window, work)), Memory(), NOW).memory
    old = {name: replace(each, since=NOW - 86_400, wants=()) for name, each in memory.stages.items()}
    return replace(memory, stages=old)


def only(decision: Decision) -> StageDecision:
    return decision.stages["index"]


@given(specs(), windows(), WORKLOADS)
@settings(max_examples=300, deadline=None)
def test_counts_are_within_their_bounds_unless_nothing_is_known(
    of: LogPipelineSpec, window: Readings, work: Workload
) -> None:
    decision, bounds = only(decided(of, window, work)), of.stages[0].scaling
    assert decision.replicas is not None
    if decision.missing is not None:
        assert decision.replicas == work.replicas
        return
    assert bounds.min_replicas <= decision.replicas <= bounds.max_replicas
    if decision.usable is not None:
        assert decision.replicas <= max(decision.usable, bounds.min_replicas, work.replicas)


@given(specs(), windows(), WORKLOADS)
@settings(max_examples=200, deadline=None)
def test_what_is_not_wholly_known_lowers_nothing(
    of: LogPipelineSpec, window: Readings, work: Workload
) -> None:
    decision = only(decided(of, window, work))
    if decision.measures is None or decision.measures.lower_bound:
        ceiling = of.stages[0].scaling.max_replicas
        bounds = work.replicas if decision.measures is None else min(work.replicas, ceiling)
        usable = decision.usable if decision.usable is not None else bounds
        assert (decision.replicas or 0) >= min(bounds, usable)


@given(specs(), windows(), WORKLOADS)
@settings(max_examples=100, deadline=None)
def test_the_same_is_decided_of_the_same(of: LogPipelineSpec, window: Readings, work: Workload) -> None:
    known = watched(of, window, work)
    one, other = (only(decided(of, window, work, known)) for _ in range(2))
    assert (one.verdict, one.replicas, one.line, one.rules) == (
        other.verdict,
        other.replicas,
        other.line,
        other.rules,
    )


@given(specs(), windows(), WORKLOADS)
@settings(max_examples=200, deadline=None)
def test_a_restart_takes_nothing_away(of: LogPipelineSpec, window: Readings, work: Workload) -> None:
    what = observation(index=seen(window, work))
    status = status_of(of, what, decided(of, window, work), None, 1)
    after = only(decided(of, window[-1:], work, memory_of(of, status, NOW)))
    bounds = of.stages[0].scaling.max_replicas
    limit = min(work.replicas, bounds) if after.missing is None else work.replicas
    assert (after.replicas or 0) >= (limit if after.usable is None else min(limit, after.usable))


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

"""What people read of a decision, and what a restarted operator remembers of it."""

from dataclasses import replace
from types import MappingProxyType

import numpy as np

from logpipeline.api.conditions import Reason
from logpipeline.api.pipeline import LogPipelineSpec
from logpipeline.api.status import AlertState, LogPipelineStatus
from logpipeline.core.decide import decide
from logpipeline.core.decision import Decision, Verdict
from logpipeline.core.memory import Memory
from logpipeline.core.observation import Observation
from logpipeline.core.readings import Group, GroupState, PartitionId, Recalled, Sharing
from logpipeline.core.rules import Rule
from logpipeline.core.status import memory_of, status_of
from tests.unit.core.given import (
    NOW,
    STABLE,
    Readings,
    flow,
    memory,
    missing,
    observation,
    partitions,
    sample,
    seen,
    spec,
    stage,
    workload,
)

SPEC = spec(backlog=1000, **{"for": "0s"})
BUSY = flow(lambda at: 30_000 + 700 * at, lambda at: 600 * at, count=12)


def told(
    window: Readings = BUSY, known: Memory | None = None, now: float = NOW
) -> tuple[Observation, Decision]:
    what = observation(index=seen(window, workload(2)))
    return what, decide(SPEC, what, known or Memory(), now)


def written(window: Readings = BUSY, of: LogPipelineSpec = SPEC) -> LogPipelineStatus:
    what, decision = told(window)
    status = status_of(of, what, decision, None, generation=3)
    return LogPipelineStatus.model_validate(status.model_dump(mode="json", by_alias=True, exclude_none=True))


def test_the_figures_are_those_of_the_measures() -> None:
    what, decision = told()
    measured = decision.stages["index"].measures
    assert measured is not None
    status = written()
    figures = status.stages[0]
    assert figures.backlog_records == measured.backlog.sum()
    assert figures.arrival_per_second == 700
    assert figures.consumption_per_second == 600
    assert figures.replicas is not None
    assert figures.replicas.wanted == decision.stages["index"].replicas
    assert status.observed_generation == 3
    assert status.summary is not None
    assert status.summary.replicas == f"2/{figures.replicas.wanted}"
    assert status.summary.decision == f"index: {decision.stages['index'].line}"
    assert what.stages["index"].workload == workload(2)


def test_what_the_group_is_doing_is_shown_where_it_could_be_described() -> None:
    empty = Group(GroupState.EMPTY, None, 0)
    assert written(flow(lambda at: at, lambda at: at, group=empty)).stages[0].group == "Empty"
    assert written().stages[0].group is None
    assert written((missing(),)).stages[0].group is None


def test_what_is_not_known_is_not_there() -> None:
    figures = written((missing(),)).stages[0]
    assert (figures.backlog_records, figures.arrival_per_second, figures.partitions) == (None, None, None)
    dumped = written((missing(),)).model_dump(mode="json", by_alias=True, exclude_none=True)
    assert "backlogRecords" not in dumped["summary"]
    assert dumped["summary"]["replicas"] == "2/2"


def test_a_total_is_not_shown_while_one_stage_is_not_known() -> None:
    two = spec(stage(), stage().model_copy(update={"name": "collect"}))
    what = observation(index=seen(BUSY), collect=seen((missing(),)))
    summary = status_of(two, what, decide(two, what, Memory(), NOW), None, 1).summary
    assert summary is not None
    assert (summary.backlog_records, summary.oldest_seconds) == (None, None)


def test_a_stream_is_listed_by_its_key() -> None:
    stream = (PartitionId("gin_logs", 0),)
    window = (sample(NOW, [900], [0], partitions=stream, sharing=Sharing.SHARED),)
    listed = written(window).stages[0].partitions
    assert listed is not None
    assert [each.name for each in listed.worst] == ["gin_logs"]


def test_unknown_replicas_are_a_question_mark() -> None:
    what = observation(index=replace(seen(BUSY), workload=None))
    status = status_of(SPEC, what, decide(SPEC, what, Memory(), NOW), None, 1)
    assert status.summary is not None
    assert status.summary.replicas == "?/?"


def test_only_the_ten_worst_partitions_are_listed() -> None:
    figures = written().stages[0].partitions
    assert figures is not None
    assert (figures.total, figures.usable, len(figures.worst)) == (12, 12, 10)
    uneven = (sample(NOW - 5, [0, 0, 0], [0, 0, 0]), sample(NOW, [5, 900, 0], [0, 0, 0]))
    listed = written(uneven).stages[0].partitions
    assert listed is not None
    assert [(each.name, each.backlog_records) for each in listed.worst] == [
        ("access-log-1", 900),
        ("access-log-0", 5),
    ]


def test_missing_partitions_are_counted() -> None:
    gone = partitions(16)[12:]
    figures = written(flow(lambda at: at, lambda at: at, count=12, missing=gone)).stages[0].partitions
    assert figures is not None
    assert (figures.total, figures.missing) == (16, 4)


def test_a_condition_keeps_its_time_while_its_status_stays() -> None:
    what, decision = told()
    first = status_of(SPEC, what, decision, None, 1)
    what, later = told(now=NOW + 20)
    second = status_of(SPEC, what, later, first, 1)
    assert [each.last_transition_time for each in second.conditions] == [
        each.last_transition_time for each in first.conditions
    ]
    what, away = told((*BUSY, missing(NOW + 20)), now=NOW + 20)
    third = {each.type: each for each in status_of(SPEC, what, away, first, 1).conditions}
    kept = {each.type: each for each in first.conditions}
    assert third["Ready"].last_transition_time != kept["Ready"].last_transition_time
    assert third["ScalingActive"].last_transition_time == kept["ScalingActive"].last_transition_time


def test_modes_that_differ_are_mixed() -> None:
    paused = stage(mode="Paused").model_copy(update={"name": "other"})
    both = spec(stage(), paused)
    what = observation(index=seen(BUSY), other=seen(BUSY))
    summary = status_of(both, what, decide(both, what, Memory(), NOW), None, 1).summary
    assert summary is not None
    assert summary.mode == "Mixed"


def test_a_restart_neither_repeats_nor_forgets_an_alert() -> None:
    _, decision = told()
    assert [each.reason for each in decision.announcements] == [Reason.ALERT_FIRED]
    recalled = memory_of(SPEC, written(), NOW + 5)
    assert [(alert.state, alert.id) for alert in recalled.alerts] == [
        (AlertState.FIRING, decision.alerts[0].id)
    ]
    _, again = told(known=recalled, now=NOW + 5)
    assert again.announcements == ()
    calm = flow(lambda at: 700 * at, lambda at: 700 * at, count=12)
    _, over = told(calm, recalled, NOW + 5)
    assert [each.reason for each in over.announcements] == [Reason.ALERT_RESOLVED]


def test_a_restart_does_not_repeat_trouble() -> None:
    away = (missing(),)
    _, first = told(away)
    assert [each.reason for each in first.announcements] == [Reason.SOURCE_UNREACHABLE]
    assert told(away, memory_of(SPEC, written(away), NOW + 5), NOW + 5)[1].announcements == ()


def test_a_restart_shrinks_nothing_before_a_whole_window() -> None:
    idle = flow(lambda at: at, lambda at: at, count=12)
    what = observation(index=seen(idle, workload(9)))
    old = Memory(MappingProxyType({"index": memory(identity=told()[1].memory.stages["index"].identity)}))
    assert decide(SPEC, what, old, NOW).stages["index"].replicas == 5
    recalled = memory_of(SPEC, written(), NOW)
    held = decide(SPEC, what, recalled, NOW).stages["index"]
    assert held.replicas == 9
    assert held.rules[-1].rule is Rule.SEEN_TOO_LITTLE


def test_a_restart_remembers_how_long_replicas_take() -> None:
    what, decision = told()
    known = replace(decision.memory.stages["index"], start_up_seconds=41.6)
    decision = replace(decision, memory=replace(decision.memory, stages=MappingProxyType({"index": known})))
    recalled = memory_of(SPEC, status_of(SPEC, what, decision, None, 1), NOW)
    assert recalled.stages["index"].start_up_seconds == 42


def test_a_restart_does_not_forget_which_rules_made_the_count() -> None:
    what, decision = told()
    known = decision.memory.stages["index"].last
    assert known is not None
    assert known.rules
    recalled = memory_of(SPEC, status_of(SPEC, what, decision, None, 1), NOW).stages["index"].last
    assert recalled is not None
    assert recalled.rules == known.rules


def test_a_restart_does_not_claim_again_what_it_cannot_see_the_owner_of() -> None:
    """So it is with kinds that are not watched: each start would tell of another claim."""
    unwatched = observation(index=seen(BUSY, workload(managers=())))
    first = decide(SPEC, unwatched, Memory(), NOW)
    count = first.stages["index"].replicas
    assert count is not None
    settled = observation(index=seen(BUSY, workload(count, managers=())))
    recalled = memory_of(SPEC, status_of(SPEC, settled, first, None, 1), NOW)
    assert decide(SPEC, settled, Memory(), NOW).stages["index"].verdict is Verdict.CLAIM
    assert decide(SPEC, settled, recalled, NOW).stages["index"].verdict is Verdict.HOLD


def test_a_status_of_another_version_is_read_as_far_as_it_is_understood() -> None:
    status = written()
    strange = status.conditions[0].model_copy(update={"type": "Invented"})
    newer = status.model_copy(update={"conditions": (strange, *status.conditions[1:]), "stages": ()})
    recalled = memory_of(SPEC, newer, NOW)
    assert len(recalled.statements) == len(status.conditions) - 1
    assert not recalled.stages


def test_figures_are_whole_numbers_of_records() -> None:
    figures = written(flow(lambda at: 0.7 * at, lambda at: 0.7 * at)).stages[0]
    assert figures.arrival_per_second == 1
    assert np.isfinite(figures.backlog_records or 0)


def test_a_restart_counts_no_lost_record_twice() -> None:
    lost = flow(lambda at: 700 * at, lambda at: 700 * at, count=1, lost=np.array([300]))
    _, first = told(lost)
    assert [each.reason for each in first.announcements] == [Reason.RECORDS_LOST]
    figures = written(lost).stages[0]
    assert (figures.lost_records, figures.overtaken_records) == (300, 300)
    recalled = memory_of(SPEC, written(lost), NOW + 5)
    _, again = told(lost, recalled, NOW + 5)
    assert again.announcements == ()
    assert again.memory.stages["index"].lost == 300


def test_what_was_lost_stays_in_status_when_it_is_over() -> None:
    lost = flow(lambda at: 700 * at, lambda at: 700 * at, lost=np.array([300]))
    calm = flow(lambda at: 700 * at, lambda at: 700 * at)
    what, over = told(calm, told(lost)[1].memory)
    figures = status_of(SPEC, what, over, None, 1).stages[0]
    assert (figures.lost_records, figures.overtaken_records) == (300, None)
    assert over.announcements == ()


def test_a_first_tick_without_a_status_takes_nothing_away_however_much_is_known() -> None:
    grid = (900, 300, 60, 40, 10)
    names = partitions(12)
    past = tuple(Recalled(NOW - ago, names, np.full(12, 1000.0 * (1000 - ago))) for ago in grid)
    first = sample(NOW, [1_000_000] * 12, [1_000_000] * 12, past=past, group=STABLE)
    of = spec(stage(capacity={"recordsPerSecond": 20_000}))
    what = observation(index=seen((first,), workload(9)))
    decision = decide(of, what, Memory(), NOW).stages["index"]
    assert decision.uncapped == 1
    assert decision.replicas == 9

"""What people read of an event: how far it is, how much is ready, and what stands in the way."""

from dataclasses import replace

import pytest

from logpipeline.api.conditions import Condition, ConditionType, Reason
from logpipeline.api.sale_status import Phase, SalesEventStatus
from logpipeline.core.model import Obstacle
from logpipeline.core.sales.share import Share
from logpipeline.core.sales.status import MOST_STAGES, Known, sale_status
from logpipeline.core.timestamps import spell_time
from tests.unit.core.floors.given import MINUTE, TIMES
from tests.unit.core.sales.given import event, known, part, share

SHORT = share(index=part(64, 40))
WHOLE = share(index=part(64, 64))
PAST = Obstacle(Reason.NEVER_AGAIN, "All its times are past.")


def at(now: float, found: Known, before: SalesEventStatus | None = None) -> SalesEventStatus:
    return sale_status(event(), found, before, 3, now)


def condition(status: SalesEventStatus, kind: ConditionType) -> Condition:
    return next(each for each in status.conditions if each.type == kind)


@pytest.mark.parametrize(
    ("now", "shared", "phase"),
    [
        (TIMES.warming - 1, SHORT, Phase.SCHEDULED),
        (TIMES.warming, SHORT, Phase.WARMING),
        (TIMES.warming, WHOLE, Phase.READY),
        (TIMES.ready, SHORT, Phase.WARMING),
        (TIMES.start, SHORT, Phase.ACTIVE),
        (TIMES.end, WHOLE, Phase.RAMPING_DOWN),
    ],
)
def test_the_phase_follows_from_the_time_and_from_what_is_proven(
    now: float, shared: Share, phase: Phase
) -> None:
    assert at(now, known(shared)).phase is phase


def test_counts_are_over_all_stages_and_those_that_are_short_come_first() -> None:
    status = at(TIMES.ready, known(share(collect=part(8, 8), index=part(64, 40))))
    assert (status.replicas, status.shortfall, status.pipelines) == ("48/72", 24, 1)
    assert [(s.stage, s.ready, s.planned) for s in status.stages] == [("index", 40, 64), ("collect", 8, 8)]
    assert status.observed_generation == 3


def test_the_cause_stands_with_its_stage() -> None:
    found = known(SHORT, causes={("access-logs", "index"): "24 pods: Unschedulable."})
    assert at(TIMES.ready, found).stages[0].why == "24 pods: Unschedulable."


def test_the_times_are_those_of_the_world_with_how_they_were_read() -> None:
    status = at(TIMES.warming, known(SHORT, times=replace(TIMES, note="the first 02:30")))
    assert status.occurrence is not None
    assert status.occurrence.start == spell_time(TIMES.start)
    assert status.occurrence.note == "the first 02:30"


def test_what_was_seen_through_is_done_and_what_was_not_is_missed() -> None:
    ramping = at(TIMES.over - 1, known(WHOLE))
    after = known(WHOLE, trouble=PAST)
    assert at(TIMES.over, after, ramping).phase is Phase.DONE
    assert at(TIMES.over, after, at(TIMES.over, after, ramping)).phase is Phase.DONE
    assert at(TIMES.over, after).phase is Phase.MISSED
    scheduled = at(TIMES.warming - 1, known(WHOLE))
    assert at(TIMES.over, after, scheduled).phase is Phase.MISSED, "the operator was away all the time"


def test_an_event_that_was_moved_into_the_past_is_missed_whatever_its_last_time_came_to() -> None:
    ramping = at(TIMES.over - 1, known(WHOLE))
    moved = replace(TIMES, start=TIMES.start - 86_400, over=TIMES.over - 86_400)
    assert at(TIMES.over, known(WHOLE, times=moved, trouble=PAST), ramping).phase is Phase.MISSED


@pytest.mark.parametrize(
    ("reason", "phase"),
    [
        (Reason.SUSPENDED, Phase.SUSPENDED),
        (Reason.TIME_ZONE_UNKNOWN, Phase.INVALID),
        (Reason.NEVER_STARTS, Phase.INVALID),
    ],
)
def test_what_cannot_happen_says_why_in_both_conditions(reason: Reason, phase: Phase) -> None:
    status = at(TIMES.warming, Known(TIMES, Obstacle(reason, "So it is.")))
    assert status.phase is phase
    assert {each.reason for each in status.conditions} == {reason}
    assert (status.replicas, status.shortfall, status.stages) == (None, None, ())


def test_without_a_time_there_is_none_in_status() -> None:
    assert at(TIMES.warming, Known(None)).occurrence is None


def test_what_cannot_be_planned_is_not_said_to_be_warming() -> None:
    status = at(TIMES.warming, known())
    assert condition(status, ConditionType.PREWARM_READY).reason == Reason.NOTHING_SELECTED
    assert status.phase is Phase.WARMING
    assert status.pipelines == 0


def test_a_condition_keeps_the_time_of_its_last_change() -> None:
    first = at(TIMES.warming, known(SHORT))
    second = at(TIMES.warming + MINUTE, known(SHORT), first)
    assert second.conditions[0].last_transition_time == first.conditions[0].last_transition_time


def test_the_status_stays_small_however_many_pipelines_are_selected() -> None:
    shares = [share(f"p{number}", index=part(8, 8)) for number in range(500)]
    status = at(TIMES.ready, known(*shares, share("short", index=part(8, 0))))
    assert len(status.stages) == MOST_STAGES
    assert status.stages[0].pipeline == "short"
    assert status.replicas == "4000/4008"

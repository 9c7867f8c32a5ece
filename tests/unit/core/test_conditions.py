"""What is said about a pipeline, and what of it is news."""

from dataclasses import replace

import pytest

from logpipeline.api.conditions import ConditionStatus, ConditionType, Reason
from logpipeline.api.status import AlertState
from logpipeline.core.conditions import (
    invalid_spec,
    is_trouble,
    news,
    scaling_active,
    sources_available,
    statements,
)
from logpipeline.core.decision import StageDecision, Verdict
from logpipeline.core.model import Alert, Obstacle, Statement, Urgency
from logpipeline.core.readings import Doubt
from tests.unit.core.given import NOW, measures, missing

GOVERNED = StageDecision(
    verdict=Verdict.HOLD,
    replicas=2,
    uncapped=2,
    usable=2,
    line="2: why",
    rules=(),
    scaling=Obstacle(Reason.SCALING, "2: why"),
    scaling_active=True,
    measures=measures(),
    missing=None,
)
AWAY = replace(GOVERNED, measures=None, missing=missing())
UNSEEN = replace(AWAY, missing=replace(missing(), reason=Reason.NOT_YET_MEASURED))
PARTLY = replace(GOVERNED, measures=measures(missing=3, missing_because="A broker is down."))


def hindered(reason: Reason) -> StageDecision:
    return replace(GOVERNED, scaling=Obstacle(reason, f"because of {reason}"), scaling_active=False)


CONTESTED = replace(GOVERNED, scaling=Obstacle(Reason.TARGET_CONTESTED, "somebody writes it"))


def said(*stages: StageDecision, alerts: tuple[Alert, ...] = ()) -> dict[ConditionType, Statement]:
    named = {f"stage-{number}": stage for number, stage in enumerate(stages)}
    stated = statements(scaling_active(named), sources_available(named), alerts)
    return {statement.type: statement for statement in stated}


@pytest.mark.parametrize(
    ("stages", "ready", "scaling", "sources"),
    [
        ([GOVERNED], Reason.GOVERNED, Reason.SCALING, Reason.MEASURED),
        ([AWAY], Reason.SOURCE_UNREACHABLE, Reason.SCALING, Reason.SOURCE_UNREACHABLE),
        ([UNSEEN], Reason.STARTING, Reason.SCALING, Reason.NOT_YET_MEASURED),
        ([UNSEEN, AWAY], Reason.SOURCE_UNREACHABLE, Reason.SCALING, Reason.SOURCE_UNREACHABLE),
        ([GOVERNED, PARTLY], Reason.PARTLY_MEASURED, Reason.SCALING, Reason.PARTLY_MEASURED),
        ([hindered(Reason.ADVISING)], Reason.GOVERNED, Reason.ADVISING, Reason.MEASURED),
        ([hindered(Reason.PAUSED)], Reason.GOVERNED, Reason.PAUSED, Reason.MEASURED),
        ([hindered(Reason.TARGET_MISSING)], Reason.TARGET_MISSING, Reason.TARGET_MISSING, Reason.MEASURED),
        (
            [hindered(Reason.PAUSED), hindered(Reason.TARGET_SHARED), CONTESTED],
            Reason.TARGET_SHARED,
            Reason.TARGET_SHARED,
            Reason.MEASURED,
        ),
        ([GOVERNED, CONTESTED], Reason.GOVERNED, Reason.TARGET_CONTESTED, Reason.MEASURED),
        ([hindered(Reason.SCALE_REFUSED)], Reason.SCALE_REFUSED, Reason.SCALE_REFUSED, Reason.MEASURED),
    ],
)
def test_the_worst_is_said(
    stages: list[StageDecision], ready: Reason, scaling: Reason, sources: Reason
) -> None:
    conditions = said(*stages)
    assert conditions[ConditionType.READY].reason is ready
    assert conditions[ConditionType.SCALING_ACTIVE].reason is scaling
    assert conditions[ConditionType.SOURCES_AVAILABLE].reason is sources


def test_ready_is_measured_and_governed_and_stalled_is_neither() -> None:
    kstatus = (ConditionType.READY, ConditionType.RECONCILING, ConditionType.STALLED)

    def statuses(stage: StageDecision) -> tuple[str, ...]:
        return tuple(said(stage)[kind].status.value for kind in kstatus)

    assert statuses(GOVERNED) == ("True", "False", "False")
    assert statuses(UNSEEN) == ("False", "True", "False")
    assert statuses(AWAY) == ("False", "False", "True")


def test_an_alert_does_not_make_a_pipeline_unready() -> None:
    alert = Alert("BacklogCritical", AlertState.FIRING, NOW, "BacklogCritical-1", "2,000,000 records wait.")
    conditions = said(GOVERNED, alerts=(alert,))
    assert conditions[ConditionType.READY].status is ConditionStatus.TRUE
    firing = conditions[ConditionType.ALERTS_FIRING]
    assert (firing.status, firing.reason) == (ConditionStatus.TRUE, Reason.FIRING)
    assert "2,000,000" in firing.message
    pending = said(GOVERNED, alerts=(replace(alert, state=AlertState.PENDING),))[ConditionType.ALERTS_FIRING]
    assert (pending.status, pending.reason) == (ConditionStatus.FALSE, Reason.ALERTS_PENDING)


def test_the_stage_in_trouble_is_named() -> None:
    message = said(GOVERNED, AWAY)[ConditionType.SOURCES_AVAILABLE].message
    assert message == "stage-1: kafka:9092 does not answer: is it running?"


def test_what_is_said_of_two_stages_does_not_run_together() -> None:
    lines = (replace(GOVERNED, scaling=Obstacle(Reason.SCALING, line)) for line in ("1: Minimum", "2: Awake"))
    assert said(*lines)[ConditionType.SCALING_ACTIVE].message == "stage-0: 1: Minimum. stage-1: 2: Awake."


def told(before: StageDecision | None, after: StageDecision) -> list[tuple[Urgency, Reason]]:
    earlier = () if before is None else tuple(said(before).values())
    return [(each.urgency, each.reason) for each in news(earlier, tuple(said(after).values()))]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (None, GOVERNED, []),
        (None, UNSEEN, []),
        (None, AWAY, [(Urgency.WARNING, Reason.SOURCE_UNREACHABLE)]),
        (GOVERNED, AWAY, [(Urgency.WARNING, Reason.SOURCE_UNREACHABLE)]),
        (AWAY, AWAY, []),
        (AWAY, GOVERNED, [(Urgency.NORMAL, Reason.MEASURED)]),
        (AWAY, PARTLY, [(Urgency.WARNING, Reason.PARTLY_MEASURED)]),
        (GOVERNED, hindered(Reason.ADVISING), []),
        (GOVERNED, CONTESTED, [(Urgency.WARNING, Reason.TARGET_CONTESTED)]),
        (CONTESTED, GOVERNED, [(Urgency.NORMAL, Reason.SCALING)]),
    ],
)
def test_trouble_is_told_when_it_begins_and_when_it_ends(
    before: StageDecision | None, after: StageDecision, expected: list[tuple[Urgency, Reason]]
) -> None:
    assert told(before, after) == expected


def test_an_invalid_spec_is_trouble_and_told_once() -> None:
    conditions = invalid_spec("spec.stages: give at least one")
    assert [each.reason for each in news((), conditions)] == [Reason.SPEC_INVALID]
    assert news(conditions, conditions) == ()
    assert all(is_trouble(each) for each in conditions if each.type is ConditionType.READY)


def doubted(*reasons: Reason) -> StageDecision:
    doubts = tuple(Doubt(reason, f"it is so: {reason}") for reason in reasons)
    return replace(GOVERNED, measures=measures(doubts=doubts, lower_bound=True))


def test_a_doubt_is_said_by_its_reason_and_the_pipeline_stays_ready() -> None:
    what = said(GOVERNED, doubted(Reason.REDIS_MEMORY_NEAR))
    sources = what[ConditionType.SOURCES_AVAILABLE]
    assert (sources.status, sources.reason) == (ConditionStatus.TRUE, Reason.REDIS_MEMORY_NEAR)
    assert sources.message == "stage-1: it is so: RedisMemoryNear."
    assert what[ConditionType.READY].status is ConditionStatus.TRUE


def test_the_gravest_of_several_doubts_is_the_reason_and_all_are_said() -> None:
    sources = said(doubted(Reason.ARRIVAL_UNKNOWN, Reason.PARTITION_REWOUND), doubted(Reason.RECORDS_LOST))[
        ConditionType.SOURCES_AVAILABLE
    ]
    assert sources.reason is Reason.RECORDS_LOST
    assert sources.message == (
        "stage-0: it is so: ArrivalUnknown. it is so: PartitionRewound. stage-1: it is so: RecordsLost."
    )


def test_what_is_doubted_besides_what_is_missing_is_said_too() -> None:
    sources = said(PARTLY, doubted(Reason.REDIS_MEMORY_NEAR))[ConditionType.SOURCES_AVAILABLE]
    assert (sources.status, sources.reason) == (ConditionStatus.FALSE, Reason.PARTLY_MEASURED)
    assert "RedisMemoryNear" in sources.message


def test_a_doubt_is_told_when_it_begins_and_when_it_ends() -> None:
    calm, doubt = (tuple(said(stage).values()) for stage in (GOVERNED, doubted(Reason.REDIS_MEMORY_NEAR)))
    begun = news(calm, doubt)
    assert [(each.urgency, each.reason) for each in begun] == [(Urgency.WARNING, Reason.REDIS_MEMORY_NEAR)]
    assert news(doubt, doubt) == ()
    ended = news(doubt, calm)
    assert [each.message for each in ended] == ["Over: RedisMemoryNear. Every partition was measured."]


def test_lost_records_are_told_where_they_are_counted_and_not_twice() -> None:
    calm, lost = (tuple(said(stage).values()) for stage in (GOVERNED, doubted(Reason.RECORDS_LOST)))
    assert news(calm, lost) == ()
    assert news(lost, calm) == ()
    assert [each.reason for each in news(lost, tuple(said(AWAY).values()))] == [Reason.SOURCE_UNREACHABLE]

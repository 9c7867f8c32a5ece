"""Whether a status is worth a write."""

import pytest

from logpipeline.api.conditions import Condition, ConditionStatus
from logpipeline.api.status import (
    AlertState,
    AlertStatus,
    LogPipelineStatus,
    ReplicaStatus,
    StageStatus,
    Summary,
)
from logpipeline.core.news import has_drifted, is_urgent

CONDITION = Condition(
    type="Ready",
    status=ConditionStatus.TRUE,
    reason="Governed",
    message="",
    last_transition_time="2026-11-11T00:00:00Z",
    observed_generation=1,
)
ALERT = AlertStatus(
    name="BacklogCritical",
    state=AlertState.PENDING,
    since="2026-11-11T00:00:00Z",
    id="1",
    message="1,001 wait",
)


def status(**fields: object) -> LogPipelineStatus:
    stage = StageStatus(
        name="index",
        backlog_records=1000,
        oldest_seconds=10,
        replicas=ReplicaStatus(observed=2, ready=2, wanted=2),
    )
    given = {"observed_generation": 1, "stages": (stage,), "alerts": (ALERT,), "conditions": (CONDITION,)}
    return LogPipelineStatus.model_validate(given | fields)


def stage(**fields: object) -> tuple[StageStatus, ...]:
    return (status().stages[0].model_copy(update=fields),)


@pytest.mark.parametrize(
    "after",
    [
        status(observed_generation=2),
        status(summary=Summary(mode="Auto", replicas="2/2", next_sale="sale 2026-11-10T16:00:00Z")),
        status(stages=stage(replicas=ReplicaStatus(observed=2, ready=2, wanted=8))),
        status(stages=stage(replicas=ReplicaStatus(observed=2, ready=1, wanted=2))),
        status(stages=()),
        status(alerts=()),
        status(alerts=(ALERT.model_copy(update={"state": AlertState.FIRING}),)),
        status(conditions=(CONDITION.model_copy(update={"status": ConditionStatus.FALSE}),)),
        status(conditions=(CONDITION.model_copy(update={"reason": "Starting"}),)),
    ],
)
def test_what_people_act_on_is_written_at_once(after: LogPipelineStatus) -> None:
    assert is_urgent(status(), after)


def test_the_first_status_is_written_at_once() -> None:
    assert is_urgent(None, status())


@pytest.mark.parametrize(
    "after",
    [
        status(),
        status(stages=stage(backlog_records=5000)),
        status(alerts=(ALERT.model_copy(update={"message": "1,002 wait"}),)),
        status(conditions=(CONDITION.model_copy(update={"message": "other figures"}),)),
    ],
)
def test_figures_are_not_urgent(after: LogPipelineStatus) -> None:
    assert not is_urgent(status(), after)


@pytest.mark.parametrize(
    "figures",
    [
        {"backlog_records": 1053},
        {"backlog_records": 947},
        {"backlog_records": None},
        {"backlog_records": 0},
        {"drain_seconds": 3},
        {"oldest_seconds": 11},
        {"arrival_per_second": 7},
        {"consumption_per_second": 7},
    ],
)
def test_a_figure_that_moved_by_more_than_five_percent_has_drifted(figures: dict[str, int | None]) -> None:
    assert has_drifted(status(), status(stages=stage(**figures)))


@pytest.mark.parametrize("figures", [{"backlog_records": 1050}, {"oldest_seconds": 10}, {"name": "index"}])
def test_a_figure_that_moved_by_less_has_not(figures: dict[str, int | None]) -> None:
    assert not has_drifted(status(), status(stages=stage(**figures)))


def test_a_sentence_that_says_something_else_has_drifted_and_one_with_other_figures_has_not() -> None:
    def saying(message: str) -> LogPipelineStatus:
        return status(conditions=(CONDITION.model_copy(update={"message": message}),))

    held = saying(
        "index: 8: arrival 1.2k/s needs 2 at 84 %; stays 8, not 2: not watched for a whole window yet"
    )
    assert has_drifted(held, saying("index: 8: arrival 1.2k/s needs 2 at 84 %; 8 was wanted"))
    assert not has_drifted(
        held,
        saying("index: 8: arrival 960/s needs 3 at 84 %; stays 8, not 3: not watched for a whole window yet"),
    )


def test_a_group_that_does_something_else_has_drifted_and_is_not_urgent() -> None:
    rebalancing = status(stages=stage(group="Rebalancing"))
    assert has_drifted(status(stages=stage(group="Stable")), rebalancing)
    assert not is_urgent(status(stages=stage(group="Stable")), rebalancing)

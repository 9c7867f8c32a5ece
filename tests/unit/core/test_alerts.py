"""Pending, firing, resolved; and what is not known ends nothing."""

from dataclasses import replace

import numpy as np
import pytest

from logpipeline.api.conditions import Reason
from logpipeline.api.pipeline import Alerts
from logpipeline.api.status import AlertState
from logpipeline.core.alerts import backlog_alert, total_excess
from logpipeline.core.model import Alert, Measures
from tests.unit.core.given import NOW, measures

ALERTS = Alerts.model_validate({"backlog": 1000, "for": "1m"})
PENDING = Alert("BacklogCritical", AlertState.PENDING, NOW - 30, "BacklogCritical-1", "")
FIRING = replace(PENDING, state=AlertState.FIRING)


def waiting(records: float, *, lower_bound: bool = False) -> Measures:
    return measures(excess=np.array([records]), lower_bound=lower_bound)


def after(
    before: Alert | None, *stages: Measures | None, at: float = NOW
) -> tuple[AlertState | None, list[Reason]]:
    alert, told = backlog_alert(ALERTS, before, stages, at)
    return alert.state if alert else None, [announcement.reason for announcement in told]


@pytest.mark.parametrize(
    ("before", "stages", "state", "told"),
    [
        (None, [waiting(1000)], None, []),
        (None, [waiting(1001)], AlertState.PENDING, []),
        (None, [waiting(600), waiting(600)], AlertState.PENDING, []),
        (None, [waiting(2000), None], AlertState.PENDING, []),
        (None, [waiting(2000, lower_bound=True)], AlertState.PENDING, []),
        (None, [None], None, []),
        (PENDING, [waiting(1001)], AlertState.PENDING, []),
        (PENDING, [waiting(1000)], None, []),
        (PENDING, [None], AlertState.PENDING, []),
        (FIRING, [waiting(5000)], AlertState.FIRING, []),
        (FIRING, [waiting(901)], AlertState.FIRING, []),
        (FIRING, [waiting(900)], None, [Reason.ALERT_RESOLVED]),
        (FIRING, [waiting(0), None], AlertState.FIRING, []),
        (FIRING, [waiting(0, lower_bound=True)], AlertState.FIRING, []),
        (FIRING, [None], AlertState.FIRING, []),
    ],
)
def test_the_alert_moves_by_what_is_known(
    before: Alert | None, stages: list[Measures | None], state: AlertState | None, told: list[Reason]
) -> None:
    assert after(before, *stages) == (state, told)


def test_it_fires_once_it_has_held_long_enough_under_the_same_id() -> None:
    fired, told = backlog_alert(ALERTS, PENDING, [waiting(1500)], NOW + 30)
    assert fired is not None
    assert (fired.state, fired.since, fired.id) == (AlertState.FIRING, NOW + 30, PENDING.id)
    assert [announcement.reason for announcement in told] == [Reason.ALERT_FIRED]
    assert "1,500 records wait in the pipeline; the threshold is 1,000." in told[0].message
    assert backlog_alert(ALERTS, fired, [waiting(1500)], NOW + 35)[1] == ()


def test_without_a_waiting_time_it_fires_at_once() -> None:
    at_once = Alerts.model_validate({"backlog": 1000, "for": "0s"})
    fired, told = backlog_alert(at_once, None, [waiting(1500)], NOW)
    assert fired is not None
    assert fired.state is AlertState.FIRING
    assert len(told) == 1


def test_the_end_tells_how_long_it_took() -> None:
    _, told = backlog_alert(ALERTS, FIRING, [waiting(10)], NOW)
    assert told[0].message.endswith("It fired 30 s ago.")


def test_the_sum_of_nothing_known_is_not_zero() -> None:
    assert total_excess([None, None]) is None
    assert total_excess([waiting(5), None]) == 5


def test_a_firing_alert_says_what_waits_now_and_keeps_its_words_while_that_is_not_known() -> None:
    said, _ = backlog_alert(ALERTS, FIRING, [waiting(950)], NOW)
    assert said is not None
    assert said.message.startswith("950 records wait")
    assert backlog_alert(ALERTS, said, [waiting(0), None], NOW)[0] == said

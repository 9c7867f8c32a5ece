"""Announced hours are a floor, and what waits may ask for more."""

import pytest

from logpipeline.sim.policies import keda_cron
from logpipeline.sim.policies.hpa import Autoscaler
from logpipeline.sim.policies.keda_cron import CronTrigger, windows
from logpipeline.sim.setting import START
from tests.unit.sim.policies.given import asked, facts, sample, seen, setting

HOUR = 3_600.0
MIDNIGHT = START - START % 86_400
TWO_PEAKS = [
    {"at": "0s", "rate": 1_000},
    {"at": "2h", "rate": 14_000},
    {"at": "4h", "rate": 1_000},
    {"at": "6h", "rate": 7_000},
    {"at": "7h", "rate": 1_000},
]


@pytest.mark.parametrize(("hour", "expected"), [(5.9, 1), (6, 10), (19.9, 10), (20, 1)])
def test_between_start_and_end_so_many_are_asked_for(hour: float, expected: int) -> None:
    """KEDA 2.18, "Cron": 10 replicas from 6 AM to 8 PM, otherwise what else asks."""
    cron = CronTrigger(MIDNIGHT + 6 * HOUR, MIDNIGHT + 20 * HOUR, 10)
    assert cron.metric(MIDNIGHT + hour * HOUR).proposal(4) == expected


def test_when_the_hours_begin_replicas_come_as_fast_as_an_hpa_adds_them() -> None:
    scaler, cron = Autoscaler(1, 64), CronTrigger(0.0, HOUR, 24)
    counts, replicas = [], 2
    for sync in range(4):
        replicas = scaler.count(sync * 15.0, replicas, [cron.metric(sync * 15.0)])
        counts.append(replicas)
    assert counts == [6, 12, 24, 24]


def test_each_time_that_is_busier_than_the_mean_hour_is_a_window_of_whole_hours() -> None:
    given = facts(rate=TWO_PEAKS, until="9h")
    crons = windows(given, MIDNIGHT, 9 * HOUR)
    assert [(cron.start - MIDNIGHT, cron.end - MIDNIGHT) for cron in crons] == [
        (2 * HOUR, 4 * HOUR),
        (6 * HOUR, 7 * HOUR),
    ]
    assert [cron.desired_replicas for cron in crons] == [18, 9]


def test_hours_are_those_of_the_clock() -> None:
    begins = MIDNIGHT + 0.5 * HOUR
    crons = windows(facts(rate=TWO_PEAKS, until="9h"), begins, 9 * HOUR)
    assert all(cron.start % HOUR == cron.end % HOUR == 0 for cron in crons)
    assert crons[0].start <= begins + 2 * HOUR < crons[0].end


def test_without_an_hour_that_is_busier_than_others_there_is_no_window() -> None:
    assert windows(facts(rate=1_000.0), MIDNIGHT, 3 * HOUR) == ()


def test_a_stage_that_sleeps_is_woken_for_its_hours() -> None:
    given = setting(least=0, rate=TWO_PEAKS, until="9h")
    policy = keda_cron.keda_cron(given)
    busy = policy.crons["index"][0].start
    idle = sample([0], at=busy)
    assert asked(policy, busy - 60, seen(idle, 0)) == 0
    assert asked(policy, busy, seen(idle, 0)) == 1


def test_what_waits_asks_for_more_than_was_announced() -> None:
    given = setting(rate=TWO_PEAKS, until="9h")
    policy = keda_cron.keda_cron(given)
    busy = policy.crons["index"][0].start
    threshold = keda_cron.LAG_SECONDS * 1_000
    assert asked(policy, busy, seen(sample([threshold] * 40, at=busy), 30)) == 40

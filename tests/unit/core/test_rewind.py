"""The clock is set back, and what is to last for seconds lasts for seconds."""

from dataclasses import replace

import pytest

from logpipeline.api.status import AlertState
from logpipeline.core.decide import decide
from logpipeline.core.decision import Verdict
from logpipeline.core.limits import remember_sight
from logpipeline.core.losses import watch_losses
from logpipeline.core.memory import Contest, Loss, Memory, PastWant, StageMemory
from logpipeline.core.model import Alert, Workload
from logpipeline.core.outcome import Done, Overtaken, remember_outcome
from logpipeline.core.rewind import not_ahead
from logpipeline.core.rules import Rule
from logpipeline.core.stage import decide_stage
from logpipeline.core.startup import has_settled
from logpipeline.core.window import Window
from tests.unit.core.given import (
    NOW,
    flow,
    measures,
    memory,
    observation,
    sample,
    seen,
    spec,
    stage,
    workload,
)

HOUR = 3600.0
NEVER = 10**12
WATCHED = memory(written=5, written_at=NOW, measured_at=NOW, whole_at=NOW, at_work=5, at_work_since=NOW - 60)


def test_a_count_that_is_changed_after_the_clock_was_set_back_is_governed_at_once() -> None:
    """The watch was taken to be late for as long as the step was: one replica ran for an hour."""
    known, current, window = WATCHED, 1, Window()
    counts = []
    for step in range(24):
        now = NOW - HOUR + 5 * step
        window = window.extended(sample(now, [3500 * step] * 20, [350 * step] * 20))
        seen_now = replace(seen((), Workload("uid-1", current, current, ("helm",))), window=window)
        decision, known = decide_stage(stage(), NEVER, seen_now, known, now)
        if decision.verdict is Verdict.SCALE:
            assert decision.replicas is not None
            written = decision.observed == current
            outcome = Done(current, decision.replicas) if written else Overtaken()
            known, _ = remember_outcome(known, "index", decision, outcome, now)
            current = decision.replicas if written else current
        counts.append(current)
    assert counts[6] > 5
    assert counts[-1] >= 20


def test_nothing_shrinks_before_a_window_was_watched_on_the_new_time() -> None:
    idle = flow(lambda at: 10 * at, lambda at: 10 * at, count=4)
    later = memory(measured_at=NOW + HOUR, whole_at=NOW + HOUR)
    held, known = decide_stage(stage(), NEVER, seen(idle, workload(20)), later, NOW)
    assert (held.replicas, held.rules[-1].rule) == (20, Rule.SEEN_TOO_LITTLE)
    assert known.since == NOW
    sooner = replace(known, since=NOW - 600)
    assert decide_stage(stage(), NEVER, seen(idle, workload(20)), sooner, NOW)[0].replicas == 10


def test_a_measurement_from_before_the_last_one_begins_the_watch_anew() -> None:
    known = remember_sight(memory(whole_at=NOW + 1), measures(at=NOW), NOW)
    assert known.since == NOW


def test_no_moment_that_is_remembered_is_still_to_come() -> None:
    ahead = NOW + HOUR
    full = StageMemory(
        "index",
        since=ahead,
        wants=(PastWant(ahead, 9),),
        written=5,
        written_at=ahead,
        contests=(Contest(ahead, "helm"),),
        at_work=5,
        at_work_since=ahead,
        measured_at=ahead,
        whole_at=ahead,
        unknown_since=ahead,
        loss=Loss(0, 7, ahead),
    )
    now = not_ahead(full, NOW)
    moments = [now.since, now.written_at, now.at_work_since, now.measured_at, now.whole_at, now.unknown_since]
    assert moments == [NOW] * 6
    assert (now.wants[0].at, now.contests[0].at) == (NOW, NOW)
    assert now.loss == Loss(0, 7, NOW)


@pytest.mark.parametrize(
    "field", ["since", "written_at", "measured_at", "whole_at", "at_work_since", "unknown_since"]
)
def test_each_moment_alone_shows_it(field: str) -> None:
    assert getattr(not_ahead(memory(**{field: NOW + 1}), NOW), field) == NOW


def test_while_the_clock_goes_on_nothing_is_touched() -> None:
    assert not_ahead(WATCHED, NOW) is WATCHED


def test_the_replicas_at_work_settle_within_a_minute() -> None:
    known = not_ahead(memory(at_work=2, at_work_since=NOW + HOUR), NOW)
    assert has_settled(known, workload(2), NOW + 60)


def test_records_that_were_lost_are_over_after_five_minutes() -> None:
    known = not_ahead(memory(lost=7, loss=Loss(0, 7, NOW + HOUR), measured_at=NOW + HOUR), NOW)
    assert watch_losses(known, measures(at=NOW + 300)).loss is None


def test_an_alert_fires_after_its_time_and_not_after_the_step() -> None:
    of = spec(stage(), backlog=1000, **{"for": "1m"})
    pending = Alert("BacklogCritical", AlertState.PENDING, NOW + HOUR, "BacklogCritical-1", "records wait")
    known = Memory(alerts=(pending,))
    for step in range(13):
        now = NOW + 5 * step
        late = (sample(now, [10_000], [0]),)
        known = decide(of, observation(index=seen(late)), known, now).memory
    assert known.alerts[0].state is AlertState.FIRING

"""Whether all that is planned is proven ready, and what is missing, why, and for how long there is time."""

import pytest

from logpipeline.api.conditions import ConditionStatus, Reason
from logpipeline.core.model import Statement
from logpipeline.core.sales.prewarm import is_whole, prewarm_ready, shortfall, spell_seconds
from logpipeline.core.sales.share import Share
from tests.unit.core.floors.given import MINUTE, TIMES
from tests.unit.core.sales.given import part, share

WHOLE = share(index=part(64, 64))
SHORT = share(index=part(64, 40))
WHY = {("access-logs", "index"): "24 pods: ImagePullBackOff (no such image)."}


def said(shared: Share, now: float) -> Statement:
    return prewarm_ready(TIMES, (shared,), WHY, now)


@pytest.mark.parametrize(
    ("shared", "now", "status", "reason"),
    [
        (WHOLE, TIMES.warming - 1, ConditionStatus.FALSE, Reason.NOT_DUE),
        (SHORT, TIMES.warming, ConditionStatus.FALSE, Reason.WARMING),
        (WHOLE, TIMES.warming, ConditionStatus.TRUE, Reason.PREWARMED),
        (SHORT, TIMES.ready, ConditionStatus.FALSE, Reason.PREWARM_NOT_READY),
        (SHORT, TIMES.end - 1, ConditionStatus.FALSE, Reason.PREWARM_NOT_READY),
        (WHOLE, TIMES.end - 1, ConditionStatus.TRUE, Reason.PREWARMED),
        (SHORT, TIMES.end, ConditionStatus.FALSE, Reason.NOT_DUE),
    ],
)
def test_it_is_due_from_ready_before_until_the_end(
    shared: Share, now: float, status: ConditionStatus, reason: Reason
) -> None:
    found = said(shared, now)
    assert (found.status, found.reason) == (status, reason)


def test_not_ready_tells_the_shortfall_the_cause_and_the_time_left() -> None:
    assert said(SHORT, TIMES.ready + MINUTE).message == (
        "24 are missing: 40 of 64 replicas are proven ready; it starts in 9 min. "
        "access-logs/index: 40 of 64. 24 pods: ImagePullBackOff (no such image)."
    )


def test_the_stages_that_lack_most_are_told_first() -> None:
    both = share(collect=part(8, 7), index=part(64, 40))
    message = said(both, TIMES.ready).message
    assert message.index("access-logs/index") < message.index("access-logs/collect")
    assert shortfall((both,)) == 25


def test_a_count_that_nobody_can_tell_is_not_proven() -> None:
    assert not is_whole((share(index=part(64, None)),))
    assert "nobody can tell how many of 64" in said(share(index=part(64, None)), TIMES.ready).message


def test_nothing_planned_is_not_ready() -> None:
    assert not is_whole(())


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(-5, "0 s"), (90, "90 s"), (600, "10 min"), (30 * 3_600, "30 h"), (11 * 86_400, "11 days")],
)
def test_time_is_told_as_people_do(seconds: float, told: str) -> None:
    assert spell_seconds(seconds) == told

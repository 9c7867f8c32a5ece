"""Said when it is applied, not on the night: whether it fits, why not, and what would do."""

from dataclasses import replace

import pytest

from logpipeline.api.conditions import ConditionStatus, Reason
from logpipeline.core.model import Obstacle, Statement
from logpipeline.core.sales.feasible import Place, feasible
from logpipeline.core.sales.share import Share
from tests.unit.core.floors.given import TIMES
from tests.unit.core.sales.given import event, part, share

BOUND = "needs 64, maxReplicas is 16: 64 would do"
QUOTA = Obstacle(Reason.QUOTA_TOO_SMALL, "ResourceQuota compute allows pods 20, 5 are taken: 67 would do")
UNKNOWN = Obstacle(Reason.BASELINE_UNKNOWN, "less than an hour of history. Give recordsPerSecond instead.")


def judged(*shares: Share, room: dict[Place, Obstacle] | None = None, **changes: object) -> Statement:
    return feasible(event(**changes), TIMES, shares, room or {})


def test_what_fits_is_said_to_fit_with_what_it_takes() -> None:
    said = judged(share(index=part(64), store=part(8)))
    assert (said.status, said.reason) == (ConditionStatus.TRUE, Reason.FITS)
    assert said.message == "72 replicas of 2 stages can be had."


def test_how_the_figures_came_about_and_how_a_local_time_was_read_are_said_too() -> None:
    shares = [share(index=part(notes=("40 x 500/s, the mean of the last 24 h",)))]
    said = feasible(event(), replace(TIMES, note="02:30 does not exist on that day: 03:30"), shares, {})
    assert "40 x 500/s, the mean of the last 24 h. 02:30 does not exist" in said.message


@pytest.mark.parametrize(
    ("shares", "reason", "words"),
    [
        ([], Reason.NOTHING_SELECTED, "selects no LogPipeline"),
        ([share(index=part(bound=BOUND))], Reason.DOES_NOT_FIT, f"access-logs/index: {BOUND}."),
        ([share(index=part(0, unknown=UNKNOWN))], Reason.BASELINE_UNKNOWN, UNKNOWN.message),
        (
            [share(index=part(lead_seconds=3_000))],
            Reason.LEAD_TOO_SHORT,
            "take about 3000 s to work, and leadTime less readyBefore leaves them 2400 s: a leadTime of 1h",
        ),
    ],
    ids=["nothing", "bound", "baseline", "lead"],
)
def test_what_cannot_be_had_is_said_with_its_reason(shares: list[Share], reason: Reason, words: str) -> None:
    said = judged(*shares)
    assert (said.status, said.reason) == (ConditionStatus.FALSE, reason)
    assert words in said.message


def test_a_namespace_that_would_refuse_the_pods_is_named() -> None:
    said = judged(share(index=part()), room={("access-logs", "index"): QUOTA})
    assert said.reason is Reason.QUOTA_TOO_SMALL
    assert "67 would do" in said.message


def test_the_gravest_names_the_condition_and_all_are_told() -> None:
    room = {("access-logs", "index"): QUOTA}
    said = judged(share(index=part(bound=BOUND)), room=room)
    assert said.reason is Reason.DOES_NOT_FIT
    assert "maxReplicas" in said.message
    assert "ResourceQuota" in said.message


def test_a_stage_that_nobody_has_is_named_with_those_that_there_are() -> None:
    said = judged(share(index=part()), expected={"replicas": {"index": 8, "indexx": 64}})
    assert said.reason is Reason.STAGE_UNKNOWN
    assert "names indexx" in said.message
    assert "their stages are index" in said.message


def test_a_stage_that_one_of_several_has_is_known() -> None:
    shares = share(index=part()), share("other", store=part(0))
    assert judged(*shares, expected={"replicas": {"index": 8}}).reason is Reason.FITS


def test_before_a_pipeline_was_measured_it_cannot_be_told() -> None:
    said = judged(share(unknown="it has not been measured yet"))
    assert (said.status, said.reason) == (ConditionStatus.UNKNOWN, Reason.NOT_YET_MEASURED)


def test_who_has_the_replicas_already_needs_no_lead() -> None:
    assert judged(share(index=replace(part(lead_seconds=3_000), running=64))).reason is Reason.FITS


def test_of_hundreds_of_troubles_a_few_are_told_and_the_others_counted() -> None:
    shares = [share(f"p{number}", index=part(bound=BOUND)) for number in range(100)]
    message = judged(*shares).message
    assert message.endswith("And 95 more.")
    assert len(message) < 1_000

"""What is told of announced events: what they ask for, what binds them, what they cost."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.plan.given import MORNING, STATUS, logs, noon, outcome, plan, written


def test_floors_are_told_from_the_very_second_on_at_which_they_change(tmp_path: Path) -> None:
    told = outcome(tmp_path, logs(maxReplicas=16), noon(expected={"replicas": {"index": 8}}))
    (stage,) = told["stages"]
    floors = [(each["from"][11:], each["replicas"]) for each in stage["floors"]]
    assert floors == [
        ("06:00:00Z", 0),
        ("11:30:00Z", 2),
        ("11:30:40Z", 4),
        ("11:31:20Z", 8),
        ("13:05:00Z", 4),
        ("13:10:00Z", 2),
        ("13:15:00Z", 1),
        ("13:20:00Z", 0),
    ]
    assert stage["floors"][-1]["to"] == told["to"] == "2026-11-18T18:00:00Z"


def test_pod_hours_are_those_above_the_least_and_have_a_price(tmp_path: Path) -> None:
    sale = noon(expected={"replicas": {"index": 8}}, leadTime="0s", readyBefore="0s", rampDown="0s")
    told = outcome(tmp_path, logs(minReplicas=2), sale, options=(*MORNING, "--price-per-pod-hour", "0.05"))
    assert (told["pod_hours"], told["cost"]) == (6.0, 0.3)
    assert (told["events"][0]["needs"][0]["pod_hours"], told["stages"][0]["cost"]) == (6.0, 0.3)


def test_of_two_events_at_a_time_only_the_higher_is_counted(tmp_path: Path) -> None:
    at_once = {"leadTime": "0s", "readyBefore": "0s", "rampDown": "0s"}
    events = [noon(f"of-{count}", expected={"replicas": {"index": count}}, **at_once) for count in (3, 7)]
    told = outcome(tmp_path, logs(), *events)
    assert told["pod_hours"] == 6.0
    assert {each["name"]: each["needs"][0]["pod_hours"] for each in told["events"]} == {"of-3": 0, "of-7": 6}


def test_what_was_learned_is_planned_with_and_what_is_not_known_is_said(tmp_path: Path) -> None:
    guessed = outcome(tmp_path, logs(), noon())
    known = outcome(tmp_path, logs(status=STATUS, maxReplicas=20), noon())
    first, later = (told["events"][0]["needs"][0] for told in (guessed, known))
    assert first["planned"] < 8 < later["planned"]
    assert guessed["stages"][0]["notes"] == [
        "capacity: first guess, 1k/s a replica",
        "partitions: not counted yet, so only maxReplicas bounds the count",
        "start-up: first guess, 30 s",
    ]
    assert known["stages"][0]["notes"] == ["capacity: learned, 500/s a replica, confidence High"]


@pytest.mark.parametrize(
    ("pipeline", "bound"),
    [
        (logs(maxReplicas=2), "needs 5, maxReplicas is 2: 5 would do"),
        (logs(maxReplicas=40, status=STATUS), "needs 9, fits 4: 9 partitions would do"),
    ],
)
def test_what_does_not_fit_is_told_with_the_number_that_would_do(
    tmp_path: Path, pipeline: dict[str, Any], bound: str
) -> None:
    if "status" in pipeline:
        stage = STATUS["stages"][0] | {"partitions": {"total": 4, "usable": 4}}
        pipeline = pipeline | {"status": {"stages": [stage]}}
    path = written(tmp_path, pipeline, noon())
    result = plan("-f", path, *MORNING, "--strict", "-o", "json")
    assert result.exit_code == 4
    (event,) = json.loads(result.stdout)["events"]
    assert bound in event["needs"][0]["bound"]
    assert (event["feasible"]["status"], event["feasible"]["reason"]) == ("False", "DoesNotFit")
    assert plan("-f", path, *MORNING).exit_code == 0


def test_a_multiplier_is_of_what_is_given_or_of_what_status_tells(tmp_path: Path) -> None:
    twenty = noon(expected={"multiplier": 20})

    def rate(pipeline: dict[str, Any], *options: str) -> Any:  # noqa: ANN401
        told = outcome(tmp_path, pipeline, twenty, options=(*MORNING, *options))
        return told["events"][0]["needs"][0]["records_per_second"]

    assert rate(logs(status=STATUS)) == 4_000
    assert rate(logs(status=STATUS), "--usual", "300") == 6_000
    assert rate(logs()) is None
    twenty["status"] = {
        "observedGeneration": 1,
        "stages": [
            {"pipeline": "access-logs", "stage": "index", "perSecond": 9_000, "planned": 8, "floor": 0}
        ],
    }
    assert rate(logs(status=STATUS)) == 9_000
    twenty["status"]["observedGeneration"] = 0
    assert rate(logs(status=STATUS)) == 4_000


def test_what_nobody_can_multiply_does_not_fit(tmp_path: Path) -> None:
    told = outcome(tmp_path, logs(), noon(expected={"multiplier": 20}))
    assert told["events"][0]["feasible"]["reason"] == "BaselineUnknown"


def test_an_event_by_its_name_is_planned_over_its_whole_span(tmp_path: Path) -> None:
    options = ("--from", "2026-01-01T00:00Z", "--event", "double-eleven")
    told = outcome(
        tmp_path, logs(), noon(), noon("later", schedule={"at": "2026-12-01T00:00"}), options=options
    )
    assert (told["from"], told["to"]) == ("2026-11-18T11:30:00Z", "2026-11-18T13:20:00Z")
    assert [each["name"] for each in told["events"]] == ["double-eleven"]


def test_what_if_takes_the_place_of_an_event_of_that_name(tmp_path: Path) -> None:
    applied = written(tmp_path, logs(), noon(expected={"replicas": {"index": 3}}))
    supposed = written(tmp_path, noon(expected={"replicas": {"index": 6}}), name="sale.yaml")
    result = plan("-f", applied, "--what-if", supposed, *MORNING, "-o", "json")
    (event,) = json.loads(result.stdout)["events"]
    assert (event["what_if"], event["needs"][0]["planned"]) == (True, 6)


def test_an_event_that_is_not_in_the_period_is_named(tmp_path: Path) -> None:
    suspended, late = noon("off", suspend=True), noon("late", schedule={"at": "2027-01-01T00:00"})
    told = outcome(tmp_path, logs(), suspended, late)
    assert told["events"] == []
    assert told["notes"] == [
        "shop/late comes later: its warming begins 2026-12-31T23:30:00Z (--event late)",
        "shop/off: suspend is true: it is left out.",
    ]


def test_where_the_operator_plans_another_count_that_is_told(tmp_path: Path) -> None:
    times = {"warming": "11:30", "ready": "11:50", "start": "12:00", "end": "13:00", "over": "13:20"}
    occurrence = {name: f"2026-11-18T{clock}:00Z" for name, clock in times.items()}
    stage = {"pipeline": "access-logs", "stage": "index", "planned": 7, "floor": 0}
    status = {"observedGeneration": 1, "occurrence": occurrence, "stages": [stage]}
    (note,) = outcome(tmp_path, logs(), noon() | {"status": status})["notes"]
    assert note.startswith(
        "shop/double-eleven: the operator plans 7 replicas of access-logs/index, which sees"
    )
    stage["planned"] = 5
    assert outcome(tmp_path, logs(), noon() | {"status": status})["notes"] == []


def test_one_that_comes_again_is_planned_each_time(tmp_path: Path) -> None:
    daily = noon(schedule={"cron": "0 12 * * *"})
    told = outcome(tmp_path, logs(), daily, options=("--from", "2026-11-18T06:00Z", "--hours", "72"))
    assert [each["start"] for each in told["events"]] == [f"2026-11-{day}T12:00:00Z" for day in (18, 19, 20)]
    hours = [each["needs"][0]["pod_hours"] for each in told["events"]]
    assert hours[0] == hours[1] == hours[2] > 0

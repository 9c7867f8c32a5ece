"""`logpipeline simulate --event`: what is read and told, and what is said of files that cannot be used."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from logpipeline.core.timestamps import read_time, spell_time
from logpipeline.simulate.documents import read_events
from logpipeline.simulate.facts import facts_of, notes_of
from logpipeline.simulate.options import EventOptions, Options, TrafficOptions, UnusableError
from logpipeline.simulate.outcome import outcome_of
from logpipeline.simulate.subject import Subject, subject_of
from tests.unit.simulate.test_command import PIPELINE

EXAMPLES = Path(__file__).parents[3] / "examples"
SCENARIO, EVENT = EXAMPLES / "scenarios" / "announced-sale.yaml", EXAMPLES / "events" / "double-eleven.yaml"


def event(**changes: Any) -> dict[str, Any]:  # noqa: ANN401
    """The example, with another spec."""
    document: dict[str, Any] = yaml.safe_load(EVENT.read_text())
    spec = {name: value for name, value in (document["spec"] | changes).items() if value is not None}
    return document | {"spec": spec}


def written(folder: Path, *documents: object) -> Path:
    path = folder / "sale.yaml"
    path.write_text(yaml.safe_dump_all(documents))
    return path


def told(folder: Path, *documents: object, **options: Any) -> Subject:  # noqa: ANN401
    path = written(folder, *documents)
    return subject_of(Options(scenario=SCENARIO, events=EventOptions((path,), **options)))


def test_the_example_is_read_by_its_name() -> None:
    assert list(read_events([EVENT])) == ["double-eleven"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"expected": {}}, "exactly one of recordsPerSecond, multiplier and replicas must be given"),
        ({"expected": {"multiplier": 2, "recordsPerSecond": 5}}, "exactly one of recordsPerSecond"),
        ({"expected": {"multiplier": 0}}, "expected.multiplier"),
        ({"expected": None}, "expected: Field required"),
        ({"schedule": {}}, "exactly one of at and cron must be given"),
        ({"schedule": {"at": "2026-11-11T00:00:00", "cron": "0 0 * * *"}}, "exactly one of at and cron"),
        (
            {"schedule": {"at": "2026-11-11T00:00:00", "until": "2026-12-01T00:00"}},
            "until and except belong to cron",
        ),
        ({"schedule": {"at": "tomorrow"}}, "must be a local time such as"),
        ({"schedule": {"at": "2026-11-11T00:00:00", "timeZone": "Mars/Olympus"}}, "Mars/Olympus"),
        ({"schedule": {"cron": "0 0 30 2 *"}}, "30 2"),
        ({"duration": "0s"}, "duration"),
        ({"leadTime": "1h", "readyBefore": "2h"}, "readyBefore must not be longer than leadTime"),
        ({"durations": "1h"}, "durations"),
    ],
)
def test_what_cannot_be_used_is_said_with_its_place(tmp_path: Path, changes: Any, sentence: str) -> None:  # noqa: ANN401
    with pytest.raises(UnusableError) as refused:
        read_events([written(tmp_path, event(**changes))])
    assert sentence in str(refused.value)
    assert "sale.yaml: double-eleven: spec" in str(refused.value)


@pytest.mark.parametrize(
    ("documents", "sentence"),
    [
        ((), "has no document of kind SalesEvent"),
        ((event() | {"kind": "LogPipeline"},), "has no document of kind SalesEvent"),
        ((event() | {"apiVersion": "v1"},), "write logpipeline.io/v1alpha1"),
        ((event() | {"metadata": {}},), "metadata.name is missing"),
        ((event(), event()), "double-eleven was given before"),
    ],
)
def test_a_file_must_have_events_with_names_of_their_own(
    tmp_path: Path, documents: tuple[object, ...], sentence: str
) -> None:
    with pytest.raises(UnusableError, match=sentence):
        read_events([written(tmp_path, *documents)])


def test_a_truth_factor_is_a_number(tmp_path: Path) -> None:
    with pytest.raises(UnusableError, match="--truth-factor"):
        told(tmp_path, event(), truth_factor=float("nan"))


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"suspend": True}, "double-eleven is suspended"),
        (
            {"schedule": {"at": "2030-01-01T00:00:00"}},
            "double-eleven does not happen between 2026-11-10T14:00:00Z",
        ),
        ({"expected": {"multiplier": 40}, "leadTime": "110m"}, "(BaselineUnknown)"),
    ],
)
def test_what_is_not_played_as_it_was_meant_is_said(
    tmp_path: Path, changes: dict[str, Any], note: str
) -> None:
    (said,) = notes_of(told(tmp_path, event(**changes)))
    assert note in said


def test_what_is_announced_is_in_the_report_and_in_the_json(tmp_path: Path) -> None:
    subject = told(tmp_path, event(expected={"multiplier": 40}))
    assert ("announced", "double-eleven, 40x") in facts_of(subject)
    assert notes_of(subject) == ()
    (known,) = json.loads(json.dumps(outcome_of(subject, [])))["scenario"]["events"]
    assert known["records_per_second"] == 800_000
    assert known["usual"] == {"records_per_second": 20_000, "source": "mean of the last 1 h"}
    assert known["start"] == "2026-11-10T16:00:00Z"


def test_what_a_trace_tells_of_weeks_before_is_what_is_usual(tmp_path: Path) -> None:
    begins = read_time("2026-11-01T00:00:00Z")
    hours = [f"{spell_time(begins + 3_600 * hour)},{3_600 * (100 + hour % 24)}" for hour in range(11 * 24)]
    counts = tmp_path / "counts.csv"
    counts.write_text("\n".join(["time,requests", *hours]))
    traffic = TrafficOptions(counts, begins=begins + 9 * 86_400.0, peak_replicas=40.0)
    events = EventOptions((written(tmp_path, event(expected={"multiplier": 2})),))
    subject = subject_of(Options(pipeline=Path(PIPELINE), traffic=traffic, events=events))
    (sale,) = subject.sales.sales
    assert sale.usual is not None
    assert sale.usual.source == "median of the same slot on 9 days"
    assert subject.traffic is not None
    assert sale.per_second == pytest.approx(2 * subject.traffic.peak * 116 / 123, rel=0.01)

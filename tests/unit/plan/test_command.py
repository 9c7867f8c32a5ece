"""`logpipeline plan` as its users meet it: the tables, the picture, and what cannot be used."""

from pathlib import Path
from typing import Any

import pytest

from logpipeline.plan.command import NO_API_SERVER, UNUSABLE_INPUT
from tests.unit.plan.given import API, MORNING, logs, noon, outcome, plan, written

DOCS = Path(__file__).parents[3] / "docs" / "sales.md"


def test_times_are_told_in_the_zone_of_the_event(tmp_path: Path) -> None:
    shanghai = noon(schedule={"at": "2026-11-18T12:00:00", "timeZone": "Asia/Shanghai"})
    options = ("--event", "double-eleven", "--from", "2026-11-01", "--price-per-pod-hour", "2")
    told = plan("-f", written(tmp_path, logs(), shanghai), *options).stdout
    assert "From 2026-11-18 11:30 to 2026-11-18 13:20, Asia/Shanghai" in told
    assert "Asia/Shanghai  2026-11-18 11:30  11:50     12:00  13:00  13:20" in " ".join(told.splitlines())
    assert "shop/access-logs/index, 1 to 8 replicas: the floor" in told
    assert "█" in told
    assert "\x1b" not in told
    assert ", which cost " in told


def test_nothing_announced_is_said(tmp_path: Path) -> None:
    told = plan("-f", written(tmp_path, logs()), *MORNING).stdout
    assert "No announced event asks for anything in this time." in told
    assert "0.0 pod-hours above minReplicas" in told


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ("a: [", "sale.yaml, line 1"),
        (noon(schedule={"at": "2026-11-18T12:00", "timeZone": "Mars/Olympus"}), "Mars/Olympus"),
        (noon(schedule={"cron": "0 0 30 2 *"}), "names a day that no month has"),
        (noon(expected={}), "exactly one of recordsPerSecond, multiplier and replicas"),
        (noon(pipelineSelector={"matchLabels": {"tier": "back"}}), "access-logs has tier=storefront"),
        (logs(), "has no document of kind SalesEvent"),
        (noon() | {"apiVersion": "v1"}, f"write {API}"),
        (noon() | {"metadata": {"name": "x", "namespace": "elsewhere"}}, "there is none: give -n"),
        (noon() | {"metadata": {"name": "x", "labels": ["a"]}}, "metadata.labels is no mapping"),
    ],
)
def test_a_what_if_that_cannot_be_used_is_told(tmp_path: Path, document: Any, sentence: str) -> None:  # noqa: ANN401
    path = tmp_path / "sale.yaml"
    if isinstance(document, str):
        path.write_text(document)
    else:
        written(tmp_path, document, name="sale.yaml")
    result = plan("-f", written(tmp_path, logs()), "--what-if", str(path), *MORNING)
    assert result.exit_code == UNUSABLE_INPUT
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("documents", "options", "sentence"),
    [
        ((noon(),), (), "an event by itself scales nothing"),
        (({"kind": "Pod"},), (), "has no document of kind LogPipeline or SalesEvent"),
        ((logs(), logs()), (), "LogPipeline access-logs was given before"),
        ((logs(maxReplicas=0),), (), "maxReplicas"),
        ((logs(), noon()), ("--event", "easter"), "there is no such event; known: double-eleven"),
        ((logs(), noon()), ("--event", "double-eleven", "--from", "2026-12-01"), "All its times are past"),
        ((logs(),), ("--usual", "inf"), "are numbers"),
        ((logs(),), ("--from", "soon"), "soon"),
        ((logs(),), ("--hours", "0"), "--hours"),
    ],
)
def test_files_and_options_that_cannot_be_used_are_told(
    tmp_path: Path, documents: tuple[object, ...], options: tuple[str, ...], sentence: str
) -> None:
    result = plan("-f", written(tmp_path, *documents), *options)
    assert result.exit_code == UNUSABLE_INPUT
    assert sentence in result.stderr


def test_a_kubeconfig_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "/nowhere/kubeconfig")
    result = plan()
    assert result.exit_code == NO_API_SERVER
    assert "/nowhere/kubeconfig" in result.stderr


def test_what_the_json_has_is_documented(tmp_path: Path) -> None:
    told, documented = outcome(tmp_path, logs(), noon()), DOCS.read_text()
    for part in (told, told["events"][0], told["events"][0]["needs"][0], told["stages"][0]):
        for name in part:
            assert f"`{name}`" in documented

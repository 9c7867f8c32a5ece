"""What a SalesEvent may say, and what is said of nonsense where no API server looks."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from pydantic import ValidationError

from logpipeline.api.logpipeline import LogPipeline
from logpipeline.api.sale import SalesEventSpec
from logpipeline.api.salesevent import SalesEvent
from logpipeline.core.schedule import current_or_next, occurrences, problem
from tests.fuzz import spec_schema, specs
from tests.manifests import changed, sale
from tests.refused_sales import REFUSED

EXAMPLES = Path(__file__).parents[3] / "examples"
SALES = sorted(EXAMPLES.glob("sale*.yaml"))
NOW = 1_794_355_200.0
"""11 November 2026."""
IN_OTHER_WORDS = {
    "an absurd lead": "is longer than any pipeline will live",
    "replicas of nothing": "at least 1 item",
    "a stage of a long name": "at most 63 characters",
}


@pytest.mark.parametrize("case", REFUSED)
def test_the_models_refuse_what_the_api_server_refuses_with_the_same_sentence(case: str) -> None:
    path, value, sentence = REFUSED[case]
    with pytest.raises(ValidationError) as refusal:
        SalesEvent.model_validate({"spec": changed(path, value, sale)["spec"]})
    assert IN_OTHER_WORDS.get(case, sentence) in str(refusal.value)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("spec.schedule", {"cron": "*/15 8-18 1,15 * MON-FRI", "timeZone": "America/Argentina/Buenos_Aires"}),
        ("spec.schedule", {"cron": "0 0 L * 5#2", "until": "2026-12-31T00:00", "except": ["2026-12-24"]}),
        ("spec.expected", {"replicas": {"collect": 0, "index": 10_000}}),
        ("spec.expected", {"recordsPerSecond": 800_000}),
        ("spec.pipelineSelector", {"matchLabels": {"shop.example/tier": "", "app": "Shop_1.a"}}),
        ("spec.readyBefore", "60m"),
    ],
)
def test_what_makes_sense_is_read(path: str, value: object) -> None:
    assert problem(SalesEventSpec.model_validate(changed(path, value, sale)["spec"])) is None


@given(spec=specs(spec_schema("salesevents"), faults=0) | specs(spec_schema("salesevents"), faults=2))
def test_whatever_is_written_it_is_refused_or_read_and_its_times_told(spec: object) -> None:
    try:
        read_spec = SalesEventSpec.model_validate(spec)
    except ValidationError:
        return
    found = current_or_next(read_spec, NOW)
    assert (problem(read_spec) is None) == (found is not None)
    near = occurrences(read_spec, NOW, NOW + 86_400)
    assert found in near or not near


def read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(path.read_text())
    return document


@pytest.mark.parametrize("path", SALES, ids=lambda path: path.name)
def test_an_example_selects_the_pipeline_of_the_shop_and_asks_for_what_that_may_have(path: Path) -> None:
    event, pipeline = read(path), read(EXAMPLES / "shop" / "30-logpipeline.yaml")
    spec = SalesEventSpec.model_validate(event["spec"])
    assert problem(spec) is None
    assert event["metadata"]["namespace"] == pipeline["metadata"]["namespace"]
    assert spec.pipeline_selector.matches(pipeline["metadata"]["labels"])
    stages = LogPipeline.model_validate({"spec": pipeline["spec"]}).spec.stages
    most = {stage.name: stage.scaling.max_replicas for stage in stages}
    for stage, replicas in (spec.expected.replicas or {}).items():
        assert replicas <= most[stage]


def test_there_is_an_example_of_one_that_happens_once_and_of_one_that_comes_again() -> None:
    assert {frozenset(read(path)["spec"]["schedule"]) & {"at", "cron"} for path in SALES} == {
        frozenset({"at"}),
        frozenset({"cron"}),
    }

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from logpipeline.api.logpipeline import LogPipeline
from logpipeline.api.pipeline import LogPipelineSpec
from logpipeline.api.schema import structural_schema
from tests.manifests import changed, pipeline


def defaulted(value: Any, schema: dict[str, Any]) -> Any:  # noqa: ANN401 (JSON of any kind)
    """`value` with the defaults of `schema` in it, as the API server fills them in."""
    if "items" in schema:
        return [defaulted(item, schema["items"]) for item in value]
    if "properties" not in schema:
        return value
    filled = {name: field["default"] for name, field in schema["properties"].items() if "default" in field}
    return {name: defaulted(below, schema["properties"][name]) for name, below in (filled | value).items()}


def test_the_operator_and_the_api_server_fill_in_the_same_defaults() -> None:
    spec = changed("spec.stages.0.scaling.fallback", {"replicas": 2})["spec"]
    by_server = defaulted(spec, structural_schema(LogPipelineSpec))
    by_operator = LogPipelineSpec.model_validate(spec).model_dump(
        mode="json", by_alias=True, exclude_none=True
    )
    del by_operator["stages"][0]["source"]["kafka"]["topics"]  # an empty list is no default
    scaling = by_operator["stages"][0][
        "scaling"
    ]  # fields that came after the first release have none in the schema
    assert (scaling.pop("oldestWithin"), scaling["capacity"].pop("learn")) == ("1m", True)
    assert by_operator == by_server


def test_a_spec_that_was_read_is_written_as_it_was() -> None:
    spec = LogPipelineSpec.model_validate(pipeline()["spec"])
    assert LogPipelineSpec.model_validate(spec.model_dump(mode="json", by_alias=True)) == spec


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("spec.stages.0.name", "Index", "must be lowercase letters"),
        ("spec.stages.0.name", "index\n", "must be lowercase letters"),
        ("spec.stages.0.scaleTargetRef.kind", "deployment", "must be a kind, such as Deployment"),
        ("spec.stages.0.scaleTargetRef.apiVersion", "apps", "must be a group and a version"),
        ("spec.stages.0.source.kafka.bootstrapServers", "kafka", "must be host:port"),
        ("spec.stages.0.source.kafka.bootstrapServers", "a:1, b:2", "without spaces"),
        ("spec.stages.0.source.kafka.topics", ["access log"], "must be the name of a topic"),
        ("spec.stages.0.source.kafka.topics", ["."], "neither '.' nor '..'"),
        ("spec.stages.0.source.kafka.topics", [".."], "neither '.' nor '..'"),
        ("spec.stages.0.source.kafka.topics", ["\ud800"], "unable to parse raw data as a unicode string"),
        ("spec.stages.0.source.kafka.consumerGroup", "a\0b", "without control characters"),
        ("spec.stages.0.source.kafka.consumerGroup", "a\nb", "without control characters"),
        ("spec.stages.0.source.kafka.consumerGroup", "  ", "not blank"),
        (
            "spec.stages.0.source.kafka.consumerGroup",
            "\ud800",
            "unable to parse raw data as a unicode string",
        ),
        ("spec.stages.0.scaling.drainWithin", "0s", "must be from 1s to 7d"),
        ("spec.stages.0.scaling.maxReplicas", 0, "greater than or equal to 1"),
        ("spec.stages.0.scaling.maxRepilcas", 4, "Extra inputs are not permitted"),
    ],
)
def test_the_operator_too_says_what_is_wrong_with_a_field(path: str, value: object, sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        LogPipeline.model_validate({"spec": changed(path, value)["spec"]})


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("spec.stages.0.source.kafka.topics", ["...", ".hidden", "a..b", "-"]),
        ("spec.stages.0.source.kafka.consumerGroup", "größer als 1 (blau)"),
        ("spec.stages.0.source.kafka.consumerGroup", "no"),
    ],
)
def test_names_that_brokers_allow_are_allowed(path: str, value: object) -> None:
    LogPipeline.model_validate({"spec": changed(path, value)["spec"]})


def objects(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for name, field in schema.get("properties", {}).items():
        yield f"{path}.{name}", field
        yield from objects(field, f"{path}.{name}")
        yield from objects(field.get("items", {}), f"{path}.{name}[]")


def test_no_field_is_without_a_description() -> None:
    fields = dict(objects(structural_schema(LogPipeline)))
    assert len(fields) > 60
    assert [path for path, field in fields.items() if not field.get("description", "").endswith(".")] == []

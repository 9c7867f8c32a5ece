from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from logpipeline.api import crd
from logpipeline.api.duration import FORM
from logpipeline.api.resources import LOG_PIPELINE, RESOURCES, SALES_EVENT, Resource

EACH = pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.kind)

SCHEMA_KEYS = {
    "type", "format", "description", "default", "enum", "minimum", "maximum", "minLength", "maxLength",
    "properties", "required", "items", "minItems", "maxItems",
    "additionalProperties", "minProperties", "maxProperties",
    "x-kubernetes-validations", "x-kubernetes-list-type", "x-kubernetes-list-map-keys",
}  # fmt: skip


def version(resource: Resource) -> dict[str, Any]:
    found: dict[str, Any] = crd.definition(resource)["spec"]["versions"][0]
    return found


def schemas(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    yield path, schema
    for name, field in schema.get("properties", {}).items():
        yield from schemas(field, f"{path}.{name}")
    if "items" in schema:
        yield from schemas(schema["items"], f"{path}[]")
    if "additionalProperties" in schema:
        yield from schemas(schema["additionalProperties"], f"{path}{{}}")


def all_schemas(resource: Resource) -> dict[str, dict[str, Any]]:
    return dict(schemas(version(resource)["schema"]["openAPIV3Schema"]))


def at(path: str, resource: Resource = LOG_PIPELINE) -> dict[str, Any]:
    return all_schemas(resource)[path]


@EACH
def test_the_schema_has_nothing_that_a_structural_schema_may_not_have(resource: Resource) -> None:
    for path, schema in all_schemas(resource).items():
        assert set(schema) <= SCHEMA_KEYS, path
        assert isinstance(schema["type"], str), path


@EACH
def test_every_list_and_every_text_of_the_spec_is_bounded_or_cel_would_be_refused_for_its_cost(
    resource: Resource,
) -> None:
    for path, schema in all_schemas(resource).items():
        if path.startswith(".spec"):
            assert schema["type"] != "array" or "maxItems" in schema, path
            assert "additionalProperties" not in schema or "maxProperties" in schema, path
            assert schema["type"] != "string" or "maxLength" in schema or "enum" in schema, path


@EACH
def test_no_number_of_the_spec_is_unbounded(resource: Resource) -> None:
    numbers = {
        path: schema
        for path, schema in all_schemas(resource).items()
        if schema["type"] in {"integer", "number"}
    }
    for path, schema in numbers.items():
        assert not path.startswith(".spec") or {"minimum", "maximum"} <= set(schema), path
        assert schema["type"] == "number" or schema["format"] == "int64", path


@EACH
def test_no_default_is_null(resource: Resource) -> None:
    assert [path for path, schema in all_schemas(resource).items() if schema.get("default", "") is None] == []


@EACH
def test_the_yaml_says_what_the_definition_says(resource: Resource) -> None:
    assert yaml.safe_load(crd.render(resource)) == crd.definition(resource)


@EACH
def test_an_object_that_the_operator_has_not_seen_has_no_status(resource: Resource) -> None:
    assert "default" not in at(".status", resource)


def test_durations_are_spelled_in_defaults_as_people_write_them() -> None:
    assert at(".spec.alerts.for")["default"] == "1m"
    assert at(".spec.stages[].scaling.behavior.scaleDown.stabilizationWindow")["default"] == "10m"


@EACH
def test_every_duration_of_the_spec_has_bounds(resource: Resource) -> None:
    durations = {
        path: [rule["message"] for rule in schema["x-kubernetes-validations"]]
        for path, schema in all_schemas(resource).items()
        if any(rule["message"] == FORM for rule in schema.get("x-kubernetes-validations", ()))
    }
    assert len(durations) == {LOG_PIPELINE: 5, SALES_EVENT: 4}[resource]
    for path, messages in durations.items():
        assert any(message.startswith("must be from ") for message in messages), path


def test_two_stages_of_one_name_are_one_entry_of_a_list_that_is_a_map() -> None:
    stages = at(".spec.stages")
    assert stages["x-kubernetes-list-type"] == "map"
    assert stages["x-kubernetes-list-map-keys"] == ["name"]


@EACH
def test_every_rule_says_in_a_sentence_what_is_wrong(resource: Resource) -> None:
    rules = [rule for s in all_schemas(resource).values() for rule in s.get("x-kubernetes-validations", ())]
    assert len(rules) > 10
    assert [rule for rule in rules if len(rule["message"].split()) < 4] == []


@EACH
def test_the_columns_show_fields_that_exist(resource: Resource) -> None:
    known = all_schemas(resource)
    for column in resource.columns:
        path = column.path.split("[?", 1)[0]
        assert path in known or path.startswith(".metadata."), column.name


@EACH
def test_uninstalling_the_chart_leaves_every_pipeline_in_place(resource: Resource) -> None:
    assert crd.definition(resource)["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}


def test_kubectl_explain_tells_the_default() -> None:
    assert at(".spec.stages[].scaling.drainWithin")["description"].endswith("Default: 5m.")


def test_a_default_is_told_as_a_manifest_has_it() -> None:
    tls = at(".spec.stages[].source.redis.sentinel.tls")
    assert tls["default"] is False
    assert tls["description"].endswith("Default: false.")


def test_the_names_in_a_map_are_checked_though_no_structural_schema_speaks_of_names() -> None:
    replicas = at(".spec.expected.replicas", SALES_EVENT)
    name = r"name.matches(r'^([a-z0-9]([-a-z0-9]*[a-z0-9])?)$')"
    assert [rule["rule"] for rule in replicas["x-kubernetes-validations"]] == [
        f"self.all(name, {name})",
        "self.all(name, name.size() <= 63)",
    ]
    assert replicas["additionalProperties"] == {
        "type": "integer",
        "format": "int64",
        "minimum": 0,
        "maximum": 10_000,
    }


def test_both_kinds_are_found_by_a_short_name_and_together() -> None:
    names = [crd.definition(resource)["spec"]["names"] for resource in RESOURCES]
    assert [one["shortNames"] for one in names] == [["lp"], ["sale"]]
    assert [one["categories"] for one in names] == [[crd.CATEGORY]] * 2
    assert not {crd.CATEGORY} & {name for one in names for name in (one["singular"], one["plural"])}

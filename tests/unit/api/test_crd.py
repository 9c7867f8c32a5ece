from collections.abc import Iterator
from typing import Any

import yaml

from logpipeline.api import crd
from logpipeline.api.duration import FORM

SCHEMA_KEYS = {
    "type", "format", "description", "default", "enum", "minimum", "maximum", "minLength", "maxLength",
    "properties", "required", "items", "minItems", "maxItems",
    "x-kubernetes-validations", "x-kubernetes-list-type", "x-kubernetes-list-map-keys",
}  # fmt: skip


def version() -> dict[str, Any]:
    found: dict[str, Any] = crd.logpipeline_crd()["spec"]["versions"][0]
    return found


def schemas(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    yield path, schema
    for name, field in schema.get("properties", {}).items():
        yield from schemas(field, f"{path}.{name}")
    if "items" in schema:
        yield from schemas(schema["items"], f"{path}[]")


def all_schemas() -> dict[str, dict[str, Any]]:
    return dict(schemas(version()["schema"]["openAPIV3Schema"]))


def at(path: str) -> dict[str, Any]:
    return all_schemas()[path]


def test_the_schema_has_nothing_that_a_structural_schema_may_not_have() -> None:
    for path, schema in all_schemas().items():
        assert set(schema) <= SCHEMA_KEYS, path
        assert isinstance(schema["type"], str), path


def test_every_list_and_every_text_of_the_spec_is_bounded_or_cel_would_be_refused_for_its_cost() -> None:
    for path, schema in all_schemas().items():
        if path.startswith(".spec"):
            assert schema["type"] != "array" or "maxItems" in schema, path
            assert schema["type"] != "string" or "maxLength" in schema or "enum" in schema, path


def test_no_number_of_the_spec_is_unbounded() -> None:
    numbers = {path: schema for path, schema in all_schemas().items() if schema["type"] == "integer"}
    for path, schema in numbers.items():
        assert not path.startswith(".spec") or {"minimum", "maximum"} <= set(schema), path
        assert schema["format"] == "int64", path


def test_no_default_is_null() -> None:
    assert [path for path, schema in all_schemas().items() if schema.get("default", "") is None] == []


def test_the_yaml_says_what_the_definition_says() -> None:
    assert yaml.safe_load(crd.render()) == crd.logpipeline_crd()


def test_an_object_that_the_operator_has_not_seen_has_no_status() -> None:
    assert "default" not in at(".status")


def test_durations_are_spelled_in_defaults_as_people_write_them() -> None:
    assert at(".spec.alerts.for")["default"] == "1m"
    assert at(".spec.stages[].scaling.behavior.scaleDown.stabilizationWindow")["default"] == "10m"


def test_every_duration_of_the_spec_has_bounds() -> None:
    durations = {
        path: [rule["message"] for rule in schema["x-kubernetes-validations"]]
        for path, schema in all_schemas().items()
        if any(rule["message"] == FORM for rule in schema.get("x-kubernetes-validations", ()))
    }
    assert len(durations) == 5
    for path, messages in durations.items():
        assert any(message.startswith("must be from ") for message in messages), path


def test_two_stages_of_one_name_are_one_entry_of_a_list_that_is_a_map() -> None:
    stages = at(".spec.stages")
    assert stages["x-kubernetes-list-type"] == "map"
    assert stages["x-kubernetes-list-map-keys"] == ["name"]


def test_every_rule_says_in_a_sentence_what_is_wrong() -> None:
    rules = [rule for s in all_schemas().values() for rule in s.get("x-kubernetes-validations", ())]
    assert len(rules) > 10
    assert [rule for rule in rules if len(rule["message"].split()) < 4] == []


def test_the_columns_show_fields_that_exist() -> None:
    known = all_schemas()
    for column in crd.COLUMNS:
        path = column.path.split("[?", 1)[0]
        assert path in known or path.startswith(".metadata."), column.name


def test_uninstalling_the_chart_leaves_every_pipeline_in_place() -> None:
    assert crd.logpipeline_crd()["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}


def test_kubectl_explain_tells_the_default() -> None:
    assert at(".spec.stages[].scaling.drainWithin")["description"].endswith("Default: 5m.")


def test_a_default_is_told_as_a_manifest_has_it() -> None:
    tls = at(".spec.stages[].source.redis.sentinel.tls")
    assert tls["default"] is False
    assert tls["description"].endswith("Default: false.")

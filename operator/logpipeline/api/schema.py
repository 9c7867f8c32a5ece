"""Structural schemas of Kubernetes from pydantic models.

The API server takes a subset of JSON schema: no references, no `null` as a type, no titles, and nothing about
additional properties beside named ones. See "Specifying a structural schema" in the documentation of
CustomResourceDefinitions.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from logpipeline.api.base import RULES, ApiModel, Rule, with_rules
from logpipeline.api.duration import spell


def structural_schema(model: type[ApiModel]) -> dict[str, Any]:
    """The schema of `model` as the API server takes it, with its rules, defaults and descriptions."""
    schema = model.model_json_schema(schema_generator=_StructuralSchema)
    definitions = schema.pop("$defs", {})
    del schema["title"]
    inlined: dict[str, Any] = _inline(schema, definitions)
    return inlined


class _StructuralSchema(GenerateJsonSchema):
    """Leaves out what the API server refuses, and adds what it offers beyond JSON schema."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """An object with its rules; unknown fields are refused by the server's own field validation."""
        model = super().model_schema(schema)
        del model["additionalProperties"]
        return with_rules(model, *schema["cls"].validations)

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """What may be None is simply left out in YAML."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Nothing, or an empty list, is what leaving the field out means already."""
        if schema.get("default", ...) in (None, ()):
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        """What names in a map must satisfy becomes rules of the map: structural schemas cannot say it."""
        mapping = super().dict_schema(schema)
        names = mapping.pop("propertyNames", {})
        rules = [_of_each_name(rule["rule"], rule["message"]) for rule in names.get(RULES, ())]
        if (longest := names.get("maxLength")) is not None:
            rules.append(
                _of_each_name(f"self.size() <= {longest}", f"must have {longest} characters at most")
            )
        return with_rules(mapping, *rules)

    def int_schema(self, schema: core_schema.IntSchema) -> JsonSchemaValue:
        """Whole numbers are of 64 bits."""
        return super().int_schema(schema) | {"format": "int64"}

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 (the hook's signature)
        """Fields have descriptions instead."""
        return False

    def encode_default(self, dft: object) -> object:
        """Durations are spelled as in YAML, not as in ISO 8601."""
        return spell(dft) if isinstance(dft, timedelta) else super().encode_default(dft)


def _of_each_name(expression: str, message: str) -> Rule:
    """A rule of a name as one of the map that it is in."""
    return Rule(f"self.all(name, {re.sub(r'^self', 'name', expression)})", f"each name {message}")


def _inline(node: Any, definitions: Mapping[str, Any]) -> Any:  # noqa: ANN401 (a JSON value)
    """`node` with each reference replaced by what it names; what stands beside the reference wins."""
    if isinstance(node, list):
        return [_inline(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    beside = {key: _inline(value, definitions) for key, value in node.items() if key != "$ref"}
    if "$ref" not in node:
        return beside
    named = _inline(definitions[node["$ref"].removeprefix("#/$defs/")], definitions)
    del named["title"]
    return {**named, **beside}


def spell_default(field: Mapping[str, Any]) -> str:
    """The default of a field as a manifest has it; empty where there is none, or more than one value."""
    default = field.get("default")
    if isinstance(default, bool):
        return str(default).lower()
    return str(default) if isinstance(default, str | int) else ""

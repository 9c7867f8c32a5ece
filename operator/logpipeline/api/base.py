"""What every model of a resource has in common, and the rules that both Python and the API server check."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Final, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler, model_validator
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

RULES: Final = "x-kubernetes-validations"
"""Where a schema has its rules."""


class Rule(NamedTuple):
    """A CEL expression over `self` that the API server checks, and the sentence shown when it fails."""

    expression: str
    message: str
    message_expression: str | None = None
    """CEL for a sentence with the numbers in it, used instead of `message`."""
    holds: Callable[[Any], bool] | None = None
    """The same of a model in Python, for what never passes an API server; None: it is checked there alone."""

    def as_schema(self) -> dict[str, str]:
        """The entry of `RULES`."""
        entry = {"rule": self.expression, "message": self.message}
        return entry | ({"messageExpression": self.message_expression} if self.message_expression else {})


@dataclass(frozen=True, slots=True)
class Matches:
    """An annotation of a string: all of it matches `pattern`.

    Takes the place of a schema's own `pattern`, whose refusal is the regular expression rather than a
    sentence. The pattern is read by Python and by RE2, and is anchored at both ends by this class.
    """

    pattern: str
    message: str

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check in Python what the API server checks."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Write the check as CEL."""
        rule = Rule(f"self.matches(r'^({self.pattern})$')", self.message)
        return with_rules(handler(schema), rule)

    def _check(self, text: str) -> str:
        if re.fullmatch(self.pattern, text) is None:
            raise ValueError(f"{text!r} {self.message}")
        return text


class ApiModel(BaseModel):
    """A frozen value of the API: snake_case here, camelCase in YAML, documented by its docstrings."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
    )

    validations: ClassVar[tuple[Rule, ...]] = ()
    """What the fields must satisfy together."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for rule in self.validations:
            if rule.holds is not None and not rule.holds(self):
                raise ValueError(rule.message)
        return self


def unwritten(field: JsonSchemaValue) -> None:
    """Keep the default of a field out of its schema (`json_schema_extra`): so must all that come later.

    The API server would write it into the objects at once when a release brings a new CRD, and the operator
    of the release before, still at work, would not know it.
    """
    field.pop("default", None)


def with_rules(schema: JsonSchemaValue, *rules: Rule) -> JsonSchemaValue:
    """`schema` with the rules added to those that it has."""
    if not rules:
        return schema
    return {**schema, RULES: [*schema.get(RULES, ()), *(rule.as_schema() for rule in rules)]}

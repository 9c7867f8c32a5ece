"""What every model of a resource has in common."""

from typing import ClassVar, NamedTuple

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Rule(NamedTuple):
    """A CEL expression over `self` that the API server checks, and the sentence shown when it fails."""

    expression: str
    message: str
    message_expression: str | None = None
    """CEL for a sentence with the numbers in it, used instead of `message`."""


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

"""One duration type for every field, because the API server, CEL and pydantic each accept different ones."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Final

from pydantic import (
    BeforeValidator,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from logpipeline.api.base import Rule, with_rules

PATTERN: Final = r"^([0-9]+[smhdw])+$"
_MAX_LENGTH: Final = 32
_SECONDS: Final = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
FORM: Final = "is not a duration: write it as 90s, 10m, 1h30m or 14d"
_CEL_UNITS: Final = "{" + ", ".join(f"'{unit}': {size}" for unit, size in _SECONDS.items()) + "}"
_CEL_WELL_FORMED: Final = f"self.matches('{PATTERN}')"
_CEL_TOO_LONG_FOR_AN_INT: Final = "self.matches('[0-9]{10}')"


def parse(text: object) -> timedelta:
    """The time span that `text` names, such as `90s`, `1h30m` or `14d`.

    Raises ValueError with a sentence when it is not of that form, or longer than a timedelta can hold.
    """
    if isinstance(text, timedelta):
        return text
    if not isinstance(text, str) or len(text) > _MAX_LENGTH or not re.fullmatch(PATTERN, text):
        raise ValueError(f"{text!r} {FORM}")
    seconds = sum(int(count) * _SECONDS[unit] for count, unit in re.findall(r"([0-9]+)([smhdw])", text))
    try:
        return timedelta(seconds=seconds)
    except OverflowError:
        raise ValueError(f"{text!r} is longer than any pipeline will live") from None


def spell(span: timedelta) -> str:
    """The shortest text that `parse` reads back as `span`, in whole seconds: `1h30m`."""
    left, parts = int(span.total_seconds()), []
    for unit, size in _SECONDS.items():
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def cel_seconds(field: str) -> str:
    """CEL for the seconds of a duration: the API server's `duration()` knows neither days nor weeks."""
    size = f"{_CEL_UNITS}[part.substring(part.size() - 1)]"
    return f"{field}.findAll('[0-9]+[smhdw]').map(part, int(part.find('[0-9]+')) * {size}).sum()"


@dataclass(frozen=True, slots=True)
class Between:
    """An annotation of a Duration: no shorter and no longer than these, spelled as in YAML."""

    shortest: str
    longest: str

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check in Python what the API server checks."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Write the check as CEL. What is not a duration at all is left to the rule about its form."""
        low, high = (int(parse(bound).total_seconds()) for bound in (self.shortest, self.longest))
        within = f"[{cel_seconds('self')}].all(seconds, seconds >= {low} && seconds <= {high})"
        expression = f"!{_CEL_WELL_FORMED} || (!{_CEL_TOO_LONG_FOR_AN_INT} && {within})"
        return with_rules(handler(schema), Rule(expression, self.message))

    @property
    def message(self) -> str:
        """What is wrong with a duration beyond the bounds."""
        return f"must be from {self.shortest} to {self.longest}"

    def _check(self, span: timedelta) -> timedelta:
        if not parse(self.shortest) <= span <= parse(self.longest):
            raise ValueError(f"{spell(span)!r} {self.message}")
        return span


Duration = Annotated[
    timedelta,
    BeforeValidator(parse),
    PlainSerializer(spell, return_type=str),
    WithJsonSchema(
        with_rules({"type": "string", "maxLength": _MAX_LENGTH}, Rule(_CEL_WELL_FORMED, FORM)),
    ),
]
"""A `timedelta` in Python, a string such as `5m` in YAML. Form and bounds are refused with a sentence."""

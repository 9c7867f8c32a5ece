"""One duration type for every field, because the API server, CEL and pydantic each accept different ones."""

import re
from datetime import timedelta
from typing import Annotated, Final

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

PATTERN: Final = r"^([0-9]+[smhdw])+$"
_MAX_LENGTH: Final = 32
_SECONDS: Final = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}


def parse(text: object) -> timedelta:
    """The time span that `text` names, such as `90s`, `1h30m` or `14d`.

    Raises ValueError with a sentence when it is not of that form, or longer than a timedelta can hold.
    """
    if isinstance(text, timedelta):
        return text
    if not isinstance(text, str) or len(text) > _MAX_LENGTH or not re.fullmatch(PATTERN, text):
        raise ValueError(f"{text!r} is not a duration: write it as 90s, 10m, 1h30m or 14d")
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


Duration = Annotated[
    timedelta,
    BeforeValidator(parse),
    PlainSerializer(spell, return_type=str),
    WithJsonSchema({"type": "string", "pattern": PATTERN, "maxLength": _MAX_LENGTH}),
]
"""A `timedelta` in Python, a string such as `5m` in YAML."""

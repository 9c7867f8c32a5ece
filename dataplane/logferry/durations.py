"""Durations as people write them: 200ms, 30s, 1m30s, 2h."""

import re

from logferry.errors import UsageError

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_PART = re.compile(r"(\d{1,12})(ms|[smhdw])", re.ASCII)
_WHOLE = re.compile(r"(?:\d{1,12}(?:ms|[smhdw]))+", re.ASCII)


def parse_duration(text: str) -> float:
    """Seconds in a duration: the type of the resources (`1m30s`), and milliseconds, which batches need.

    Raises UsageError for anything else.
    """
    if not _WHOLE.fullmatch(text):
        raise UsageError(
            f"'{text}' is not a duration: write a number and a unit, such as 200ms, 30s or 1m30s"
        )
    return sum(int(number) * _SECONDS[unit] for number, unit in _PART.findall(text))

"""What an answer of Prometheus says: one number, or why it is none."""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from pydantic import BaseModel, TypeAdapter, ValidationError

from logpipeline.api.conditions import Reason

MOST: Final = 2**62
"""Counts are 64-bit integers."""
_LABELS_SHOWN: Final = 100

_Point = tuple[float, str]
"""Unix seconds at which it was evaluated, by the server's clock, and the value."""


class _Series(BaseModel):
    metric: dict[str, str]
    value: _Point


_RESULT: Final[TypeAdapter[_Point | list[_Series]]] = TypeAdapter(_Point | list[_Series])


class NotOneNumberError(Exception):
    """An answer that is not one number to count with. Says what the query does, to follow on its name."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Series(NamedTuple):
    """One series of an answer."""

    labels: dict[str, str]
    at: float
    """When the query was evaluated, Unix seconds by the server's clock."""
    value: float


def series_of(result: object) -> Sequence[Series]:
    """All series of an answer; a scalar is one without labels. Raises NotOneNumberError."""
    try:
        read = _RESULT.validate_python(result)
        points = [({}, read)] if isinstance(read, tuple) else [(one.metric, one.value) for one in read]
        return [Series(labels, at, float(value)) for labels, (at, value) in points]
    except ValidationError:
        message = "gives a range or a histogram, not one number: take the range off, or reduce it to a number"
        raise NotOneNumberError(Reason.NOT_A_NUMBER, message) from None
    except ValueError:
        message = "gives a text, not a number: mend it"
        raise NotOneNumberError(Reason.NOT_A_NUMBER, message) from None


def number_of(result: object) -> float:
    """The one number of an answer, 0 or more and finite. Raises NotOneNumberError."""
    series = series_of(result)
    if not series:
        message = "finds nothing: look whether what it asks for is still scraped, or mend it"
        raise NotOneNumberError(Reason.NO_SERIES, message)
    if len(series) > 1:
        raise NotOneNumberError(Reason.SEVERAL_SERIES, _several(series))
    value = series[0].value
    if math.isfinite(value) and 0 <= value <= MOST:
        return value
    if math.isnan(value):
        said = "NaN (a division by zero, perhaps)"
    elif value < 0:
        said = "a negative number"
    else:
        said = "an infinite number" if math.isinf(value) else "a number too large for records"
    raise NotOneNumberError(Reason.NOT_A_NUMBER, f"gives {said}: mend it, or what it measures")


def _several(series: Sequence[Series]) -> str:
    """Two of them, by what tells them apart."""
    first, second = sorted((one.labels for one in series), key=lambda labels: sorted(labels.items()))[:2]
    these, those = (_shown(mine, other) for mine, other in ((first, second), (second, first)))
    return f"gives {len(series)} series, {these} and {those} among them: make it one, with sum() for example"


def _shown(labels: dict[str, str], other: dict[str, str]) -> str:
    differing = [f'{name}="{value}"' for name, value in sorted(labels.items()) if other.get(name) != value]
    shown = ", ".join(differing)
    return f"{{{shown[:_LABELS_SHOWN]}{'…' if len(shown) > _LABELS_SHOWN else ''}}}"

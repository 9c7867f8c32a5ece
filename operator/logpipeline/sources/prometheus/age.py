"""How old the samples behind an answer are: Prometheus repeats the last one for five minutes."""

import re
from typing import Final

from logpipeline.sources.prometheus.answers import NotOneNumberError, series_of

STALE_SECONDS: Final = 150.0
"""Two scrapes missed, and half of one, at the interval that Prometheus has where none is set: a minute."""

_SELECTOR: Final = r"(?:(?![0-9])[\w:]+\s*(?:\{.*\})?|\{.*\})"
_ONE_OF: Final = re.compile(rf"\s*({_SELECTOR})\s*", re.DOTALL)
_ALL_OF: Final = re.compile(rf"\s*(?:sum|max|min|avg|count)\s*\(\s*({_SELECTOR})\s*\)\s*", re.DOTALL)


def question_of_age(query: str) -> str | None:
    """PromQL for the times of the samples behind `query`; None where Prometheus cannot tell.

    It tells them of a selector alone: of an expression, `timestamp` gives the time of its evaluation. So the
    selector is taken out of a plain aggregation.
    """
    found = _ONE_OF.fullmatch(query) or _ALL_OF.fullmatch(query)
    # On a line of its own the parenthesis closes, even where the query ends with a comment.
    return None if found is None else f"timestamp({found[1]}\n)"


def ages_of(result: object) -> list[float]:
    """Age of the newest sample of each series, s, the youngest first; none where they cannot be told."""
    try:
        return sorted(series.at - series.value for series in series_of(result))
    except NotOneNumberError:
        return []

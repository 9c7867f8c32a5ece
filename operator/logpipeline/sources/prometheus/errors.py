"""What an error of a Prometheus server means to the person who must act on it."""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, NamedTuple

from pydantic import BaseModel, Field, ValidationError
from requests import HTTPError, RequestException, Response, Timeout
from requests.exceptions import InvalidURL, JSONDecodeError

from logpipeline.api.conditions import Reason
from logpipeline.core.readings import Missing
from logpipeline.sources.prometheus.session import MOST_BYTES, AnswerTooLargeError

_CREDENTIALS: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_SENTENCE: Final = 300
"""Characters that are kept of a sentence which somebody else wrote."""


class NotAskedError(Exception):
    """The time was up before the question was asked."""


class NotPrometheusError(Exception):
    """What answered is something else."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """A pass in which something went wrong."""

    where: str
    answered: bool
    """Whether the server answered anything in this pass."""
    seconds: float
    """How long the pass could take."""


class _Refusal(BaseModel):
    """What Prometheus says beside a status that is not 200."""

    error: str = ""
    kind: str = Field("", alias="errorType")


class _Explanation(NamedTuple):
    reason: Reason
    message: str


def is_silence(outcome: object) -> bool:
    """Nothing came back."""
    return isinstance(outcome, NotAskedError) or (
        isinstance(outcome, RequestException)
        and not isinstance(outcome, HTTPError | AnswerTooLargeError | JSONDecodeError)
    )


def explain(at: float, circumstances: Circumstances, field: str, error: Exception) -> Missing:
    """Why the query of a `field` of the spec gave no number, and what to do. Raises what it does not know."""
    reason, message = _explanation(circumstances, field, error)
    return Missing(at, reason, message)


def no_address(at: float, where: str) -> Missing:
    """There is nothing to be reached."""
    return Missing(at, Reason.SOURCE_REFUSED, _no_address(where))


def _no_address(where: str) -> str:
    return f"{where} is no address: give one such as http://prometheus:9090"


def _explanation(pass_: Circumstances, field: str, error: Exception) -> _Explanation:
    where = pass_.where
    if isinstance(error, NotAskedError | Timeout):
        return _too_late(pass_, field)
    if isinstance(error, HTTPError) and error.response is not None:
        return _refused(pass_, field, error.response)
    if isinstance(error, AnswerTooLargeError):
        size = f"more than {MOST_BYTES // 1_000_000} MB"
        return _Explanation(
            Reason.SEVERAL_SERIES,
            f"{field} gives {size} on {where}: make it one number, with sum() for example",
        )
    if isinstance(error, InvalidURL):
        return _Explanation(Reason.SOURCE_REFUSED, _no_address(where))
    if isinstance(error, NotPrometheusError | JSONDecodeError):
        return _elsewhere(where, "it does not answer as Prometheus does")
    if isinstance(error, RequestException):
        return _unreachable(where, error)
    raise error


def _too_late(pass_: Circumstances, field: str) -> _Explanation:
    if pass_.answered:
        message = f"{pass_.where} answered, but not {field} within {pass_.seconds:g} s"
        return _Explanation(Reason.SOURCE_TOO_SLOW, f"{message}: ask for less, or have a rule record it")
    message = (
        f"{pass_.where} did not answer within {pass_.seconds:g} s: look whether it runs and is not stuck"
    )
    return _Explanation(Reason.SOURCE_UNREACHABLE, message)


def _refused(pass_: Circumstances, field: str, response: Response) -> _Explanation:
    where, status, refusal = pass_.where, response.status_code, _refusal(response)
    said = f"{status} {response.reason}" if not refusal.error else f"{status} {_one_line(refusal.error)}"
    if status in _CREDENTIALS:
        message = f"{where} refused us ({status}): look at the Secret that authentication names"
        return _Explanation(Reason.SOURCE_REFUSED, message)
    if refusal.kind == "timeout":
        return _too_late(pass_, field)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
        return _Explanation(Reason.SOURCE_UNREACHABLE, f"{where} cannot answer {field} now: {said}")
    if refusal.error:
        message = f"{where} cannot evaluate {field}: {_one_line(refusal.error)}; mend it in the spec"
        return _Explanation(Reason.SOURCE_REFUSED, message)
    if status < HTTPStatus.BAD_REQUEST:
        return _elsewhere(where, f"it sends us elsewhere ({status})")
    return _elsewhere(where, f"it has no such API ({status})")


def _elsewhere(where: str, finding: str) -> _Explanation:
    message = f"{where} is not a Prometheus server: {finding}; look at the address and its path"
    return _Explanation(Reason.SOURCE_REFUSED, message)


def _unreachable(where: str, error: RequestException) -> _Explanation:
    cause = list(_causes(error))[-1]
    if isinstance(cause, ssl.SSLError):
        said = getattr(cause, "verify_message", "") or cause.reason or "the connection was ended"
        message = f"no TLS with {where}: {said}; look at ca.crt, tls.crt and tls.key in the Secret"
        return _Explanation(Reason.SOURCE_REFUSED, message)
    said = cause.strerror if isinstance(cause, OSError) and cause.strerror else "the connection was ended"
    return _Explanation(Reason.SOURCE_UNREACHABLE, f"cannot reach {where}: {said}; look whether it runs")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, what caused it, and so on: the last is what the system said."""
    yield error
    wrapped = next((one for one in error.args if isinstance(one, BaseException)), None)
    if deeper := error.__cause__ or error.__context__ or wrapped:
        yield from _causes(deeper)


def _refusal(response: Response) -> _Refusal:
    try:
        return _Refusal.model_validate_json(response.content)
    except ValidationError:
        return _Refusal()


def _one_line(said: str) -> str:
    line = " ".join("".join(c if c.isprintable() else " " for c in said).split())
    return line if len(line) <= _SENTENCE else f"{line[:_SENTENCE]}…"

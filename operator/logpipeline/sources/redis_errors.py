"""What an error of Redis means to the person who must act on it."""

import re
from dataclasses import dataclass

from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    BusyLoadingError,
    ClusterDownError,
    MovedError,
    NoPermissionError,
    RedisError,
    ResponseError,
)
from redis.exceptions import TimeoutError as RedisTimeoutError

from logpipeline.api.conditions import Reason
from logpipeline.core.model import Missing

CREDENTIALS = re.compile(r"NOAUTH|WRONGPASS|NOPERM|invalid username-password", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Failure:
    """A pass over a server that came to nothing."""

    where: str
    error: Exception
    answered: bool
    """Whether the server answered anything in this pass."""
    seconds: float
    """How long the pass could take."""


def explain_pass(at: float, failure: Failure) -> Missing:
    """Why a whole pass failed, and what to do."""
    error, where = failure.error, failure.where
    if isinstance(error, TimeoutError | RedisTimeoutError):
        return _too_late(at, failure)
    if isinstance(error, AuthenticationError | AuthorizationError | ResponseError):
        return explain_reply(at, where, "the connection", error)
    if isinstance(error, BusyLoadingError):
        message = f"{where} is still loading its data: it will answer when it has"
        return Missing(at, Reason.SOURCE_UNREACHABLE, message)
    return Missing(at, Reason.SOURCE_UNREACHABLE, f"cannot reach {where}: {error}; look whether it runs")


def explain_reply(at: float, where: str, subject: str, error: RedisError) -> Missing:
    """Why one command failed; `subject` is what it was about, `stream 'x'` for example."""
    said = str(error)
    if "no such key" in said:
        message = f"{subject} is not there (yet) on {where}: add a first entry, or mend streams in the spec"
        return Missing(at, Reason.STREAM_MISSING, message)
    if said.startswith("WRONGTYPE"):
        message = f"{subject} on {where} is not a stream: mend streams in the spec"
        return Missing(at, Reason.SOURCE_REFUSED, message)
    if isinstance(error, AuthenticationError | AuthorizationError | NoPermissionError) or CREDENTIALS.search(
        said
    ):
        message = f"{where} refused {subject}: {said}; look at user, password and ACL"
        return Missing(at, Reason.SOURCE_REFUSED, message)
    if isinstance(error, BusyLoadingError | ClusterDownError):
        message = f"{where} cannot serve {subject} now: {said}"
        return Missing(at, Reason.SOURCE_UNREACHABLE, message)
    if isinstance(error, MovedError):
        message = f"{subject} lives on another node of the cluster that {where} is part of: give that node"
        return Missing(at, Reason.SOURCE_REFUSED, message)
    return Missing(at, Reason.SOURCE_REFUSED, f"{where} refused {subject}: {said}")


def too_old(at: float, where: str) -> Missing:
    """The server lacks the counters that everything rests on."""
    message = f"{where} does not count the entries added to a stream: Redis 7.0 or later is needed"
    return Missing(at, Reason.SOURCE_REFUSED, message)


def no_group(at: float, where: str, stream: str, group: str) -> Missing:
    """The stream is there and the group is not."""
    message = (
        f"stream '{stream}' on {where} has no group '{group}': create it with XGROUP CREATE, start a "
        "consumer that does, or mend consumerGroup in the spec"
    )
    return Missing(at, Reason.GROUP_MISSING, message)


def _too_late(at: float, failure: Failure) -> Missing:
    where, seconds = failure.where, failure.seconds
    if failure.answered:
        message = f"{where} answered, but not everything within {seconds:g} s"
        return Missing(at, Reason.SOURCE_TOO_SLOW, message)
    message = f"{where} did not answer within {seconds:g} s: look whether it runs and is not stuck"
    return Missing(at, Reason.SOURCE_UNREACHABLE, message)

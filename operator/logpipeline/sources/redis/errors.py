"""What an error of Redis means to the person who must act on it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from redis.exceptions import (
    AskError,
    AuthenticationError,
    AuthorizationError,
    BusyLoadingError,
    ClusterDownError,
    NoPermissionError,
    RedisError,
    ResponseError,
    TryAgainError,
)
from redis.exceptions import TimeoutError as RedisTimeoutError

from logpipeline.api.conditions import Reason
from logpipeline.core.readings import Missing

CREDENTIALS = re.compile(r"NOAUTH|WRONGPASS|NOPERM|invalid username-password", re.IGNORECASE)
TLS = re.compile(r"\[SSL: \w+\] (.+?) \(_ssl")
"""What is said of a handshake, and of an alert that ends a connection."""


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
    if mistrust := _mistrust(at, where, [error]):
        return mistrust
    return Missing(at, Reason.SOURCE_UNREACHABLE, f"cannot reach {where}: {error}; look whether it runs")


def explain_reply(at: float, where: str, subject: str, error: RedisError) -> Missing:
    """Why one command failed; `subject` is what it was about, `stream 'x'` for example."""
    said = str(error)
    if "no such key" in said:
        message = f"{subject} is not there (yet) on {where}: add a first entry, or mend streams in the spec"
        return Missing(at, Reason.STREAM_MISSING, message)
    if said.startswith("WRONGTYPE"):
        message = f"{subject} on {where} is a key of another type: mend the spec, or delete the key"
        return Missing(at, Reason.SOURCE_REFUSED, message)
    if isinstance(error, AuthenticationError | AuthorizationError | NoPermissionError) or CREDENTIALS.search(
        said
    ):
        message = f"{where} refused {subject}: {said}; look at user, password and ACL"
        return Missing(at, Reason.SOURCE_REFUSED, message)
    if isinstance(error, BusyLoadingError | ClusterDownError | TryAgainError):
        message = f"{where} cannot serve {subject} now: {said}; look at its log and, in a cluster, its nodes"
        return Missing(at, Reason.SOURCE_UNREACHABLE, message)
    if isinstance(error, AskError):
        message = f"{subject} lives on another node of the cluster of {where}: give cluster in the spec"
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


def no_primary(
    at: float, where: str, master: str, votes: Mapping[str, int], failures: Sequence[Exception]
) -> Missing:
    """The sentinels do not lead to a primary: `votes` are how many name which one."""
    if votes:
        named = ", ".join(f"{primary} ({count})" for primary, count in sorted(votes.items()))
        message = (
            f"{where} disagree about the primary of '{master}': {named}; a failover is under way, or they "
            f"cannot reach each other: look at SENTINEL MASTER {master} on each"
        )
        return Missing(at, Reason.SOURCE_INCONSISTENT, message)
    refusal = next((failure for failure in failures if _is_refusal(failure)), None)
    if refusal is not None:
        message = f"{where} refused the connection: {refusal}; look at the sentinels' user, password and ACL"
        return Missing(at, Reason.SOURCE_REFUSED, message)
    if mistrust := _mistrust(at, where, failures):
        return mistrust
    if failures:
        message = f"{where} do not answer: {_spell(failures[0])}; look whether they run"
        return Missing(at, Reason.SOURCE_UNREACHABLE, message)
    message = f"{where} know no primary '{master}': mend sentinel.master in the spec, or have them monitor it"
    return Missing(at, Reason.SOURCE_REFUSED, message)


def no_cluster(at: float, where: str, failures: Sequence[Exception]) -> Missing:
    """No node of a cluster tells which node has which slots."""
    if any("cluster support disabled" in str(failure) for failure in failures):
        message = f"{where} is no cluster: give address instead of cluster in the spec"
        return Missing(at, Reason.SOURCE_REFUSED, message)
    refusal = next((failure for failure in failures if _is_refusal(failure)), None)
    if refusal is not None:
        message = f"{where} refused the connection: {refusal}; look at user, password and ACL"
        return Missing(at, Reason.SOURCE_REFUSED, message)
    if mistrust := _mistrust(at, where, failures):
        return mistrust
    message = f"no node of {where} answers: {_spell(failures[0])}; look whether they run"
    return Missing(at, Reason.SOURCE_UNREACHABLE, message)


def uncovered(at: float, where: str, key: str, slot: int) -> Missing:
    """A part of a cluster has no node."""
    message = f"no node of {where} serves slot {slot} of '{key}': look at CLUSTER NODES for what is missing"
    return Missing(at, Reason.SOURCE_UNREACHABLE, message)


def scattered(at: float, where: str, key: str) -> Missing:
    """The keys of one list are on several nodes, and cannot be read at one moment."""
    message = (
        f"list '{key}' and the keys given with it are in several slots of {where}: give them names with one "
        "hash tag, such as {log}, {log}:taken and {log}:count"
    )
    return Missing(at, Reason.SOURCE_REFUSED, message)


def _mistrust(at: float, where: str, failures: Sequence[Exception]) -> Missing | None:
    """What is wrong with TLS, if it is that."""
    found = next((found for failure in failures if (found := TLS.search(str(failure)))), None)
    if found is None:
        return None
    remedy = "look at the certificates in the Secret, and whether this port speaks TLS"
    return Missing(at, Reason.SOURCE_REFUSED, f"TLS with {where} failed: {found[1]}; {remedy}")


def _is_refusal(failure: Exception) -> bool:
    return isinstance(failure, AuthenticationError | AuthorizationError | ResponseError)


def _spell(failure: Exception) -> str:
    silent = isinstance(failure, TimeoutError | RedisTimeoutError)
    return "no answer in time" if silent else str(failure)

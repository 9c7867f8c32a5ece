import pytest
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    ClusterDownError,
    MovedError,
    NoPermissionError,
    RedisError,
    ResponseError,
    TryAgainError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from logpipeline.api.conditions import Reason
from logpipeline.sources.redis.errors import Failure, explain_pass, explain_reply, no_cluster, no_primary


@pytest.mark.parametrize(
    ("error", "answered", "reason", "says"),
    [
        (TimeoutError(), False, Reason.SOURCE_UNREACHABLE, "did not answer within 4 s"),
        (RedisTimeoutError("slow"), False, Reason.SOURCE_UNREACHABLE, "did not answer within 4 s"),
        (TimeoutError(), True, Reason.SOURCE_TOO_SLOW, "not everything within 4 s"),
        (
            RedisConnectionError("refused"),
            False,
            Reason.SOURCE_UNREACHABLE,
            "cannot reach redis:6379: refused",
        ),
        (OSError("no route"), False, Reason.SOURCE_UNREACHABLE, "cannot reach redis:6379: no route"),
        (BusyLoadingError("LOADING"), False, Reason.SOURCE_UNREACHABLE, "still loading"),
        (AuthenticationError("WRONGPASS"), False, Reason.SOURCE_REFUSED, "user, password and ACL"),
        (ResponseError("NOAUTH needed"), False, Reason.SOURCE_REFUSED, "user, password and ACL"),
    ],
)
def test_a_pass_that_failed_says_why(error: Exception, *, answered: bool, reason: Reason, says: str) -> None:
    missing = explain_pass(7.0, Failure("redis:6379", error, answered=answered, seconds=4.0))
    assert (missing.at, missing.reason) == (7.0, reason)
    assert says in missing.message


@pytest.mark.parametrize(
    ("error", "reason", "says"),
    [
        (
            ResponseError("no such key"),
            Reason.STREAM_MISSING,
            "stream 'log' is not there (yet) on redis:6379",
        ),
        (ResponseError("WRONGTYPE Operation"), Reason.SOURCE_REFUSED, "is a key of another type"),
        (NoPermissionError("no keys for you"), Reason.SOURCE_REFUSED, "user, password and ACL"),
        (BusyLoadingError("LOADING"), Reason.SOURCE_UNREACHABLE, "cannot serve stream 'log' now"),
        (ResponseError("ERR odd"), Reason.SOURCE_REFUSED, "redis:6379 refused stream 'log': ERR odd"),
    ],
)
def test_a_command_that_failed_says_why(error: RedisError, reason: Reason, says: str) -> None:
    missing = explain_reply(7.0, "redis:6379", "stream 'log'", error)
    assert (missing.at, missing.reason) == (7.0, reason)
    assert says in missing.message


@pytest.mark.parametrize(
    ("votes", "failures", "reason", "says"),
    [
        (
            {"a:1": 1, "b:2": 1},
            [],
            Reason.SOURCE_INCONSISTENT,
            "disagree about the primary of 'shop': a:1 (1)",
        ),
        ({}, [], Reason.SOURCE_REFUSED, "know no primary 'shop': mend sentinel.master"),
        ({}, [TimeoutError()], Reason.SOURCE_UNREACHABLE, "do not answer: no answer in time"),
        ({}, [OSError("refused")], Reason.SOURCE_UNREACHABLE, "do not answer: refused"),
        (
            {},
            [TimeoutError(), AuthenticationError("NOAUTH")],
            Reason.SOURCE_REFUSED,
            "look at the sentinels' user, password and ACL",
        ),
    ],
)
def test_sentinels_that_lead_nowhere_say_why(
    votes: dict[str, int], failures: list[Exception], reason: Reason, says: str
) -> None:
    missing = no_primary(7.0, "the sentinels s:26379", "shop", votes, failures)
    assert (missing.at, missing.reason) == (7.0, reason)
    assert says in missing.message


@pytest.mark.parametrize(
    ("failure", "reason", "says"),
    [
        (
            TimeoutError(),
            Reason.SOURCE_UNREACHABLE,
            "no node of the cluster n:7000 answers: no answer in time",
        ),
        (OSError("no route"), Reason.SOURCE_UNREACHABLE, "answers: no route"),
        (NoPermissionError("no CLUSTER for you"), Reason.SOURCE_REFUSED, "look at user, password and ACL"),
        (
            ResponseError("This instance has cluster support disabled"),
            Reason.SOURCE_REFUSED,
            "is no cluster: give address instead of cluster",
        ),
    ],
)
def test_a_cluster_that_does_not_tell_its_slots_says_why(
    failure: Exception, reason: Reason, says: str
) -> None:
    missing = no_cluster(7.0, "the cluster n:7000", [failure])
    assert (missing.at, missing.reason) == (7.0, reason)
    assert says in missing.message


@pytest.mark.parametrize(
    ("error", "reason", "says"),
    [
        (MovedError("42 10.0.0.1:7001"), Reason.SOURCE_REFUSED, "give cluster in the spec"),
        (ClusterDownError("The cluster is down"), Reason.SOURCE_UNREACHABLE, "The cluster is down"),
        (TryAgainError("Multiple keys"), Reason.SOURCE_UNREACHABLE, "cannot serve stream 'log' now"),
    ],
)
def test_a_cluster_that_is_in_trouble_says_why(error: RedisError, reason: Reason, says: str) -> None:
    missing = explain_reply(7.0, "node n:7000", "stream 'log'", error)
    assert missing.reason is reason
    assert says in missing.message

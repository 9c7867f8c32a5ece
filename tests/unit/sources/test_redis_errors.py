import pytest
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    NoPermissionError,
    RedisError,
    ResponseError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from logpipeline.api.conditions import Reason
from logpipeline.sources.redis_errors import Failure, explain_pass, explain_reply


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
        (ResponseError("WRONGTYPE Operation"), Reason.SOURCE_REFUSED, "is not a stream"),
        (NoPermissionError("no keys for you"), Reason.SOURCE_REFUSED, "user, password and ACL"),
        (BusyLoadingError("LOADING"), Reason.SOURCE_UNREACHABLE, "cannot serve stream 'log' now"),
        (ResponseError("ERR odd"), Reason.SOURCE_REFUSED, "redis:6379 refused stream 'log': ERR odd"),
    ],
)
def test_a_command_that_failed_says_why(error: RedisError, reason: Reason, says: str) -> None:
    missing = explain_reply(7.0, "redis:6379", "stream 'log'", error)
    assert (missing.at, missing.reason) == (7.0, reason)
    assert says in missing.message

import pytest
from redis.exceptions import NoPermissionError, RedisError, ResponseError

from logpipeline.api.conditions import Reason
from logpipeline.core.readings import Missing
from logpipeline.sources.base import ListKeys
from logpipeline.sources.redis.lists import list_standing
from logpipeline.sources.redis.standing import Standing

ALL = ListKeys("log", "log:taken", "log:count")
WRONG = ResponseError("WRONGTYPE Operation against a key")


def standing(keys: ListKeys, *replies: object, before: Standing | None = None) -> Standing:
    found = list_standing(7.0, "redis:6379", keys, replies, before)
    assert isinstance(found, Standing)
    return found


def reasons(found: Standing) -> list[Reason]:
    return [doubt.reason for doubt in found.doubts]


def test_what_waits_is_the_list_and_the_processing_list() -> None:
    found = standing(ALL, 30, 5, b"100")
    assert (found.produced, found.waiting, found.consumed) == (100, 35, 65)
    assert found.counted
    assert found.doubts == ()


def test_a_list_that_is_not_there_is_empty() -> None:
    found = standing(ListKeys("log", None, "log:count"), 0, b"0")
    assert (found.produced, found.waiting, found.doubts) == (0, 0, ())


def test_a_counter_that_is_not_there_is_no_zero() -> None:
    found = standing(ListKeys("log", None, "lgo:count"), 0, None)
    assert (found.waiting, found.counted) == (0, False)
    assert reasons(found) == [Reason.ARRIVAL_UNKNOWN]
    assert "counter 'lgo:count' of list 'log' on redis:6379 is not there" in found.doubts[0].message
    assert "mend arrivalKey" in found.doubts[0].message


def test_without_a_counter_only_what_waits_is_known() -> None:
    found = standing(ListKeys("log", "log:taken"), 30, 5)
    assert (found.produced, found.waiting, found.counted) == (35, 35, False)
    assert reasons(found) == [Reason.ARRIVAL_UNKNOWN]


@pytest.mark.parametrize("error", [WRONG, NoPermissionError("no keys for you")])
def test_a_list_that_cannot_be_read_is_missing(error: RedisError) -> None:
    missing = list_standing(7.0, "redis:6379", ALL, error, None)
    assert isinstance(missing, Missing)
    assert (missing.at, missing.reason) == (7.0, Reason.SOURCE_REFUSED)
    assert "list 'log'" in missing.message


@pytest.mark.parametrize("counter", [b"many", b"-1", b"1e6", b"9" * 30, WRONG])
def test_a_counter_that_is_no_number_leaves_what_waits(counter: object) -> None:
    found = standing(ALL, 30, 5, counter)
    assert (found.waiting, found.counted) == (35, False)
    assert reasons(found) == [Reason.SOURCE_REFUSED]
    assert "counter 'log:count'" in found.doubts[0].message


def test_a_processing_list_that_cannot_be_read_leaves_the_list() -> None:
    found = standing(ALL, 30, WRONG, b"100")
    assert (found.produced, found.waiting, found.counted) == (100, 30, True)
    assert reasons(found) == [Reason.SOURCE_REFUSED]
    assert "processing list 'log:taken'" in found.doubts[0].message


def test_more_waits_than_was_counted() -> None:
    found = standing(ALL, 30, 5, b"20")
    assert (found.produced, found.waiting, found.consumed) == (35, 35, 0)
    assert reasons(found) == [Reason.SOURCE_INCONSISTENT]
    assert "15 records were pushed" in found.doubts[0].message


def test_counters_never_fall_from_pass_to_pass_while_the_servers_does_not() -> None:
    before: Standing | None = None
    for length, counter in ((10, 10), (0, 10), (40, 10), (40, 50), (0, 50), (7, 51), (3, 60)):
        found = standing(ListKeys("log", None, "log:count"), length, str(counter).encode(), before=before)
        assert found.waiting == length
        if before is not None:
            assert found.produced >= before.produced
            assert found.consumed >= before.consumed
        before = found


def test_a_counter_that_fell_begins_anew() -> None:
    before = Standing(produced=1_000, waiting=40, counter=1_000)
    found = standing(ListKeys("log", None, "log:count"), 3, b"5", before=before)
    assert (found.produced, found.consumed, found.doubts) == (5, 2, ())


def test_what_was_not_counted_is_remembered_while_the_counter_cannot_be_read() -> None:
    keys = ListKeys("log", None, "log:count")
    before = standing(keys, 3_010, b"10", before=standing(keys, 10, b"10"))
    blind = standing(keys, 3_010, WRONG, before=before)
    assert blind.counter is None, "so the ledger keeps what it knew before"
    after = standing(keys, 2_000, b"10", before=before)
    assert (after.produced, after.consumed) == (before.produced, before.consumed + 1_010)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logpipeline.api.conditions import Reason
from logpipeline.core.model import Missing, PartitionId, Sample
from logpipeline.sources.redis_streams import (
    COUNTED_AT_MOST,
    Standing,
    StreamGroup,
    UnsupportedServerError,
    parse,
    reading_of,
    standing_of,
)

NOW_MS = 1_795_000_000_000
GONE = Missing(1.0, Reason.STREAM_MISSING, "stream 'gone' is not there")
REPLY = {
    "length": 90,
    "entries-added": 100,
    "last-generated-id": b"1795000000000-9",
    "groups": [
        {
            "name": b"collectors",
            "last-delivered-id": b"1795000000000-3",
            "lag": 60,
            "pel-count": 2,
            "pending": [[b"1795000000000-1", b"one", NOW_MS, 1]],
        }
    ],
}


def group(*, lag: int | None, length: int, pending: int = 0, oldest: bytes | None = None) -> StreamGroup:
    return StreamGroup(1_000_000, length, b"9-0", b"0-0", lag, pending, oldest)


def ids(count: int) -> list[bytes]:
    return [f"{NOW_MS + number}-0".encode() for number in range(count)]


def test_the_servers_reply_is_read() -> None:
    assert parse(REPLY, "collectors") == StreamGroup(
        entries_added=100,
        length=90,
        last_generated_id=b"1795000000000-9",
        last_delivered_id=b"1795000000000-3",
        lag=60,
        pending=2,
        oldest_pending_id=b"1795000000000-1",
    )


def test_a_group_that_is_not_there_is_none() -> None:
    assert parse(REPLY, "others") is None


def test_a_server_too_old_to_count_is_said_to_be_so() -> None:
    with pytest.raises(UnsupportedServerError):
        parse({"length": 3, "groups": []}, "collectors")


@pytest.mark.parametrize(
    ("what", "stream", "undelivered", "waiting", "estimated"),
    [
        ("lag and pending", group(lag=60, length=90, pending=2), ids(1), 62, False),
        ("drained", group(lag=0, length=90), [], 0, False),
        ("trimmed below what was delivered", group(lag=60, length=40), ids(1), 40, False),
        ("lag unknown, few", group(lag=None, length=90, pending=2), ids(7), 9, False),
        ("lag unknown, none", group(lag=None, length=90), [], 0, False),
        ("as many as are counted", group(lag=None, length=50_000), ids(COUNTED_AT_MOST), 10_000, False),
        ("too many to count", group(lag=None, length=50_000), ids(COUNTED_AT_MOST + 1), 50_000, True),
    ],
)
def test_what_waits_in_a_stream(
    what: str, stream: StreamGroup, undelivered: list[bytes], waiting: int, *, estimated: bool
) -> None:
    standing = standing_of(stream, undelivered)
    assert (standing.waiting, standing.estimated) == (waiting, estimated), what


@given(st.integers(0, 50_000), st.none() | st.integers(0, 100_000))
def test_no_more_is_looked_up_than_is_needed(length: int, lag: int | None) -> None:
    look_up = group(lag=lag, length=length).look_up
    assert 0 <= look_up <= COUNTED_AT_MOST + 1
    if lag is not None:
        assert look_up <= 1


@pytest.mark.parametrize(
    ("oldest_pending", "undelivered", "oldest_at"),
    [
        (None, [], None),
        (None, ids(1), NOW_MS / 1_000),
        (f"{NOW_MS - 5_000}-0".encode(), ids(1), NOW_MS / 1_000 - 5),
        (f"{NOW_MS + 5_000}-0".encode(), ids(1), NOW_MS / 1_000),
        (b"7-1", [], None),
        (b"7-1", ids(1), NOW_MS / 1_000),
    ],
    ids=["nothing waits", "undelivered", "pending is older", "pending is newer", "no time", "one no time"],
)
def test_the_oldest_is_pending_or_undelivered(
    oldest_pending: bytes | None, undelivered: list[bytes], oldest_at: float | None
) -> None:
    stream = group(lag=len(undelivered), length=9, pending=1, oldest=oldest_pending)
    assert standing_of(stream, undelivered).oldest_at == oldest_at


def test_streams_are_put_together_with_the_oldest_of_all_on_our_clock() -> None:
    standings: dict[str, Standing | Missing] = {
        "b": Standing(produced=10, waiting=4, estimated=True, oldest_at=500.0),
        "a": Standing(produced=7, waiting=0, estimated=False, oldest_at=400.0),
        "gone": GONE,
    }
    sample = reading_of(1_000.0, standings, ahead_seconds=30.0)
    assert isinstance(sample, Sample)
    assert sample.partitions == (PartitionId("a", 0), PartitionId("b", 0))
    assert sample.backlog.tolist() == [0, 4]
    assert sample.missing == (PartitionId("gone", 0),)
    assert sample.missing_because == GONE.message
    assert sample.estimated
    assert sample.oldest_at == 430.0


def test_no_stream_at_all_is_missing_for_its_own_reason() -> None:
    assert reading_of(1.0, {"gone": GONE}, 0.0) is GONE

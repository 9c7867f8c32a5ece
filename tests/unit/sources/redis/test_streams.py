import pytest
from hypothesis import given
from hypothesis import strategies as st

from logpipeline.sources.redis.ledger import Ledger, Subject
from logpipeline.sources.redis.streams import (
    COUNTED_AT_MOST,
    EntryId,
    StreamGroup,
    UnsupportedServerError,
    parse,
    stream_standing,
    undelivered_of,
)

NOW_MS = 1_795_000_000_000
SUBJECT = Subject("log", "collectors")
REPLY = {
    "length": 90,
    "entries-added": 100,
    "recorded-first-entry-id": b"1795000000000-1",
    "last-generated-id": b"1795000000000-9",
    "groups": [
        {
            "name": b"collectors",
            "last-delivered-id": b"1795000000000-3",
            "entries-read": 40,
            "lag": 60,
            "pel-count": 2,
            "pending": [[b"1795000000000-1", b"one", NOW_MS, 1]],
        }
    ],
}


def group(*, lag: int | None, length: int, **more: object) -> StreamGroup:
    """A group in the middle of a stream with ids from 1-0 to 9-0."""
    given: dict[str, object] = {
        "entries_added": 1_000_000,
        "first_id": b"1-0",
        "last_generated_id": b"9-0",
        "last_delivered_id": b"5-0",
        "entries_read": None if lag is None else 1_000_000 - lag,
        "pending": 0,
        "oldest_pending_id": None,
    } | more
    return StreamGroup(lag=lag, length=length, **given)  # type: ignore[arg-type]


def ids(count: int) -> list[bytes]:
    return [f"{NOW_MS + number}-0".encode() for number in range(count)]


def test_the_servers_reply_is_read() -> None:
    assert parse(REPLY, "collectors") == StreamGroup(
        entries_added=100,
        length=90,
        first_id=b"1795000000000-1",
        last_generated_id=b"1795000000000-9",
        last_delivered_id=b"1795000000000-3",
        entries_read=40,
        lag=60,
        pending=2,
        oldest_pending_id=b"1795000000000-1",
    )


def test_a_group_that_is_not_there_is_none() -> None:
    assert parse(REPLY, "others") is None


def test_a_server_too_old_to_count_is_said_to_be_so() -> None:
    with pytest.raises(UnsupportedServerError):
        parse({"length": 3, "groups": []}, "collectors")


def test_ids_are_in_the_order_of_their_numbers() -> None:
    assert EntryId.parse(b"9-0") < EntryId.parse(b"10-0") < EntryId.parse(b"10-2") < EntryId.parse(b"10-11")


AT_THE_END = {"last_delivered_id": b"9-0"}
OVERTAKEN = {"last_delivered_id": b"0-7"}


@pytest.mark.parametrize(
    ("what", "stream", "asked", "found", "surplus", "entries", "estimated"),
    [
        ("by the lag", group(lag=60, length=90), 1, 1, 0, 60, False),
        ("by the lag, compared", group(lag=60, length=90), 61, 60, 0, 60, False),
        ("the lag was too large", group(lag=60, length=90), 61, 7, 0, 7, False),
        ("the lag was too small", group(lag=60, length=90), 61, 61, 0, 90, True),
        ("at the end, whatever the lag", group(lag=60, length=90, **AT_THE_END), 0, 0, 0, 0, False),
        ("overtaken: all that is left", group(lag=60, length=40, **OVERTAKEN), 1, 1, 0, 40, False),
        ("overtaken, lag unknown", group(lag=None, length=40, **OVERTAKEN), 1, 1, 0, 40, False),
        ("empty", group(lag=60, length=0), 0, 0, 0, 0, False),
        ("lag unknown", group(lag=None, length=90), 91, 7, 0, 7, False),
        ("lag unknown, none left", group(lag=None, length=90), 91, 0, 0, 0, False),
        ("lag unknown, too many", group(lag=None, length=50_000), 10_001, 10_001, 0, 50_000, True),
        ("lag below nothing", group(lag=-5, length=90), 91, 90, 0, 90, False),
        ("lag nothing, and yet not at the end", group(lag=0, length=90), 91, 30, 0, 30, False),
        (
            "known to be too large, too many",
            group(lag=20_000, length=50_000),
            10_001,
            10_001,
            9,
            20_000,
            True,
        ),
        (
            "known to be too small, too many",
            group(lag=20_000, length=50_000),
            10_001,
            10_001,
            -1,
            50_000,
            True,
        ),
    ],
)
def test_what_was_not_given_yet(
    what: str,
    stream: StreamGroup,
    *,
    asked: int,
    found: int,
    surplus: int,
    entries: int,
    estimated: bool,
) -> None:
    undelivered = undelivered_of(stream, asked, ids(found), surplus=surplus)
    assert (undelivered.entries, undelivered.estimated) == (entries, estimated), what


@given(
    st.integers(0, 50_000), st.none() | st.integers(-5, 100_000), st.sampled_from([b"0-7", b"5-0", b"9-0"])
)
def test_no_more_is_read_than_can_be_counted(length: int, lag: int | None, delivered: bytes) -> None:
    ledger = Ledger()
    ledger.begin([SUBJECT])
    stream = group(lag=lag, length=length, last_delivered_id=delivered)
    assert 0 <= ledger.look_up(SUBJECT, stream, 0.0) <= COUNTED_AT_MOST + 1


def test_what_was_deleted_before_it_was_given_is_lost() -> None:
    assert group(lag=60, length=40, **OVERTAKEN).lost == 20
    assert group(lag=60, length=0).lost == 60
    assert group(lag=60, length=40).lost == 0, "the group goes on reading where it was"
    assert group(lag=60, length=40, entries_read=None, **OVERTAKEN).lost == 0, "nobody knows how much"


def test_what_the_lag_is_wrong_by_was_lost_earlier() -> None:
    stream = group(lag=60, length=40, **OVERTAKEN)
    undelivered = undelivered_of(stream, 1, ids(1), surplus=15)
    assert stream_standing(stream, undelivered, ids(1), surplus=15, ahead_seconds=0.0).lost == 5


@pytest.mark.parametrize(
    ("stream", "vanished", "waiting"),
    [
        (group(lag=0, length=9, pending=3, oldest_pending_id=b"2-0", **AT_THE_END), 0, 3),
        (group(lag=0, length=9, pending=3, oldest_pending_id=b"0-9", **AT_THE_END), 1, 3),
        (group(lag=0, length=9, pending=30, oldest_pending_id=b"2-0", **AT_THE_END), 21, 9),
        (group(lag=0, length=0, pending=4, oldest_pending_id=b"2-0", **AT_THE_END), 4, 0),
    ],
    ids=["all there", "the first is gone", "more than there are", "none is there"],
)
def test_what_is_pending_and_gone_does_not_wait(stream: StreamGroup, vanished: int, waiting: int) -> None:
    standing = stream_standing(
        stream, undelivered_of(stream, 0, [], surplus=0), [], surplus=0, ahead_seconds=0.0
    )
    assert (stream.vanished, standing.waiting) == (vanished, waiting)
    assert standing.estimated == bool(vanished)


@pytest.mark.parametrize(
    ("oldest_pending", "undelivered", "oldest_at"),
    [
        (None, 0, None),
        (None, 1, NOW_MS / 1_000 + 30),
        (f"{NOW_MS - 5_000}-0", 1, NOW_MS / 1_000 + 25),
        (f"{NOW_MS + 5_000}-0", 1, NOW_MS / 1_000 + 30),
        ("7-1", 0, None),
        ("7-1", 1, NOW_MS / 1_000 + 30),
    ],
    ids=["nothing waits", "undelivered", "pending is older", "pending is newer", "no time", "one no time"],
)
def test_the_oldest_is_pending_or_undelivered_and_on_our_clock(
    oldest_pending: str | None, undelivered: int, oldest_at: float | None
) -> None:
    stream = group(
        lag=undelivered,
        length=9,
        pending=0 if oldest_pending is None else 1,
        oldest_pending_id=oldest_pending and oldest_pending.encode(),
    )
    counted = undelivered_of(stream, 10, ids(undelivered), surplus=0)
    standing = stream_standing(stream, counted, ids(undelivered), surplus=0, ahead_seconds=30.0)
    assert standing.oldest_at == oldest_at


def test_more_entries_than_the_server_ever_counted_are_no_negative_consumption() -> None:
    stream = group(lag=None, length=90, entries_added=10)
    counted = undelivered_of(stream, 91, ids(80), surplus=0)
    standing = stream_standing(stream, counted, ids(80), surplus=0, ahead_seconds=0.0)
    assert (standing.produced, standing.consumed) == (80, 0)

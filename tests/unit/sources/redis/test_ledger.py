import pytest

from logpipeline.api.conditions import Reason
from logpipeline.sources.base import ListKeys
from logpipeline.sources.redis.ledger import (
    COMPARED_AT_MOST,
    COMPARED_EVERY_SECONDS,
    REWOUND_SECONDS,
    Ledger,
    Subject,
)
from logpipeline.sources.redis.standing import Standing
from logpipeline.sources.redis.streams import StreamGroup, undelivered_of

SUBJECT = Subject("log", "collectors")
OTHER = Subject("other", "collectors")


def group(lag: int | None, length: int = 90, **more: object) -> StreamGroup:
    given: dict[str, object] = {
        "entries_added": 1_000,
        "first_id": b"1-0",
        "last_generated_id": b"9-0",
        "last_delivered_id": b"5-0",
        "entries_read": 1_000,
        "pending": 0,
        "oldest_pending_id": None,
    } | more
    return StreamGroup(lag=lag, length=length, **given)  # type: ignore[arg-type]


@pytest.fixture
def ledger() -> Ledger:
    ledger = Ledger()
    ledger.begin([SUBJECT, OTHER])
    return ledger


def compare(ledger: Ledger, stream: StreamGroup, there: int, now: float) -> None:
    asked = ledger.look_up(SUBJECT, stream, now)
    ids = [b"6-0"] * min(asked, there)
    found = undelivered_of(stream, asked, ids, surplus=ledger.surplus(SUBJECT))
    ledger.compare(SUBJECT, stream, asked, found, now)


def test_a_lag_is_compared_now_and_then(ledger: Ledger) -> None:
    stream = group(60)
    assert ledger.look_up(SUBJECT, stream, 0.0) == 61
    compare(ledger, stream, 60, 0.0)
    assert ledger.surplus(SUBJECT) == 0
    assert ledger.look_up(SUBJECT, stream, COMPARED_EVERY_SECONDS - 1) == 1
    assert ledger.look_up(SUBJECT, stream, COMPARED_EVERY_SECONDS) == 61


@pytest.mark.parametrize(("there", "surplus"), [(20, 40), (80, -1)])
def test_a_lag_that_is_wrong_is_not_believed_until_it_is_right(
    ledger: Ledger, there: int, surplus: int
) -> None:
    compare(ledger, group(60), there, 0.0)
    assert ledger.surplus(SUBJECT) == surplus
    assert ledger.look_up(SUBJECT, group(60), 1.0) == 91, "it is counted now"
    compare(ledger, group(60), 60, 2.0)
    assert ledger.surplus(SUBJECT) == 0
    assert ledger.look_up(SUBJECT, group(60), 3.0) == 1


def test_at_the_end_of_the_stream_the_lag_is_known_to_be_wrong_without_counting(ledger: Ledger) -> None:
    ledger.compare(
        SUBJECT,
        at_end := group(60, last_delivered_id=b"9-0"),
        0,
        undelivered_of(at_end, 0, [], surplus=0),
        0.0,
    )
    assert ledger.surplus(SUBJECT) == 60


def test_what_is_read_to_compare_is_bounded_in_all(ledger: Ledger) -> None:
    most = COMPARED_AT_MOST - 10
    assert ledger.look_up(SUBJECT, group(most, length=COMPARED_AT_MOST), 0.0) == most + 1
    assert ledger.look_up(OTHER, group(most, length=COMPARED_AT_MOST), 0.0) == 1
    ledger.begin([SUBJECT, OTHER])
    assert ledger.look_up(OTHER, group(most, length=COMPARED_AT_MOST), 5.0) == most + 1


def told(ledger: Ledger, counter: int | None, now: float) -> list[Reason]:
    standing = Standing(produced=counter or 0, waiting=0, counter=counter, counted=bool(counter))
    return [doubt.reason for doubt in ledger.doubts("redis:6379", SUBJECT, standing, now)]


def test_a_counter_that_falls_is_said_for_a_while(ledger: Ledger) -> None:
    assert told(ledger, 1_000, 0.0) == []
    assert told(ledger, 3, 5.0) == [Reason.PARTITION_REWOUND]
    assert told(ledger, 4, 5.0 + REWOUND_SECONDS - 1) == [Reason.PARTITION_REWOUND]
    assert told(ledger, 5, 5.0 + REWOUND_SECONDS) == []


def test_a_counter_is_remembered_while_it_cannot_be_measured_and_not_when_nobody_asks(ledger: Ledger) -> None:
    told(ledger, 1_000, 0.0)
    ledger.begin([SUBJECT])
    assert told(ledger, 3, 5.0) == [Reason.PARTITION_REWOUND]
    ledger.begin([OTHER])
    ledger.begin([SUBJECT])
    assert told(ledger, 1, 10.0) == []


def test_a_counter_is_remembered_while_it_cannot_be_read(ledger: Ledger) -> None:
    told(ledger, 1_000, 0.0)
    assert told(ledger, None, 5.0) == []
    assert told(ledger, 3, 10.0) == [Reason.PARTITION_REWOUND]


def test_a_counter_that_is_deleted_fell(ledger: Ledger) -> None:
    told(ledger, 1_000, 0.0)
    assert told(ledger, 0, 5.0) == [Reason.PARTITION_REWOUND]
    assert told(ledger, 3_000, 5.0 + REWOUND_SECONDS) == []


def test_one_list_with_two_counters_is_two_subjects(ledger: Ledger) -> None:
    mine, theirs = (Subject("log", keys=ListKeys("log", None, counter)) for counter in ("count", "typo"))
    ledger.begin([mine, theirs])
    for subject, counter in ((mine, 1_000), (theirs, 3)):
        assert not ledger.doubts("redis:6379", subject, Standing(counter, 0, counter), 0.0)
    before = ledger.before(mine)
    assert before is not None
    assert before.counter == 1_000


def test_a_clock_that_was_set_back_ends_it(ledger: Ledger) -> None:
    told(ledger, 1_000, 100.0)
    assert told(ledger, 3, 105.0) == [Reason.PARTITION_REWOUND]
    assert told(ledger, 4, 50.0) == []


def test_entries_that_vanished_are_said_when_they_stay_on_the_list(ledger: Ledger) -> None:
    first = group(0, length=5, pending=9, oldest_pending_id=b"3-0")
    later = group(0, length=5, pending=9, oldest_pending_id=b"4-0")
    assert ledger.vanished("redis:6379", SUBJECT, first) is None
    assert ledger.vanished("redis:6379", SUBJECT, later) is None, "its consumers are at it"
    doubt = ledger.vanished("redis:6379", SUBJECT, later)
    assert doubt is not None
    assert doubt.reason is Reason.RECORDS_LOST
    assert "at least 4 entries" in doubt.message

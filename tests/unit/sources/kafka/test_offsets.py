import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logpipeline.api.conditions import Reason
from logpipeline.api.sources import OffsetReset
from logpipeline.core.readings import Missing, PartitionId, Sample
from logpipeline.sources.kafka.offsets import Offset, Offsets, Standing, reading_of, standing_of

P0, P1 = PartitionId("log", 0), PartitionId("log", 1)
AWAY = Missing(1.0, Reason.SOURCE_UNREACHABLE, "partition log/1 has no leader")
EARLIEST, LATEST = OffsetReset.EARLIEST, OffsetReset.LATEST


def offsets(
    *, committed: Offset | None = None, start: Offset | None = None, end: Offset, partition: PartitionId = P0
) -> Offsets:
    return Offsets(
        at=100.0,
        committed={} if committed is None else {partition: committed},
        starts={} if start is None else {partition: start},
        ends={partition: end},
    )


@pytest.mark.parametrize(
    ("what", "read", "reset", "standing"),
    [
        ("what is committed is consumed", offsets(committed=40, start=0, end=100), EARLIEST, (100, 40)),
        ("all is consumed", offsets(committed=100, start=0, end=100), EARLIEST, (100, 100)),
        ("no commit waits whole", offsets(start=0, end=100), EARLIEST, (100, 0)),
        ("no commit waits from the log start", offsets(start=70, end=100), EARLIEST, (100, 70)),
        ("no commit waits for nothing", offsets(start=0, end=100), LATEST, (100, 100)),
        ("latest needs no log start", offsets(end=100), LATEST, (100, 100)),
        (
            "what retention took does not wait",
            offsets(committed=40, start=70, end=100),
            EARLIEST,
            (100, 70, 30),
        ),
        ("an unknown log start is no loss", offsets(committed=40, end=100), EARLIEST, (100, 40)),
        ("a failed log start is no loss", offsets(committed=40, start=AWAY, end=100), LATEST, (100, 40)),
        ("a log start of before", offsets(committed=4, start=700, end=10), EARLIEST, (10, 4)),
        ("a log start past the end", offsets(start=700, end=10), EARLIEST, (10, 10)),
        ("an empty topic", offsets(start=0, end=0), EARLIEST, (0, 0)),
    ],
)
def test_where_a_group_stands_in_a_partition(
    what: str, read: Offsets, reset: OffsetReset, standing: tuple[int, ...]
) -> None:
    assert standing_of(P0, read, reset) == Standing(*standing), what


@pytest.mark.parametrize(
    ("read", "reason"),
    [
        (offsets(committed=40, end=AWAY), Reason.SOURCE_UNREACHABLE),
        (offsets(committed=AWAY, end=100), Reason.SOURCE_UNREACHABLE),
        (offsets(start=AWAY, end=100), Reason.SOURCE_UNREACHABLE),
        (offsets(end=100), Reason.SOURCE_INCONSISTENT),
        (offsets(committed=120, start=0, end=100), Reason.SOURCE_INCONSISTENT),
    ],
    ids=["end", "commit", "log start", "log start not asked for", "commit past the end"],
)
def test_what_is_not_known_is_missing_and_not_zero(read: Offsets, reason: Reason) -> None:
    standing = standing_of(P0, read, EARLIEST)
    assert isinstance(standing, Missing)
    assert standing.reason is reason


def test_a_commit_past_the_end_says_both_numbers() -> None:
    standing = standing_of(P0, offsets(committed=120, start=0, end=100), EARLIEST)
    assert isinstance(standing, Missing)
    assert "committed 120 of log/0 is past the end 100" in standing.message


def test_a_partition_that_cannot_be_read_makes_the_sample_partial() -> None:
    read = Offsets(100.0, {P0: 40, P1: 50}, {}, {P0: 100, P1: AWAY})
    sample = reading_of({"log": (P0, P1)}, read, EARLIEST, None)
    assert isinstance(sample, Sample)
    assert sample.partitions == (P0,)
    assert sample.missing == (P1,)
    assert sample.missing_because == AWAY.message
    assert sample.backlog.tolist() == [60]


def test_a_topic_that_is_not_there_makes_the_sample_partial() -> None:
    gone = Missing(1.0, Reason.TOPIC_MISSING, "topic 'audit' is not there")
    read = Offsets(100.0, {P0: 40}, {}, {P0: 100})
    sample = reading_of({"log": (P0,), "audit": gone}, read, EARLIEST, None)
    assert isinstance(sample, Sample)
    assert sample.missing == (PartitionId("audit", -1),)
    assert not sample.complete


def test_nothing_known_at_all_is_missing_for_its_own_reason() -> None:
    read = Offsets(100.0, {P0: 40}, {}, {P0: AWAY, P1: AWAY})
    assert reading_of({"log": (P0, P1)}, read, EARLIEST, None) == AWAY


def test_many_troubles_are_one_sentence_and_a_count() -> None:
    partitions = tuple(PartitionId("log", n) for n in range(100))
    ends: dict[PartitionId, Offset] = {P0: 100}
    ends |= dict.fromkeys(partitions[1:], AWAY)
    sample = reading_of({"log": partitions}, Offsets(1.0, {P0: 1}, {}, ends), EARLIEST, None)
    assert isinstance(sample, Sample)
    assert sample.missing_because == f"{AWAY.message} (and 98 more)"


known_or_not = st.none() | st.integers(0, 1_000) | st.just(AWAY)


@given(
    st.lists(st.tuples(known_or_not, known_or_not, st.integers(0, 1_000) | st.just(AWAY)), max_size=20),
    st.sampled_from(OffsetReset),
)
def test_a_sample_is_never_nonsense_whatever_the_brokers_say(
    read: list[tuple[Offset | None, Offset | None, Offset]], reset: OffsetReset
) -> None:
    partitions = tuple(PartitionId("log", n) for n in range(len(read)))
    pairs = list(zip(partitions, read, strict=True))
    reading = reading_of(
        {"log": partitions},
        Offsets(
            1.0,
            {p: committed for p, (committed, _, _) in pairs if committed is not None},
            {p: start for p, (_, start, _) in pairs if start is not None},
            {p: end for p, (_, _, end) in pairs},
        ),
        reset,
        None,
    )
    if isinstance(reading, Missing):
        return
    assert sorted((*reading.partitions, *reading.missing)) == list(partitions)
    assert list(reading.partitions) == sorted(reading.partitions)
    assert reading.produced.dtype == reading.consumed.dtype == np.int64
    assert len(reading.produced) == len(reading.consumed) == len(reading.partitions)
    assert (reading.consumed <= reading.produced).all()
    assert (reading.consumed >= 0).all()
    assert reading.lost is not None
    assert (reading.lost >= 0).all()
    assert (reading.lost <= reading.consumed).all()

import pytest

from logpipeline.api.conditions import Reason
from logpipeline.core.readings import Doubt, Missing, PartitionId, Sample
from logpipeline.sources.redis.standing import Standing, reading_of

GONE = Missing(1.0, Reason.STREAM_MISSING, "stream 'gone' is not there")
FULL = Doubt(Reason.REDIS_MEMORY_NEAR, "redis:6379 is nearly full")
UNKNOWN = Doubt(Reason.ARRIVAL_UNKNOWN, "nobody counts")


def put_together(**standings: Standing | Missing) -> Sample:
    sample = reading_of(1_000.0, standings, (FULL,))
    assert isinstance(sample, Sample)
    return sample


def test_streams_are_put_together_with_the_oldest_of_all() -> None:
    sample = put_together(
        b=Standing(produced=10, waiting=4, estimated=True, oldest_at=500.0, lost=7),
        a=Standing(produced=7, waiting=0, oldest_at=400.0),
        gone=GONE,
    )
    assert sample.partitions == (PartitionId("a", 0), PartitionId("b", 0))
    assert sample.backlog.tolist() == [0, 4]
    assert sample.lost is not None
    assert sample.lost.tolist() == [0, 7]
    assert sample.missing == (PartitionId("gone", 0),)
    assert sample.missing_because == GONE.message
    assert sample.estimated
    assert sample.counted
    assert sample.oldest_at == 400.0


def test_no_stream_at_all_is_missing_for_its_own_reason() -> None:
    assert reading_of(1.0, {"gone": GONE}) is GONE


def test_one_list_without_a_counter_leaves_no_rates_for_any() -> None:
    sample = put_together(
        a=Standing(produced=1_000, waiting=40), b=Standing(produced=5, waiting=5, counted=False)
    )
    assert not sample.counted
    assert (sample.produced.tolist(), sample.consumed.tolist()) == ([40, 5], [0, 0])


def test_a_doubt_is_told_once_however_many_streams_have_it() -> None:
    standing = Standing(produced=1, waiting=1, doubts=(UNKNOWN, FULL))
    assert put_together(a=standing, b=standing).doubts == (UNKNOWN, FULL)


@pytest.mark.parametrize("waiting", [0, 2**62])
def test_numbers_of_any_size_are_kept(waiting: int) -> None:
    assert put_together(a=Standing(produced=2**62, waiting=waiting)).backlog.tolist() == [waiting]

"""Redis streams."""

import pytest

from logpipeline.api.conditions import Reason
from logpipeline.core.readings import Sample
from tests.contract.redis.conftest import MakeWatch
from tests.contract.redis.watch import Watch
from tests.contract.redis_keys import GROUP, Streams
from tests.hazards import hazard

pytestmark = pytest.mark.contract
ADDED = 3_000
"""Entries, in tests that need some: at the capacity of the tests, work for many replicas."""


def lag_of(streams: Streams, key: str) -> int | None:
    (group,) = streams.client.xinfo_groups(key)
    lag: int | None = group["lag"]
    return lag


def reasons(sample: Sample) -> list[Reason]:
    return [doubt.reason for doubt in sample.doubts]


async def quiet_stream(streams: Streams, watch: MakeWatch) -> tuple[str, Watch]:
    """A stream that has been drained for a while."""
    key = streams.stream(20, read=20, acknowledged=20)
    watched = watch(streams.query(key))
    await watched.quiet()
    return key, watched


async def counted_without_the_lag(streams: Streams, key: str, watched: Watch) -> int:
    """What waits by what we see, where Redis itself does not know."""
    assert lag_of(streams, key) is None, "the server can tell"
    sample = await watched.sample()
    assert not sample.estimated
    assert watched.said() is Reason.MEASURED
    assert watched.holds()
    assert watched.grows()
    return int(sample.backlog.sum())


@hazard(seen="`Measured`: the entries are counted", done="Scaled by the count")
async def test_the_lag_is_unknown_since_the_group_was_created_in_the_middle_of_the_stream(
    streams: Streams, watch: MakeWatch
) -> None:
    key, watched = await quiet_stream(streams, watch)
    streams.add(key, ADDED)
    streams.client.xgroup_destroy(key, GROUP)
    streams.client.xgroup_create(key, GROUP, streams.ids(key)[29])
    assert await counted_without_the_lag(streams, key, watched) == ADDED - 10


@hazard(seen="`Measured`: the entries are counted", done="Scaled by the count")
async def test_the_lag_is_unknown_since_the_group_was_set_to_the_middle_of_the_stream(
    streams: Streams, watch: MakeWatch
) -> None:
    key, watched = await quiet_stream(streams, watch)
    streams.add(key, ADDED)
    streams.client.xgroup_setid(key, GROUP, streams.ids(key)[29])
    assert await counted_without_the_lag(streams, key, watched) == ADDED - 10


@hazard(seen="`Measured`: the entries are counted", done="Scaled by the count")
async def test_the_lag_is_unknown_since_entries_were_deleted_that_nobody_was_given(
    streams: Streams, watch: MakeWatch
) -> None:
    key, watched = await quiet_stream(streams, watch)
    streams.add(key, ADDED)
    streams.client.xdel(key, *streams.ids(key)[100:110])
    assert await counted_without_the_lag(streams, key, watched) == ADDED - 10


@hazard(seen="`Measured`: the entries are counted", done="Scaled by the count")
async def test_the_lag_is_unknown_since_the_counters_of_the_stream_were_set(
    streams: Streams, watch: MakeWatch
) -> None:
    key, watched = await quiet_stream(streams, watch)
    streams.add(key, ADDED)
    last = streams.ids(key)[-1]
    streams.client.execute_command("XSETID", key, last, "ENTRIESADDED", 2 * ADDED, "MAXDELETEDID", last)
    assert await counted_without_the_lag(streams, key, watched) == ADDED


@hazard(seen="`Measured`: the entries are counted", done="Scaled by the count")
async def test_the_lag_is_set_to_nonsense(streams: Streams, watch: MakeWatch) -> None:
    key, watched = await quiet_stream(streams, watch)
    streams.add(key, ADDED)
    for entries_read in (ADDED + 20, 10 * ADDED):  # nothing left, and less than nothing
        streams.client.xgroup_setid(key, GROUP, streams.ids(key)[19], entries_read=entries_read)
        lag = lag_of(streams, key)
        assert lag is not None
        assert lag <= 0
        assert (await watched.sample()).backlog.tolist() == [ADDED]
        assert watched.said() is Reason.MEASURED
        assert watched.holds()
        assert watched.grows()


@hazard(
    seen="`RecordsLost`: how many, and where",
    done="What is lost does not wait any more; never fewer, more for what is left",
)
async def test_a_stream_is_trimmed_past_what_its_group_was_given(streams: Streams, watch: MakeWatch) -> None:
    key, watched = await quiet_stream(streams, watch)
    streams.add(key, 2 * ADDED)
    streams.client.xtrim(key, maxlen=ADDED, approximate=False)
    sample = await watched.sample()
    assert sample.backlog.tolist() == [ADDED]
    assert sample.lost is not None
    assert sample.lost.tolist() == [ADDED]
    assert reasons(sample) == [Reason.RECORDS_LOST]
    assert watched.said() is Reason.RECORDS_LOST
    assert f"{ADDED:,} records of stream '{key}'" in sample.doubts[0].message
    assert watched.holds()
    assert watched.grows()


async def test_the_lag_stays_too_large_after_a_trim_and_is_not_believed(
    streams: Streams, watch: MakeWatch
) -> None:
    key, watched = await quiet_stream(streams, watch)
    streams.add(key, 1_000)
    streams.client.xtrim(key, maxlen=500, approximate=False)
    for given in (0, 300, 200):
        if given:
            streams.client.xack(key, GROUP, *streams.read(key, given))
        await watched.sample()
    assert lag_of(streams, key) == 500, "this server is not wrong"
    assert (await watched.sample()).backlog.tolist() == [0]
    streams.add(key, 700)
    sample = await watched.sample()
    assert lag_of(streams, key) == 1_200
    assert sample.backlog.tolist() == [700]
    assert not sample.estimated
    assert sample.doubts == ()
    assert sample.lost is not None
    assert sample.lost.tolist() == [0]


async def test_a_lag_that_was_wrong_before_anybody_looked_is_found_out(
    streams: Streams, watch: MakeWatch
) -> None:
    key = streams.stream(1_000, read=1, acknowledged=1)
    streams.client.xtrim(key, maxlen=500, approximate=False)
    streams.client.xack(key, GROUP, *streams.read(key, 500))
    streams.add(key, 1_000)
    assert lag_of(streams, key) == 1_499
    sample = await watch(streams.query(key)).sample()
    assert sample.backlog.tolist() == [1_000]


@hazard(
    seen="`RecordsLost`: at least how many, and where", done="Never fewer; what is left is an upper bound"
)
async def test_entries_are_deleted_that_were_given_and_not_acknowledged(
    streams: Streams, watch: MakeWatch
) -> None:
    key, watched = await quiet_stream(streams, watch)
    streams.add(key, 100)
    given = streams.read(key, 100)
    streams.client.xdel(key, *given[:30], *streams.ids(key)[:20])
    await watched.sample()
    sample = await watched.sample()
    assert sample.backlog.tolist() == [70]
    assert sample.estimated
    assert reasons(sample) == [Reason.RECORDS_LOST]
    assert "at least 30 entries" in sample.doubts[0].message
    assert watched.said() is Reason.RECORDS_LOST
    assert watched.holds()
    streams.client.xack(key, GROUP, *given[:30])
    assert (await watched.sample()).doubts == ()


@hazard(
    seen="`StreamMissing`, then `PartitionRewound`: what was counted before and now",
    done="The count is held; then never fewer for 5 minutes, more for what waits",
)
async def test_a_stream_is_deleted_and_made_again(streams: Streams, watch: MakeWatch) -> None:
    key, watched = await quiet_stream(streams, watch)
    streams.client.delete(key)
    await watched.missing()
    assert watched.said() is Reason.STREAM_MISSING
    assert watched.holds()
    streams.client.xgroup_create(key, GROUP, "0", mkstream=True)
    sample = await watched.sample()
    assert reasons(sample) == [Reason.PARTITION_REWOUND]
    assert "20 records had been counted before and 0 now" in sample.doubts[0].message
    assert watched.said() is Reason.PARTITION_REWOUND
    assert watched.holds()
    streams.add(key, ADDED)
    await watched.sample()
    assert watched.holds()
    assert watched.grows()


@hazard(seen="`PartlyMeasured`: which one, and why", done="Never fewer; more for what is known to wait")
async def test_one_of_two_streams_is_deleted(streams: Streams, watch: MakeWatch) -> None:
    key, other = (streams.stream(20, read=20, acknowledged=20) for _ in range(2))
    watched = watch(streams.query(key, other))
    await watched.quiet()
    streams.client.delete(other)
    assert f"'{other}' is not there" in (await watched.sample()).missing_because
    assert watched.said() is Reason.PARTLY_MEASURED
    assert watched.holds()
    streams.add(key, ADDED)
    await watched.sample()
    assert watched.holds()
    assert watched.grows()

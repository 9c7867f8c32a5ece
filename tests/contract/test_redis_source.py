import time
from collections.abc import AsyncIterator, Iterator

import pytest
import redis

from logpipeline.api.conditions import Reason
from logpipeline.core.readings import PartitionId, Reading, Sharing
from logpipeline.sources.base import RedisConnection, RedisQuery, RedisServer
from logpipeline.sources.credentials import NO_CREDENTIALS
from logpipeline.sources.redis.reader import RedisReader
from tests.contract.reading import missed, sampled
from tests.contract.redis_keys import GROUP, Streams

pytestmark = pytest.mark.contract


@pytest.fixture
def streams(redis_url: str) -> Iterator[Streams]:
    with redis.Redis.from_url(redis_url) as client:
        yield Streams(redis_url, client)


@pytest.fixture
async def reader(streams: Streams) -> AsyncIterator[RedisReader]:
    reader = RedisReader(streams.connection, NO_CREDENTIALS, deadline_seconds=10, clock=time.time)
    yield reader
    await reader.close()


async def measure(reader: RedisReader, query: RedisQuery) -> Reading:
    return (await reader.sample([query]))[query]


async def test_what_waits_is_what_was_not_given_and_what_was_not_acknowledged(
    streams: Streams, reader: RedisReader
) -> None:
    key = streams.stream(100, read=30, acknowledged=20)
    sample = sampled(await measure(reader, streams.query(key)))
    assert sample.partitions == (PartitionId(key, 0),)
    assert sample.produced.tolist() == [100]
    assert sample.consumed.tolist() == [20]
    assert sample.backlog.tolist() == [80]
    assert sample.sharing is Sharing.SHARED
    assert not sample.estimated
    assert sample.group is None


async def test_all_streams_and_groups_are_measured_in_one_pass(streams: Streams, reader: RedisReader) -> None:
    keys = [streams.stream(entries) for entries in (1, 2, 3)]
    streams.client.xgroup_create(keys[2], "others", "$")
    queries = [streams.query(*keys), streams.query(keys[1]), streams.query(keys[2], group="others")]
    readings = await reader.sample(queries)
    assert [int(sampled(readings[query]).backlog.sum()) for query in queries] == [6, 2, 0]


async def test_a_stream_that_is_drained_has_nothing_waiting_and_no_age(
    streams: Streams, reader: RedisReader
) -> None:
    sample = sampled(await measure(reader, streams.query(streams.stream(5, read=5, acknowledged=5))))
    assert sample.backlog.tolist() == [0]
    assert sample.oldest_at is None


async def test_an_empty_stream_with_a_group_is_a_zero_that_is_known(
    streams: Streams, reader: RedisReader
) -> None:
    sample = sampled(await measure(reader, streams.query(streams.stream(0))))
    assert (sample.produced.tolist(), sample.backlog.tolist()) == ([0], [0])


async def test_consumption_shows_while_the_backlog_stands_still(
    streams: Streams, reader: RedisReader
) -> None:
    key = streams.stream(10)
    before = sampled(await measure(reader, streams.query(key)))
    streams.client.xack(key, GROUP, *streams.read(key, 4))
    streams.add(key, 4)
    after = sampled(await measure(reader, streams.query(key)))
    assert (after.backlog - before.backlog).tolist() == [0]
    assert (after.produced - before.produced).tolist() == [4]
    assert (after.consumed - before.consumed).tolist() == [4]


async def test_deleted_entries_are_counted_around(streams: Streams, reader: RedisReader) -> None:
    key = streams.stream(20, read=5, acknowledged=5)
    streams.client.xdel(key, *streams.ids(key)[10:13])
    assert streams.client.xinfo_groups(key)[0]["lag"] is None
    sample = sampled(await measure(reader, streams.query(key)))
    assert sample.backlog.tolist() == [12]
    assert not sample.estimated


async def test_a_group_begun_halfway_is_counted_exactly(streams: Streams, reader: RedisReader) -> None:
    key = streams.stream(20)
    streams.client.xgroup_create(key, "late", streams.ids(key)[11])
    sample = sampled(await measure(reader, streams.query(key, group="late")))
    assert sample.backlog.tolist() == [8]


async def test_more_than_can_be_counted_is_an_upper_bound_and_says_so(
    streams: Streams, reader: RedisReader
) -> None:
    key = streams.stream(12_000, read=1_000, acknowledged=1_000)
    streams.client.xdel(key, streams.ids(key)[5_000])
    sample = sampled(await measure(reader, streams.query(key)))
    assert sample.estimated
    assert sample.backlog.tolist() == [11_999]


async def test_trimmed_entries_that_nobody_was_given_do_not_wait(
    streams: Streams, reader: RedisReader
) -> None:
    key = streams.stream(100, read=10, acknowledged=10)
    streams.client.xtrim(key, maxlen=40, approximate=False)
    sample = sampled(await measure(reader, streams.query(key)))
    assert sample.backlog.tolist() == [40]


async def test_the_age_is_that_of_the_oldest_entry_that_waits(streams: Streams, reader: RedisReader) -> None:
    key = streams.key()
    seconds, _ = streams.client.time()
    for age in (300, 200, 100):
        streams.client.xadd(key, {"age": age}, id=f"{(seconds - age) * 1_000}-0")
    streams.client.xgroup_create(key, GROUP, "0")
    ages = []
    for _ in range(3):
        sample = sampled(await measure(reader, streams.query(key)))
        assert sample.oldest_at is not None
        ages.append(time.time() - sample.oldest_at)
        streams.client.xack(key, GROUP, *streams.read(key, 1))
    assert ages == pytest.approx([300, 200, 100], abs=30)


async def test_a_pending_entry_is_older_than_those_not_given_yet(
    streams: Streams, reader: RedisReader
) -> None:
    key = streams.key()
    seconds, _ = streams.client.time()
    for age in (300, 100):
        streams.client.xadd(key, {"age": age}, id=f"{(seconds - age) * 1_000}-0")
    streams.client.xgroup_create(key, GROUP, "0")
    streams.read(key, 1)
    sample = sampled(await measure(reader, streams.query(key)))
    assert sample.oldest_at is not None
    assert time.time() - sample.oldest_at == pytest.approx(300, abs=30)


async def test_ids_that_are_no_times_give_no_age(streams: Streams, reader: RedisReader) -> None:
    key = streams.key()
    streams.client.xadd(key, {"n": 1}, id="7-1")
    streams.client.xgroup_create(key, GROUP, "0")
    sample = sampled(await measure(reader, streams.query(key)))
    assert sample.backlog.tolist() == [1]
    assert sample.oldest_at is None


async def test_a_server_whose_clock_is_wrong_does_not_make_records_old(streams: Streams) -> None:
    ahead_seconds = 3_600
    reader = RedisReader(
        streams.connection, NO_CREDENTIALS, deadline_seconds=10, clock=lambda: time.time() + ahead_seconds
    )
    sample = sampled(await measure(reader, streams.query(streams.stream(1))))
    await reader.close()
    assert sample.oldest_at is not None
    assert sample.at - sample.oldest_at < 60


async def test_a_missing_stream_says_what_to_do(streams: Streams, reader: RedisReader) -> None:
    key = streams.key()
    missing = missed(await measure(reader, streams.query(key)))
    assert missing.reason is Reason.STREAM_MISSING
    assert f"'{key}' is not there" in missing.message


async def test_a_missing_group_says_what_to_do(streams: Streams, reader: RedisReader) -> None:
    missing = missed(await measure(reader, streams.query(streams.stream(3), group="nobody")))
    assert missing.reason is Reason.GROUP_MISSING
    assert "has no group 'nobody': create it with XGROUP CREATE" in missing.message


async def test_one_missing_stream_of_two_makes_a_lower_bound(streams: Streams, reader: RedisReader) -> None:
    key, absent = streams.stream(3), streams.key()
    sample = sampled(await measure(reader, streams.query(key, absent)))
    assert sample.backlog.tolist() == [3]
    assert sample.missing == (PartitionId(absent, 0),)
    assert absent in sample.missing_because


async def test_a_key_that_is_no_stream_is_named_and_others_are_measured(
    streams: Streams, reader: RedisReader
) -> None:
    key, healthy = streams.key(), streams.stream(3)
    streams.client.set(key, "text")
    queries = [streams.query(key), streams.query(healthy)]
    readings = await reader.sample(queries)
    missing = missed(readings[queries[0]])
    assert missing.reason is Reason.SOURCE_REFUSED
    assert f"'{key}'" in missing.message
    assert "is a key of another type" in missing.message
    assert sampled(readings[queries[1]]).backlog.tolist() == [3]


@pytest.mark.parametrize("login", ["operator:guessed@", ":guessed@"])
async def test_wrong_credentials_are_refused_without_showing_them(
    streams: Streams, redis_url: str, login: str
) -> None:
    streams.client.acl_setuser("operator", enabled=True, reset=True, passwords=["+right"])
    connection = RedisConnection(RedisServer(redis_url.replace("redis://", f"redis://{login}")))
    reader = RedisReader(connection, NO_CREDENTIALS, deadline_seconds=10, clock=time.time)
    try:
        reading = await measure(reader, RedisQuery(connection, GROUP, (streams.key(),)))
    finally:
        await reader.close()
        streams.client.acl_deluser("operator")
    missing = missed(reading)
    assert "guessed" not in missing.message
    if login.startswith("operator"):
        assert missing.reason is Reason.SOURCE_REFUSED
        assert "user, password and ACL" in missing.message


async def test_a_user_who_may_not_look_is_told_so(streams: Streams, redis_url: str) -> None:
    streams.client.acl_setuser(
        "narrow", enabled=True, reset=True, passwords=["+right"], commands=["+time", "+ping"], keys=["none"]
    )
    connection = RedisConnection(RedisServer(redis_url.replace("redis://", "redis://narrow:right@")))
    reader = RedisReader(connection, NO_CREDENTIALS, deadline_seconds=10, clock=time.time)
    try:
        missing = missed(await measure(reader, RedisQuery(connection, GROUP, (streams.stream(1),))))
    finally:
        await reader.close()
        streams.client.acl_deluser("narrow")
    assert missing.reason is Reason.SOURCE_REFUSED
    assert "ACL" in missing.message


@pytest.mark.parametrize(
    "address", ["redis://:pass/word@redis:6379", "redis://redis:port", "redis://redis/0?db=1"]
)
async def test_an_address_that_cannot_be_read_is_refused_without_showing_it(address: str) -> None:
    connection = RedisConnection(RedisServer(address))
    reader = RedisReader(connection, NO_CREDENTIALS, deadline_seconds=10, clock=time.time)
    missing = missed(await measure(reader, RedisQuery(connection, GROUP, ("log",))))
    await reader.close()
    assert missing.reason is Reason.SOURCE_REFUSED
    assert "redis://host:port/database" in missing.message
    assert "pass" not in missing.message
    assert "word" not in missing.message

"""A Redis server in trouble."""

import asyncio
import time
from collections.abc import Iterator

import pytest
import redis

from logpipeline.api.conditions import Reason
from logpipeline.core.readings import Missing, Sample
from tests.contract.reading import is_complete, missed, until
from tests.contract.redis.conftest import MakeWatch
from tests.contract.redis.farm import Farm, Server, eventually
from tests.contract.redis_keys import GROUP, Streams
from tests.hazards import hazard

pytestmark = pytest.mark.contract
DEADLINE_SECONDS = 1.0
MEBIBYTE = 2**20


@pytest.fixture(scope="module")
def server(farm: Farm) -> Server:
    return farm.server("--enable-debug-command", "yes")


@pytest.fixture
def own(server: Server) -> Iterator[Streams]:
    """The server with streams and lists; whole and empty again after the test."""
    server.client.flushall()
    yield Streams(f"redis://{server.address}/0", server.client)
    server.client.config_set("maxmemory", 0)


def reasons(sample: Sample) -> list[Reason]:
    return [doubt.reason for doubt in sample.doubts]


@hazard(
    seen="`StreamMissing`, then `PartitionRewound`",
    done="The count is held; then never fewer for 5 minutes, more for what waits",
)
async def test_redis_is_flushed_while_it_is_watched(own: Streams, watch: MakeWatch) -> None:
    key = own.stream(20, read=20, acknowledged=20)
    watched = watch(own.query(key))
    await watched.quiet()
    own.client.flushall()
    await watched.missing()
    assert watched.said() is Reason.STREAM_MISSING
    assert watched.holds()
    own.client.xgroup_create(key, GROUP, "0", mkstream=True)
    assert reasons(await watched.sample()) == [Reason.PARTITION_REWOUND]
    assert watched.said() is Reason.PARTITION_REWOUND
    assert watched.holds()
    own.add(key, 3_000)
    await watched.sample()
    assert watched.holds()
    assert watched.grows()


@hazard(
    seen="`SourceUnreachable`, `StreamMissing`, then `PartitionRewound`",
    done="The count is held; then never fewer for 5 minutes, more for what waits",
)
async def test_redis_restarts_and_has_forgotten_everything(
    server: Server, own: Streams, watch: MakeWatch
) -> None:
    key = own.stream(20, read=20, acknowledged=20)
    watched = watch(own.query(key))
    await watched.quiet()
    server.stop()
    missing = await watched.missing()
    assert missing.reason is watched.said() is Reason.SOURCE_UNREACHABLE
    assert f"cannot reach {server.address}" in missing.message
    server.start()
    await watched.missing()
    assert watched.said() is Reason.STREAM_MISSING
    own.client.xgroup_create(key, GROUP, "0", mkstream=True)
    sample = await watched.sample()
    assert reasons(sample) == [Reason.PARTITION_REWOUND]
    assert watched.said() is Reason.PARTITION_REWOUND
    assert watched.holds()
    own.add(key, 3_000)
    await watched.sample()
    assert watched.holds()
    assert watched.grows()


@hazard(seen="`SourceUnreachable`: no answer in time", done="The count is held")
async def test_redis_is_frozen(server: Server, own: Streams, watch: MakeWatch) -> None:
    key = own.stream(20, read=20, acknowledged=20)
    watched = watch(own.query(key), deadline_seconds=DEADLINE_SECONDS)
    await watched.quiet()
    server.freeze()
    began = time.monotonic()
    try:
        missing = await watched.missing()
    finally:
        server.thaw()
    assert missing.reason is watched.said() is Reason.SOURCE_UNREACHABLE
    assert "did not answer within 1 s" in missing.message
    assert time.monotonic() - began < 10 * DEADLINE_SECONDS
    assert watched.holds()
    await until(watched.see, is_complete)


@hazard(seen="`SourceUnreachable`: no answer in time", done="The count is held")
async def test_redis_is_slow(own: Streams, watch: MakeWatch) -> None:
    key = own.stream(3_000)
    late = watch(own.query(key), deadline_seconds=DEADLINE_SECONDS)
    patient = watch(own.query(key), deadline_seconds=30.0)
    await late.sample()
    own.client.client_pause(int(2_000 * DEADLINE_SECONDS))
    missing, sample = await asyncio.gather(late.missing(), patient.sample())
    assert missing.reason is late.said() is Reason.SOURCE_UNREACHABLE
    assert late.holds()
    assert sample.backlog.tolist() == [3_000]


@hazard(seen="`SourceUnreachable`: it is still loading", done="The count is held")
async def test_redis_is_loading_its_data(farm: Farm, watch: MakeWatch) -> None:
    server = farm.server("--key-load-delay", "5000", "--loading-process-events-interval-bytes", "1024")
    streams = Streams(f"redis://{server.address}/0", server.client)
    key = streams.stream(20, read=20, acknowledged=20)
    server.client.mset({f"key-{number}": "x" * 100 for number in range(1_000)})
    watched = watch(streams.query(key))
    await watched.quiet()
    server.client.save()
    server.stop()
    server.start(wait=False)

    def is_loading() -> bool:
        try:
            server.client.ping()
        except redis.BusyLoadingError:
            return True
        return False

    eventually(is_loading, "the server is loading")
    reading = await until(watched.see, lambda reading: "loading" in getattr(reading, "message", ""))
    assert missed(reading).reason is watched.said() is Reason.SOURCE_UNREACHABLE
    assert watched.holds()
    server.client.config_set("key-load-delay", 0)
    await until(watched.see, is_complete)


@hazard(seen="`RedisMemoryNear`: how full, and what comes then", done="Never fewer; more for what waits")
@pytest.mark.parametrize(
    ("policy", "then"), [("noeviction", "refuses writes"), ("allkeys-lru", "evicts keys, records with them")]
)
async def test_redis_memory_is_nearly_full(own: Streams, watch: MakeWatch, policy: str, then: str) -> None:
    key = own.stream(20, read=20, acknowledged=20)
    watched = watch(own.query(key))
    await watched.quiet()
    own.client.config_set("maxmemory-policy", policy)
    own.client.set("ballast", bytes(20 * MEBIBYTE))  # a tenth of it is room for what the test does
    limit = int(own.client.info("memory")["used_memory"] / 0.9)
    own.client.config_set("maxmemory", limit)
    sample = await watched.sample()
    assert reasons(sample) == [Reason.REDIS_MEMORY_NEAR]
    assert watched.said() is Reason.REDIS_MEMORY_NEAR
    assert f"at 100% it {then} ({policy})" in sample.doubts[0].message
    assert watched.holds()
    own.add(key, 1_000)
    await watched.sample()
    assert watched.grows()
    own.client.config_set("maxmemory", 10 * limit)
    assert (await watched.sample()).doubts == ()
    own.client.config_set("maxmemory-policy", "noeviction")


@hazard(seen="`RedisMemoryNear`: how full, and what comes then", done="Never fewer; more for what waits")
async def test_redis_memory_is_full_and_writes_are_refused(own: Streams, watch: MakeWatch) -> None:
    key = own.stream(3_000)
    watched = watch(own.query(key))
    own.client.config_set("maxmemory", 1 * MEBIBYTE)
    with pytest.raises(redis.OutOfMemoryError):
        own.add(key, 1)
    sample = await watched.sample()
    assert sample.backlog.tolist() == [3_000]
    assert reasons(sample) == [Reason.REDIS_MEMORY_NEAR]
    assert watched.said() is Reason.REDIS_MEMORY_NEAR
    assert watched.holds()
    assert watched.grows()


async def test_a_server_without_a_limit_is_never_nearly_full(own: Streams, watch: MakeWatch) -> None:
    key = own.stream(3)
    assert own.client.info("memory")["maxmemory"] == 0
    assert (await watch(own.query(key)).sample()).doubts == ()


@hazard(
    seen="`SourceRefused`: it is a replica, and of whom", done="The count is held: its numbers may be old"
)
async def test_the_server_becomes_a_replica(farm: Farm, watch: MakeWatch) -> None:
    primary = farm.server()
    streams = Streams(f"redis://{primary.address}/0", primary.client)
    key = streams.stream(20, read=20, acknowledged=20)
    replica = farm.replica_of(primary)
    watched = watch(streams.query(key))
    await watched.quiet()
    replica.client.replicaof("NO", "ONE")
    primary.client.replicaof("127.0.0.1", replica.port)
    missing = await watched.missing()
    assert missing.reason is watched.said() is Reason.SOURCE_REFUSED
    assert f"is a replica of {replica.address}" in missing.message
    assert watched.holds()


@hazard(
    seen="`PartitionRewound`: what was counted before and now",
    done="Never fewer for 5 minutes; more for what waits",
)
async def test_a_replica_takes_over_that_had_not_heard_of_everything(farm: Farm, watch: MakeWatch) -> None:
    primary = farm.server()
    streams = Streams(f"redis://{primary.address}/0", primary.client)
    key = streams.stream(20, read=20, acknowledged=20)
    replica = farm.replica_of(primary)
    watched = watch(streams.query(key))
    replica.client.replicaof("NO", "ONE")
    streams.add(key, 10)
    streams.client.xack(key, GROUP, *streams.read(key, 10))
    await watched.quiet()
    primary.stop()
    assert isinstance(await watched.see(), Missing)
    replica.client.shutdown(save=True)
    # As when an address moves on to the replica: the same port, the replica's data.
    primary.adopt(replica)
    primary.start()
    sample = await watched.sample()
    assert reasons(sample) == [Reason.PARTITION_REWOUND]
    assert watched.said() is Reason.PARTITION_REWOUND
    assert "30 records had been counted before and 20 now" in sample.doubts[0].message
    assert watched.holds()


async def test_a_user_who_may_not_ask_about_the_server_is_told_so(own: Streams, watch: MakeWatch) -> None:
    key = own.stream(3_000)
    own.client.acl_setuser(
        "narrow",
        enabled=True,
        reset=True,
        passwords=["+right"],
        commands=["+time", "+ping", "+client|setname", "+xinfo", "+xrange"],
        keys=["*"],
    )
    narrow = Streams(own.connection.servers.address.replace("redis://", "redis://narrow:right@"), own.client)
    watched = watch(narrow.query(key))
    sample = await watched.sample()
    own.client.acl_deluser("narrow")
    assert sample.backlog.tolist() == [3_000]
    assert reasons(sample) == [Reason.SOURCE_REFUSED]
    assert watched.said() is Reason.SOURCE_REFUSED
    assert "grant +info" in sample.doubts[0].message
    assert watched.holds()
    assert watched.grows()

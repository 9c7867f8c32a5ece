"""Redis behind Sentinels."""

from typing import NamedTuple

import pytest

from logpipeline.api.conditions import Reason
from logpipeline.core.readings import Reading
from logpipeline.sources.base import RedisConnection, RedisQuery, RedisSentinels
from tests.contract.reading import is_complete, missed, sampled, until
from tests.contract.redis.conftest import MakeWatch
from tests.contract.redis.farm import Farm, Server
from tests.contract.redis_keys import GROUP, Streams
from tests.hazards import hazard

pytestmark = pytest.mark.contract
DEADLINE_SECONDS = 2.0


class Shop(NamedTuple):
    """A primary, its replica, and who watches them."""

    primary: Server
    replica: Server
    sentinels: list[Server]

    def query(self, *keys: str, master: str = "shop", only: int | None = None) -> RedisQuery:
        addresses = tuple(sorted(sentinel.address for sentinel in self.sentinels[:only]))
        return RedisQuery(RedisConnection(RedisSentinels(addresses, master)), GROUP, keys)

    def streams(self) -> Streams:
        return Streams(f"redis://{self.primary.address}/0", self.primary.client)


@pytest.fixture(scope="module")
def shop(farm: Farm) -> Shop:
    primary = farm.server()
    return Shop(primary, farm.replica_of(primary), farm.sentinels(primary))


async def test_what_waits_on_the_primary_is_measured(shop: Shop, watch: MakeWatch) -> None:
    key = shop.streams().stream(30, read=10, acknowledged=10)
    sample = await watch(shop.query(key)).sample()
    assert sample.backlog.tolist() == [20]
    assert sample.doubts == ()


@hazard(seen="`Measured`", done="Scaled as usual")
async def test_one_of_three_sentinels_is_frozen(shop: Shop, watch: MakeWatch) -> None:
    key = shop.streams().stream(3_000)
    watched = watch(shop.query(key), deadline_seconds=DEADLINE_SECONDS)
    shop.sentinels[1].freeze()
    try:
        sample = await watched.sample()
    finally:
        shop.sentinels[1].thaw()
    assert sample.doubts == ()
    assert watched.grows()


@hazard(seen="`SourceInconsistent`: how many name the primary", done="Never fewer; more for what waits")
async def test_two_of_three_sentinels_are_frozen(shop: Shop, watch: MakeWatch) -> None:
    key = shop.streams().stream(20, read=20, acknowledged=20)
    watched = watch(shop.query(key), deadline_seconds=DEADLINE_SECONDS)
    await watched.quiet()
    shop.streams().add(key, 3_000)
    for sentinel in shop.sentinels[1:]:
        sentinel.freeze()
    try:
        sample = await watched.sample()
    finally:
        for sentinel in shop.sentinels[1:]:
            sentinel.thaw()
    assert sample.backlog.tolist() == [3_000]
    assert [doubt.reason for doubt in sample.doubts] == [watched.said()] == [Reason.SOURCE_INCONSISTENT]
    assert "only 1 of 3 of the sentinels" in sample.doubts[0].message
    assert watched.holds()
    assert watched.grows()


@hazard(seen="`SourceUnreachable`: no sentinel answers", done="The count is held")
async def test_all_sentinels_are_frozen(shop: Shop, watch: MakeWatch) -> None:
    key = shop.streams().stream(20, read=20, acknowledged=20)
    watched = watch(shop.query(key), deadline_seconds=DEADLINE_SECONDS)
    await watched.quiet()
    for sentinel in shop.sentinels:
        sentinel.freeze()
    try:
        missing = await watched.missing()
    finally:
        for sentinel in shop.sentinels:
            sentinel.thaw()
    assert missing.reason is watched.said() is Reason.SOURCE_UNREACHABLE
    assert "do not answer" in missing.message
    assert watched.holds()


@hazard(seen="`SourceInconsistent`: who names which", done="The count is held")
async def test_the_sentinels_name_different_primaries(shop: Shop, watch: MakeWatch, farm: Farm) -> None:
    stranger = farm.server(sentinel=True)
    stranger.client.sentinel_monitor("shop", "127.0.0.1", farm.server().port, 1)
    key = shop.streams().stream(20, read=20, acknowledged=20)
    split = Shop(shop.primary, shop.replica, [shop.sentinels[0], stranger])
    watched = watch(split.query(key))
    missing = await watched.missing()
    assert missing.reason is watched.said() is Reason.SOURCE_INCONSISTENT
    assert watched.holds()
    assert f"{shop.primary.address} (1)" in missing.message


async def test_a_primary_that_the_sentinels_do_not_know_is_said_to_be_so(
    shop: Shop, watch: MakeWatch
) -> None:
    missing = await watch(shop.query("log", master="shoop")).missing()
    assert missing.reason is Reason.SOURCE_REFUSED
    assert "know no primary 'shoop': mend sentinel.master" in missing.message


async def test_sentinels_that_want_a_password_are_said_to_refuse(farm: Farm, watch: MakeWatch) -> None:
    sentinel = farm.server(sentinel=True)
    sentinel.client.acl_setuser("default", enabled=True, reset_passwords=True, passwords=["+secret"])
    shop = Shop(sentinel, sentinel, [sentinel])
    missing = await watch(shop.query("log")).missing()
    assert missing.reason is Reason.SOURCE_REFUSED
    assert "look at the sentinels' user, password and ACL" in missing.message


@hazard(
    seen="`SourceUnreachable` until the replica is promoted, then `Measured`",
    done="The count is held; then scaled by what the new primary says",
)
async def test_the_primary_is_frozen_and_comes_back_when_its_replica_was_promoted(
    shop: Shop, watch: MakeWatch
) -> None:
    key = shop.streams().stream(20, read=20, acknowledged=20)
    watched = watch(shop.query(key), deadline_seconds=DEADLINE_SECONDS)
    await watched.quiet()
    shop.streams().add(key, 3_000)
    shop.primary.client.wait(1, 5_000)

    async def see() -> Reading:
        reading = await watched.see()
        assert watched.holds(), reading
        return reading

    shop.primary.freeze()
    try:
        missing = missed(await see())
        assert missing.reason is watched.said() is Reason.SOURCE_UNREACHABLE
        assert f"{shop.primary.address} (primary 'shop')" in missing.message
        assert sampled(await until(see, is_complete)).backlog.tolist() == [3_000]
        assert watched.grows()
        shop.replica.client.xadd(key, {"n": 1})
    finally:
        shop.primary.thaw()
    shop.primary.client.ping()
    for _ in range(3):
        # It still takes itself for the primary, and nobody falls for that.
        assert sampled(await see()).backlog.tolist() == [3_001]

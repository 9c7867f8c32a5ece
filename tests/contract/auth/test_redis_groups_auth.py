"""Redis that wants to know who asks: behind Sentinels, and as a Cluster, over TLS."""

from collections.abc import Iterator, Sequence

import pytest

from logpipeline.sources.base import RedisConnection, RedisNodes, RedisQuery, RedisSentinels
from logpipeline.sources.redis.reader import RedisReader
from tests.contract.auth.asking import Asker
from tests.contract.auth.redis_users import GROUP, let_in, login
from tests.contract.reading import is_complete, sampled
from tests.hazards import hazard
from tests.servers.pki import Pki
from tests.servers.redis import (
    MASTER,
    SENTINEL_PASSWORD,
    SecuredRedis,
    secured_cluster,
    secured_sentinel,
)

pytestmark = pytest.mark.contract
REDIS = Asker(RedisReader)
LOGIN = login("grouped", "right")
SENTINEL_LOGIN = {"sentinel.password": SENTINEL_PASSWORD}
STREAM = "behind-sentinels"
ON_CLUSTER = ("access-log", "orders")
"""Keys of two slots, which two nodes have."""


@pytest.fixture(scope="module")
def sentinel(tmp_path_factory: pytest.TempPathFactory, pki: Pki, redis: SecuredRedis) -> Iterator[RedisQuery]:
    """What waits in a stream of one entry, found by way of a sentinel."""
    redis.client.xadd(STREAM, {"path": "/"})
    redis.client.xgroup_create(STREAM, GROUP, id="0")
    let_in(redis, **LOGIN)
    with secured_sentinel(tmp_path_factory.mktemp("redis") / "sentinel", pki, redis) as address:
        yield RedisQuery(RedisConnection(RedisSentinels((address,), MASTER, tls=True)), GROUP, (STREAM,))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, pki: Pki) -> Iterator[RedisQuery]:
    """What waits in two streams of one entry each, on two nodes of which one is given."""
    with secured_cluster(tmp_path_factory.mktemp("cluster"), pki) as nodes:
        for node in nodes:
            let_in(node, **LOGIN)
        for key in ON_CLUSTER:
            home = owner_of(key, nodes)
            home.client.xadd(key, {"path": "/"})
            home.client.xgroup_create(key, GROUP, id="0")
        assert len({owner_of(key, nodes).address for key in ON_CLUSTER}) == len(nodes)
        connection = RedisConnection(RedisNodes((nodes[0].encrypted,), tls=True))
        yield RedisQuery(connection, GROUP, ON_CLUSTER)


def owner_of(key: str, nodes: Sequence[SecuredRedis]) -> SecuredRedis:
    """The node that has the slot of `key`."""
    slot: int = nodes[0].client.execute_command("CLUSTER KEYSLOT", key)
    return nodes[slot // (16_384 // len(nodes))]


async def test_who_knows_both_passwords_may_measure_behind_sentinels(sentinel: RedisQuery, pki: Pki) -> None:
    secret = LOGIN | SENTINEL_LOGIN | pki.authority
    assert sampled(await REDIS.ask(sentinel, secret, is_complete)).backlog.tolist() == [1]


@hazard(
    seen="`SourceRefused`: the sentinels or the server, what they said, never the password",
    done="The count is held; the Secret is read again within seconds",
)
@pytest.mark.parametrize("wrong", ["password", "sentinel.password", "none for the sentinels"])
async def test_when_one_of_the_passwords_for_sentinels_and_their_server_is_wrong(
    sentinel: RedisQuery, pki: Pki, wrong: str
) -> None:
    secret = LOGIN | SENTINEL_LOGIN | pki.authority
    if wrong in secret:
        secret[wrong] = "guessed"
    else:
        del secret["sentinel.password"]
    message = await REDIS.refused(sentinel, secret)
    assert ("sentinels" in message) == (wrong != "password")


@hazard(seen="`SourceRefused`: the certificate cannot be verified", done="The count is held")
async def test_when_another_authority_vouches_for_the_sentinels(sentinel: RedisQuery, pki: Pki) -> None:
    message = await REDIS.refused(sentinel, LOGIN | SENTINEL_LOGIN | pki.other_authority)
    assert "certificate" in message


async def test_who_knows_the_password_may_measure_a_cluster(cluster: RedisQuery, pki: Pki) -> None:
    sample = sampled(await REDIS.ask(cluster, LOGIN | pki.authority, is_complete))
    assert sample.backlog.tolist() == [1, 1]


@hazard(
    seen="`SourceRefused`: what the nodes said, never the password",
    done="The count is held; the Secret is read again within seconds",
)
async def test_when_the_password_for_a_cluster_is_wrong(cluster: RedisQuery, pki: Pki) -> None:
    message = await REDIS.refused(cluster, login("grouped", "guessed") | pki.authority)
    assert "look at user, password and ACL" in message


@hazard(seen="`SourceRefused`: the certificate cannot be verified", done="The count is held")
async def test_when_another_authority_vouches_for_a_cluster(cluster: RedisQuery, pki: Pki) -> None:
    message = await REDIS.refused(cluster, LOGIN | pki.other_authority)
    assert "certificate" in message

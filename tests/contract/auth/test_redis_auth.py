"""Redis that wants to know who asks"""

import pytest

from logpipeline import keyring
from logpipeline.sources.base import ListKeys, RedisConnection, RedisQuery, RedisServer, SecretRef
from logpipeline.sources.redis.reader import RedisReader
from tests.contract.auth.asking import Asker, is_refusal
from tests.contract.auth.redis_users import GROUP, let_in, login
from tests.contract.auth.running import SECRET, running
from tests.contract.governing import wanted
from tests.contract.reading import is_complete, sampled
from tests.hazards import hazard
from tests.servers.pki import Pki
from tests.servers.redis import SecuredRedis

pytestmark = pytest.mark.contract
REDIS = Asker(RedisReader)
STREAM = "access-log"
LISTS = (ListKeys("buffer", "buffer:taken", "buffer:arrived"), ListKeys("plain"))


@pytest.fixture(scope="module", autouse=True)
def _users(redis: SecuredRedis) -> None:
    """`reader` may measure, `narrow` may not; nobody gets in without a password."""
    redis.client.xadd(STREAM, {"path": "/"})
    redis.client.xgroup_create(STREAM, GROUP, id="0")
    redis.client.rpush("buffer", "record")
    redis.client.set("buffer:arrived", 1)
    let_in(redis, "reader", "right")
    redis.client.acl_setuser("narrow", enabled=True, reset=True, passwords=["+right"], commands=["+time"])


def query(address: str, secret: SecretRef | None = None) -> RedisQuery:
    return RedisQuery(RedisConnection(RedisServer(address), secret), GROUP, (STREAM,))


async def test_who_knows_the_password_may_measure(redis: SecuredRedis, pki: Pki) -> None:
    where = query(redis.address)
    sample = sampled(await REDIS.ask(where, login("reader", "right"), is_complete))
    assert sample.backlog.tolist() == [1]
    listed = RedisQuery(where.connection, lists=LISTS)
    sample = sampled(await REDIS.ask(listed, login("reader", "right"), is_complete))
    assert sample.backlog.tolist() == [1, 0]
    encrypted = login("reader", "right") | pki.authority
    await REDIS.ask(query(redis.encrypted_address), encrypted, is_complete)


@hazard(
    seen="`SourceRefused`: what the server said, never user nor password",
    done="The count is held; the Secret is read again within seconds",
)
async def test_when_the_password_in_the_secret_is_wrong_or_the_acl_does_not_let_the_operator_look(
    redis: SecuredRedis,
) -> None:
    secrets = [login("reader", "guessed"), login("nobody", "guessed"), login("narrow", "right")]
    for secret in secrets:
        message = await REDIS.refused(query(redis.address), secret)
        assert "look at user, password and ACL" in message
        assert secret["username"] not in message
        assert redis.address.removeprefix("redis://").removesuffix("/0") in message


@hazard(
    seen="`SourceRefused`: the certificate cannot be verified",
    done="The count is held; the password is not sent",
)
async def test_when_another_authority_vouches_for_the_server(redis: SecuredRedis, pki: Pki) -> None:
    secret = login("reader", "right") | pki.other_authority
    before = logins(redis)
    message = await REDIS.refused(query(redis.encrypted_address), secret)
    assert "certificate" in message
    assert logins(redis) == before


async def test_a_server_that_wants_certificates_is_shown_ours(redis: SecuredRedis, pki: Pki) -> None:
    where = query(redis.encrypted_address)
    redis.want_certificates(wanted=True)
    try:
        for known in (pki.client("reader"), pki.locked_client("reader")):
            await REDIS.ask(where, login("reader", "right") | known, is_complete)
        for secret in (pki.authority, pki.impostor("reader")):
            message = await REDIS.refused(where, login("reader", "right") | secret)
            assert "certificate" in message
    finally:
        redis.want_certificates(wanted=False)


def logins(redis: SecuredRedis) -> int:
    """How often somebody has tried to log in since the server was started."""
    calls = redis.client.info("commandstats")
    return sum(calls.get(f"cmdstat_{command}", {"calls": 0})["calls"] for command in ("auth", "hello"))


@hazard(
    seen="`SourceRefused` until the Secret holds the new one, then `Measured`",
    done="The count is held meanwhile; it goes on within seconds, with all that was measured before",
)
async def test_when_the_password_changes_while_the_operator_runs(
    redis: SecuredRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring, "DOUBTED_SECONDS", 0.2)
    let_in(redis, "rotated", "first")
    async with running(REDIS, query(redis.address, SECRET), login("rotated", "first")) as measured:
        first = await measured.newest(is_complete)
        let_in(redis, "rotated", "second")
        redis.client.client_kill_filter(user="rotated")
        assert wanted([first, await measured.newest(is_refusal)], replicas=8) == 8
        measured.secret = login("rotated", "second")
        assert (await measured.newest(is_complete)).at > first.at
        assert measured.window.waiting[0].at == first.at

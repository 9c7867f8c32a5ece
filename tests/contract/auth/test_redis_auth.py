"""Redis that wants to know who asks"""

import asyncio
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from logpipeline import keyring
from logpipeline.collector import Collector
from logpipeline.core.model import Reading
from logpipeline.kube import Json
from logpipeline.sources.base import ListKeys, RedisConnection, RedisQuery, RedisServer, SecretRef
from logpipeline.sources.redis.reader import RedisReader
from logpipeline.store import Store
from tests.contract.auth.asking import Asker, is_refusal
from tests.contract.governing import wanted
from tests.contract.reading import WITHIN_SECONDS, is_complete, sampled
from tests.hazards import hazard
from tests.servers.pki import Pki
from tests.servers.redis import SecuredRedis
from tests.unit.sources.secret_objects import secret_object

pytestmark = pytest.mark.contract
REDIS = Asker(RedisReader)
STREAM, GROUP = "access-log", "collectors"
PAGE = Path(__file__).parents[3] / "docs" / "authentication.md"
RIGHTS = re.findall(r"^ACL SETUSER \S+ on >\S+ (.*)$", PAGE.read_text(), re.MULTILINE)[0].split()
"""What the page for users says a user needs."""
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


def let_in(redis: SecuredRedis, user: str, password: str) -> None:
    """A user with the rights that the page names, and this password alone."""
    redis.client.execute_command("ACL SETUSER", user, "reset", "on", f">{password}", *RIGHTS)


def query(address: str, secret: SecretRef | None = None) -> RedisQuery:
    return RedisQuery(RedisConnection(RedisServer(address), secret), GROUP, (STREAM,))


def login(user: str, password: str) -> dict[str, str]:
    return {"username": user, "password": password}


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
    done="holds the count, and reads the Secret again at once",
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
    done="holds the count; the password is not sent",
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


class SecretHolder:
    """An API server with one Secret, which can be changed."""

    def __init__(self, password: str) -> None:
        self.password = password

    async def get(self, _: str) -> Json:
        return secret_object(login("rotated", self.password))


@hazard(
    seen="`SourceRefused`, until the Secret holds the new one; then `Measured`",
    done="holds the count meanwhile; goes on within seconds, with all that was measured before",
)
async def test_when_the_password_changes_while_the_operator_runs(
    redis: SecuredRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring, "DOUBTED_SECONDS", 0.2)

    let_in(redis, "rotated", "first")
    holder, measured = SecretHolder("first"), asyncio.Event()
    store, where = Store(window_seconds=900), query(redis.address, SecretRef("shop", "redis-auth"))
    keys = keyring.Keyring(holder, clock=time.time)
    collector = Collector(
        REDIS.make,
        keys,
        store,
        interval=0.2,
        deadline_seconds=2,
        clock=time.time,
        on_pass=lambda *_: measured.set(),
    )

    async def newest(is_so: Callable[[Reading], bool]) -> Reading:
        """The first reading for which `is_so`."""
        async with asyncio.timeout(WITHIN_SECONDS):
            while True:
                measured.clear()
                await measured.wait()
                reading = store.window(where).newest
                if reading is not None and is_so(reading):
                    return reading

    collector.set_queries([where])
    try:
        first = await newest(is_complete)
        let_in(redis, "rotated", "second")
        redis.client.client_kill_filter(user="rotated")
        assert wanted([first, await newest(is_refusal)], replicas=8) == 8
        holder.password = "second"  # noqa: S105 - of a server that ends with the test
        assert (await newest(is_complete)).at > first.at
        assert store.window(where).waiting[0].at == first.at
    finally:
        await collector.close()
        await keys.close()

import asyncio
from dataclasses import dataclass, field

import pytest
import structlog

from logpipeline.api.conditions import Reason
from logpipeline.core.readings import Missing
from logpipeline.keyring import Keyring
from logpipeline.kube import ApiError, Json
from logpipeline.sources import usability
from logpipeline.sources.base import Connection, KafkaConnection, RedisConnection, RedisServer, SecretRef
from logpipeline.sources.credentials import NO_CREDENTIALS, Credentials
from tests.unit.sources.secret_objects import secret_object
from tests.unit.virtual_time import START, now, play

SECRET = SecretRef("shop", "redis-auth")
REDIS = RedisConnection(RedisServer("redis://redis:6379/0"), SECRET)
KAFKA = KafkaConnection("kafka:9092", SECRET)
ABSENT = ApiError(404, "NotFound", 'secrets "redis-auth" not found')


@dataclass
class FakeApi:
    """One Secret, or what is said in its place, and when it was asked for."""

    said: Json | ApiError
    seconds: float = 0.0
    asked: list[float] = field(default_factory=list)

    async def get(self, path: str) -> Json:
        assert path == "/api/v1/namespaces/shop/secrets/redis-auth"
        self.asked.append(now() - START)
        await asyncio.sleep(self.seconds)
        if isinstance(self.said, ApiError):
            raise self.said
        return self.said


class Ring:
    """A keyring in front of a fake API server."""

    def __init__(self, said: Json | ApiError, seconds: float = 0.0) -> None:
        self.api = FakeApi(said, seconds)
        self.keyring = Keyring(self.api, clock=now)

    async def ask(self, connection: Connection = REDIS) -> Credentials | Missing:
        return await self.keyring.credentials_of(connection)

    async def password(self) -> str | None:
        given = await self.ask()
        assert isinstance(given, Credentials), given
        return given.get("password")

    async def missing(self, connection: Connection = REDIS) -> Missing:
        given = await self.ask(connection)
        assert isinstance(given, Missing)
        assert given.at == now()
        return given

    async def pass_by(self, seconds: float) -> None:
        """Ask every five seconds, as the collector does."""
        for _ in range(round(seconds / 5)):
            await asyncio.sleep(5)
            await self.ask()


def test_a_connection_without_a_secret_asks_nobody() -> None:
    async def story() -> None:
        ring = Ring(ABSENT)
        assert await ring.ask(KafkaConnection("kafka:9092")) is NO_CREDENTIALS
        assert not ring.api.asked

    play(story)


def test_a_secret_is_read_once_for_all_that_need_it_and_again_every_thirty_seconds() -> None:
    async def story() -> None:
        ring = Ring(secret_object({"password": "one"}), seconds=0.5)
        first = await asyncio.gather(*(ring.ask() for _ in range(5)))
        assert first == [Credentials.of({"password": "one"})] * 5
        await ring.pass_by(89.5)
        assert ring.api.asked == [0, 30.5, 60.5]
        await ring.keyring.close()

    play(story)


def test_a_changed_secret_is_taken_up_without_holding_up_a_pass() -> None:
    async def story() -> None:
        ring = Ring(secret_object({"password": "one"}))
        assert await ring.password() == "one"
        ring.api.said, ring.api.seconds = secret_object({"password": "two"}), 3
        await asyncio.sleep(30)
        before = now()
        assert await ring.password() == "one"
        assert now() == before
        await asyncio.sleep(5)
        assert await ring.password() == "two"
        await ring.keyring.close()

    play(story)


def test_an_unchanged_secret_gives_the_same_credentials_so_that_no_connection_is_made_anew() -> None:
    async def story() -> None:
        ring = Ring(secret_object({"password": "one"}))
        first = await ring.ask()
        await ring.pass_by(120)
        assert await ring.ask() is first
        await ring.keyring.close()

    play(story)


def test_refused_credentials_are_read_again_at_once_and_then_every_five_seconds() -> None:
    async def story() -> None:
        ring = Ring(secret_object({"password": "old"}))
        await ring.ask()
        await asyncio.sleep(7)
        ring.api.said = secret_object({"password": "new"})
        ring.keyring.doubt(REDIS)
        await asyncio.sleep(0)
        assert ring.api.asked == [0, 7]
        await asyncio.sleep(1)
        assert await ring.password() == "new"
        for _ in range(3):
            ring.keyring.doubt(REDIS)
            await ring.ask()
            await asyncio.sleep(2)
        assert ring.api.asked == [0, 7, 12]
        await ring.keyring.close()

    play(story)


@pytest.mark.parametrize("status", [0, 429, 500, 503])
def test_while_the_api_server_does_not_answer_what_was_read_last_stays_in_use(status: int) -> None:
    async def story() -> None:
        ring = Ring(secret_object({"password": "one"}))
        await ring.ask()
        ring.api.said = ApiError(status, "Trouble", 'an answer that starts with b\'{"password": "b25l"\'')
        with structlog.testing.capture_logs() as logged:
            await ring.pass_by(60)
        assert await ring.password() == "one"
        assert "could not be read again" in str(logged)
        assert "b25l" not in str(logged)
        await ring.keyring.close()

    play(story)


def test_a_secret_never_read_holds_a_pass_up_for_two_seconds_at_most() -> None:
    async def story() -> None:
        ring = Ring(secret_object({"password": "one"}), seconds=8)
        before = now()
        missing = await ring.missing()
        assert now() - before == 2
        assert missing.reason is Reason.NOT_YET_MEASURED
        assert "shop/redis-auth" in missing.message
        await asyncio.sleep(7)
        assert await ring.password() == "one"
        assert ring.api.asked == [0]
        await ring.keyring.close()

    play(story)


@pytest.mark.parametrize(
    ("said", "reason", "sentence"),
    [
        (ABSENT, Reason.SECRET_MISSING, "Secret shop/redis-auth is not there (yet): create it"),
        (
            ApiError(403, "Forbidden", "no"),
            Reason.SECRET_MISSING,
            "grant its service account `get` on secrets",
        ),
        (
            secret_object({"password": "one"}, label=None),
            Reason.SECRET_NOT_LABELLED,
            "`kubectl label secret redis-auth -n shop logpipeline.io/use=true`",
        ),
        (secret_object({"password": "one"}, label="false"), Reason.SECRET_NOT_LABELLED, "kubectl label"),
        (secret_object({"username": "u"}), Reason.SECRET_INVALID, "'username' is given without 'password'"),
        (secret_object({"other": "one"}), Reason.SECRET_INVALID, "it holds none of 'password'"),
        (secret_object({"password": "a\0b"}), Reason.SECRET_INVALID, "'password' holds a byte of zero"),
    ],
)
def test_a_secret_that_gives_nothing_says_why_and_what_to_do(
    said: Json | ApiError, reason: Reason, sentence: str
) -> None:
    async def story() -> None:
        ring = Ring(said)
        missing = await ring.missing()
        assert missing.reason is reason
        assert sentence in missing.message
        ring.api.said = secret_object({"password": "mended"})
        await ring.pass_by(15)
        assert await ring.password() == "mended"
        await ring.keyring.close()

    play(story)


@pytest.mark.parametrize("said", [ABSENT, secret_object({"password": "one"}, label=None), secret_object({})])
def test_a_secret_that_was_taken_away_is_not_used_any_longer(said: Json | ApiError) -> None:
    async def story() -> None:
        ring = Ring(secret_object({"password": "one"}))
        assert await ring.password() == "one"
        ring.api.said = said
        await ring.pass_by(35)
        await ring.missing()
        await ring.keyring.close()

    play(story)


def test_one_secret_may_do_for_one_kind_of_source_and_not_for_another() -> None:
    async def story() -> None:
        ring = Ring(secret_object({"password": "one"}))
        assert await ring.password() == "one"
        missing = await ring.missing(KAFKA)
        assert missing.reason is Reason.SECRET_INVALID
        assert "'password' is given without 'username'" in missing.message
        assert ring.api.asked == [0]
        await ring.keyring.close()

    play(story)


def test_an_entry_of_a_secret_that_is_null_is_one_that_is_not_given() -> None:
    async def story() -> None:
        said = secret_object({"username": "u"})
        said["data"]["password"] = None  # as the API server writes an entry that was created without a value
        missing = await Ring(said).missing()
        assert missing.reason is Reason.SECRET_INVALID
        assert "'username' is given without 'password'" in missing.message

    play(story)


NO_SECRETS: list[Json] = [
    {},
    {"metadata": None},
    {"metadata": {"labels": {"logpipeline.io/use": "true"}}, "data": 7},
]


@pytest.mark.parametrize("said", NO_SECRETS)
def test_an_answer_that_is_no_secret_is_said_to_be_none(said: Json) -> None:
    async def story() -> None:
        ring = Ring(said)
        missing = await ring.missing()
        assert missing.reason is Reason.SECRET_INVALID
        assert "what the API server says of Secret shop/redis-auth cannot be understood" in missing.message
        ring.api.said = secret_object({"password": "one"})
        await ring.pass_by(15)
        assert await ring.password() == "one"
        ring.api.said = said
        with structlog.testing.capture_logs() as logged:
            await ring.pass_by(60)
        assert await ring.password() == "one"
        assert "could not be understood" in str(logged)
        await ring.keyring.close()

    play(story)


def test_what_nobody_asks_for_is_forgotten() -> None:
    async def story() -> None:
        ring = Ring(secret_object({"password": "one"}))
        await ring.ask()
        await asyncio.sleep(400)
        await ring.ask(KafkaConnection("kafka:9092", SecretRef("shop", "redis-auth")))
        assert ring.api.asked == [0, 400]
        await ring.keyring.close()

    play(story)


def test_an_address_that_a_spec_once_had_is_forgotten_while_its_secret_is_in_use(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    former = RedisConnection(RedisServer("redis://former:6379/0"), SECRET)
    checked: list[Connection] = []
    monkeypatch.setattr(usability, "check", lambda connection, _: checked.append(connection))

    async def story() -> None:
        ring = Ring(secret_object({"password": "one"}))
        for _ in range(2):
            await ring.ask(former)
        await ring.pass_by(400)
        await ring.ask(former)
        assert checked == [former, REDIS, former]
        await ring.keyring.close()

    play(story)

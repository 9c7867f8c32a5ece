"""Kafka that wants to know who asks"""

import asyncio
from functools import partial

import pytest

from logpipeline import keyring
from logpipeline.api.sources import OffsetReset
from logpipeline.core.readings import Reading
from logpipeline.sources.base import KafkaConnection, KafkaQuery, SecretRef
from logpipeline.sources.credentials import Credentials
from tests.contract.auth.asking import Asker, is_refusal
from tests.contract.auth.running import SECRET, running
from tests.contract.governing import wanted
from tests.contract.kafka_reader import OwnKafkaReader
from tests.contract.reading import is_complete, missed, sampled, until
from tests.faults.tcp import TcpProxy
from tests.hazards import hazard
from tests.servers.kafka import SecuredKafka
from tests.servers.pki import Pki

pytestmark = pytest.mark.contract
KAFKA = Asker(OwnKafkaReader)
IMPATIENT = Asker(partial(OwnKafkaReader, refused_seconds=0.2))
TOPIC, GROUP = "access-log", "indexers"
SCRAM_PASSWORD = "scram-right"  # noqa: S105 - of a server that ends with the test
CLEAR = {"security.protocol": "SASL_PLAINTEXT"}
MECHANISMS = ["SCRAM-SHA-256", "SCRAM-SHA-512"]


@pytest.fixture(scope="module", autouse=True)
def _allowed(kafka: SecuredKafka) -> None:
    """Users who may measure this topic and group; `narrow` may not."""
    kafka.topic(TOPIC)
    for user in ("reader", "CN=reader", "scrammer", "late"):
        kafka.allow(user, TOPIC, GROUP)
    kafka.set_scram_password("scrammer", SCRAM_PASSWORD)


def query(kafka: SecuredKafka, listener: str, secret: SecretRef | None = None) -> KafkaQuery:
    return asking(kafka.bootstrap[listener], secret)


def asking(bootstrap: str, secret: SecretRef | None = None) -> KafkaQuery:
    return KafkaQuery(KafkaConnection(bootstrap, secret), GROUP, (TOPIC,), OffsetReset.EARLIEST)


def scrammer(password: str) -> dict[str, str]:
    return login("scrammer", password, "SCRAM-SHA-256") | CLEAR


def login(user: str, password: str, mechanism: str = "PLAIN") -> dict[str, str]:
    return {"username": user, "password": password, "sasl.mechanism": mechanism}


@pytest.mark.parametrize(
    "secret",
    [login("reader", "right"), *(login("scrammer", SCRAM_PASSWORD, mechanism) for mechanism in MECHANISMS)],
    ids=["PLAIN", *MECHANISMS],
)
async def test_who_knows_the_password_may_measure(
    kafka: SecuredKafka, pki: Pki, secret: dict[str, str]
) -> None:
    await KAFKA.ask(query(kafka, "SASL_PLAINTEXT"), secret | CLEAR, is_complete)
    await KAFKA.ask(query(kafka, "SASL_SSL"), secret | pki.authority, is_complete)


async def test_who_shows_the_right_certificate_may_measure(kafka: SecuredKafka, pki: Pki) -> None:
    for secret in (pki.client("reader"), pki.locked_client("reader")):
        sample = sampled(await KAFKA.ask(query(kafka, "SSL"), secret, is_complete))
        assert sample.backlog.tolist() == [0]


@hazard(
    seen="`SourceRefused`: what the broker said, never the password",
    done="The count is held; the Secret is read again within seconds",
)
async def test_when_the_password_in_the_secret_is_wrong(kafka: SecuredKafka) -> None:
    secrets = [
        login("reader", "guessed"),
        login("nobody", "guessed"),
        *(login("scrammer", "guessed", mechanism) for mechanism in MECHANISMS),
    ]
    where = query(kafka, "SASL_PLAINTEXT")
    for message in await asyncio.gather(*(KAFKA.refused(where, secret | CLEAR) for secret in secrets)):
        assert "refused the connection" in message
        assert "look at credentials" in message


@hazard(
    seen="`SourceRefused`: what the broker said",
    done="The count is held; the broker is asked again after half a minute, or as soon as the Secret changes",
)
async def test_when_a_broker_locks_out_who_guesses_passwords_too_often(kafka: SecuredKafka) -> None:
    host, _, port = kafka.bootstrap["SASL_PLAINTEXT"].rpartition(":")
    with TcpProxy(host, int(port)) as door:
        where = asking(f"127.0.0.1:{door.port}")
        reader = KAFKA.make(where.connection, Credentials.of(scrammer("guessed")))

        async def measure() -> Reading:
            return (await reader.sample([where]))[where]

        readings = [await until(measure, is_refusal)]
        tried = door.connections
        readings += [await measure() for _ in range(4)]
        assert door.connections == tried, "each try counts for the lock"
        assert all(is_refusal(reading) for reading in readings)
        assert len({missed(reading).message for reading in readings}) == 1
        assert readings[-1].at > readings[0].at
        assert wanted(readings, replicas=8) == 8
        await reader.close()


async def test_who_is_let_in_later_may_measure_though_the_secret_is_as_it_was(
    kafka: SecuredKafka,
) -> None:
    where, secret = query(kafka, "SASL_PLAINTEXT"), login("late", SCRAM_PASSWORD, "SCRAM-SHA-512") | CLEAR
    await IMPATIENT.refused(where, secret)
    reader = IMPATIENT.make(where.connection, Credentials.of(secret))

    async def measure() -> Reading:
        return (await reader.sample([where]))[where]

    await until(measure, is_refusal)
    kafka.set_scram_password("late", SCRAM_PASSWORD)
    await until(measure, is_complete)
    await reader.close()


@hazard(
    seen="`SourceRefused`, until the Secret holds the right one; then `Measured`",
    done="The count is held meanwhile; within seconds it goes on, with all that was measured before",
)
async def test_when_the_secret_of_a_kafka_cluster_changes_while_the_operator_runs(
    kafka: SecuredKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DOUBTED_SECONDS", "STALE_SECONDS"):
        monkeypatch.setattr(keyring, name, 0.2)
    where = query(kafka, "SASL_PLAINTEXT", SECRET)
    async with running(KAFKA, where, scrammer(SCRAM_PASSWORD)) as measured:
        first = await measured.newest(is_complete)
        measured.secret = scrammer("mistyped")
        assert wanted([first, await measured.newest(is_refusal)], replicas=8) == 8
        measured.secret = login("reader", "right") | CLEAR
        assert (await measured.newest(is_complete)).at > first.at
        assert measured.window.waiting[0].at == first.at


@hazard(seen="`SourceRefused`: the certificate cannot be verified", done="The count is held")
async def test_when_another_authority_vouches_for_the_broker(kafka: SecuredKafka, pki: Pki) -> None:
    message = await KAFKA.refused(query(kafka, "SASL_SSL"), login("reader", "right") | pki.other_authority)
    assert "certificate" in message


@hazard(
    seen="`SourceRefused`: what is wrong with the certificate",
    done="The count is held; the Secret is read again within seconds",
)
async def test_when_the_broker_does_not_know_our_certificate(kafka: SecuredKafka, pki: Pki) -> None:
    shown = [pki.authority, pki.impostor("reader")]
    for message in await asyncio.gather(*(KAFKA.refused(query(kafka, "SSL"), secret) for secret in shown)):
        assert "certificate" in message
        assert "look at credentials" in message


@hazard(seen="`SourceRefused`: which topic or group may not be described", done="The count is held")
async def test_when_acls_do_not_let_the_operator_look(kafka: SecuredKafka) -> None:
    message = await KAFKA.refused(query(kafka, "SASL_PLAINTEXT"), login("narrow", "right") | CLEAR)
    assert "ACLs" in message
    assert f"group '{GROUP}'" in message

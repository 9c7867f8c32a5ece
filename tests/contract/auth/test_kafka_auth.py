"""Kafka that wants to know who asks"""

import asyncio

import pytest

from logpipeline.api.pipeline import OffsetReset
from logpipeline.sources.base import KafkaConnection, KafkaQuery
from logpipeline.sources.kafka.reader import KafkaReader
from tests.contract.auth.asking import Asker
from tests.contract.reading import is_complete, sampled
from tests.hazards import hazard
from tests.servers.kafka import SecuredKafka
from tests.servers.pki import Pki

pytestmark = pytest.mark.contract
KAFKA = Asker(KafkaReader)
TOPIC, GROUP = "access-log", "indexers"
SCRAM_PASSWORD = "scram-right"  # noqa: S105 - of a server that ends with the test
CLEAR = {"security.protocol": "SASL_PLAINTEXT"}
MECHANISMS = ["SCRAM-SHA-256", "SCRAM-SHA-512"]


@pytest.fixture(scope="module", autouse=True)
def _allowed(kafka: SecuredKafka) -> None:
    """Users who may measure this topic and group; `narrow` may not."""
    kafka.topic(TOPIC)
    for user in ("reader", "CN=reader", "scrammer"):
        kafka.allow(user, TOPIC, GROUP)
    kafka.set_scram_password("scrammer", SCRAM_PASSWORD)


def query(kafka: SecuredKafka, listener: str) -> KafkaQuery:
    return KafkaQuery(KafkaConnection(kafka.bootstrap[listener]), GROUP, (TOPIC,), OffsetReset.EARLIEST)


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
    done="holds the count, and reads the Secret again at once",
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
    seen="`SourceRefused`: the certificate cannot be verified",
    done="holds the count",
)
async def test_when_another_authority_vouches_for_the_broker(kafka: SecuredKafka, pki: Pki) -> None:
    message = await KAFKA.refused(query(kafka, "SASL_SSL"), login("reader", "right") | pki.other_authority)
    assert "certificate" in message


@hazard(
    seen="`SourceRefused`: what is wrong with the certificate",
    done="holds the count, and reads the Secret again at once",
)
async def test_when_the_broker_does_not_know_our_certificate(kafka: SecuredKafka, pki: Pki) -> None:
    shown = [pki.authority, pki.impostor("reader")]
    for message in await asyncio.gather(*(KAFKA.refused(query(kafka, "SSL"), secret) for secret in shown)):
        assert "certificate" in message
        assert "look at credentials" in message


@hazard(
    seen="`SourceRefused`: which topic or group may not be described",
    done="holds the count",
)
async def test_when_acls_do_not_let_the_operator_look(kafka: SecuredKafka) -> None:
    message = await KAFKA.refused(query(kafka, "SASL_PLAINTEXT"), login("narrow", "right") | CLEAR)
    assert "ACLs" in message
    assert f"group '{GROUP}'" in message

"""Prometheus that wants to know who asks"""

import asyncio

import pytest

from logpipeline.sources.base import PrometheusConnection, PrometheusQuery
from logpipeline.sources.prometheus.reader import PrometheusReader
from tests.contract.auth.asking import Asker
from tests.contract.reading import is_complete, sampled
from tests.hazards import hazard
from tests.servers.pki import Pki
from tests.servers.prometheus import PASSWORD, TOKEN, USER, SecuredPrometheus

pytestmark = pytest.mark.contract
PROMETHEUS = Asker(PrometheusReader)
BASIC, BEARER = {"username": USER, "password": PASSWORD}, {"token": TOKEN}


def query(address: str) -> PrometheusQuery:
    return PrometheusQuery(PrometheusConnection(address), "vector(42)")


async def test_who_knows_the_password_or_the_token_or_shows_a_certificate_may_measure(
    prometheus: SecuredPrometheus, pki: Pki
) -> None:
    asked = await asyncio.gather(
        PROMETHEUS.ask(query(prometheus.basic), BASIC | pki.authority, is_complete),
        PROMETHEUS.ask(query(prometheus.bearer), BEARER | pki.authority, is_complete),
        PROMETHEUS.ask(query(prometheus.certificates), pki.client("reader"), is_complete),
        PROMETHEUS.ask(query(prometheus.certificates), pki.locked_client("reader"), is_complete),
    )
    assert [sampled(reading).backlog.tolist() for reading in asked] == [[42]] * 4


@hazard(
    seen="`SourceRefused`: the status, and which Secret to look at",
    done="holds the count, and reads the Secret again at once",
)
async def test_when_the_password_or_the_token_in_the_secret_is_wrong(
    prometheus: SecuredPrometheus, pki: Pki
) -> None:
    refused = await asyncio.gather(
        *(
            PROMETHEUS.refused(query(address), secret | pki.authority)
            for address, secret in [
                (prometheus.basic, {"username": USER, "password": "guessed"}),
                (prometheus.basic, {"username": "nobody", "password": "guessed"}),
                (prometheus.basic, BEARER),
                (prometheus.basic, {}),
                (prometheus.bearer, {"token": "guessed"}),
                (prometheus.bearer, BASIC),
                (prometheus.bearer, {}),
            ]
        )
    )
    for message in refused:
        assert "401" in message
        assert "Secret" in message


@hazard(
    seen="`SourceRefused`: the certificate cannot be verified",
    done="holds the count",
)
async def test_when_another_authority_vouches_for_prometheus(prometheus: SecuredPrometheus, pki: Pki) -> None:
    message = await PROMETHEUS.refused(query(prometheus.basic), BASIC | pki.other_authority)
    assert "certificate" in message


@hazard(
    seen="`SourceRefused`: no TLS, and which entries to look at",
    done="holds the count, and reads the Secret again at once",
)
async def test_when_prometheus_does_not_know_our_certificate(prometheus: SecuredPrometheus, pki: Pki) -> None:
    where = query(prometheus.certificates)
    for secret in (pki.authority, pki.impostor("reader")):
        message = await PROMETHEUS.refused(where, secret)
        assert "no TLS" in message
        assert "tls.crt" in message

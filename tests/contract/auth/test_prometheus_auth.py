"""Prometheus that wants to know who asks"""

import asyncio

import pytest

from logpipeline import keyring
from logpipeline.sources.base import PrometheusConnection, PrometheusQuery, SecretRef
from logpipeline.sources.prometheus.reader import PrometheusReader
from tests.contract.auth.asking import Asker, is_refusal
from tests.contract.auth.running import SECRET, running
from tests.contract.governing import wanted
from tests.contract.reading import is_complete, sampled
from tests.hazards import hazard
from tests.servers.pki import Pki
from tests.servers.prometheus import PASSWORD, TOKEN, USER, SecuredPrometheus

pytestmark = pytest.mark.contract
PROMETHEUS = Asker(PrometheusReader)
BASIC, BEARER = {"username": USER, "password": PASSWORD}, {"token": TOKEN}


def query(address: str, secret: SecretRef | None = None) -> PrometheusQuery:
    return PrometheusQuery(PrometheusConnection(address, secret), "vector(42)")


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
    done="The count is held; the Secret is read again within seconds",
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


@hazard(seen="`SourceRefused`: the certificate cannot be verified", done="The count is held")
async def test_when_another_authority_vouches_for_prometheus(prometheus: SecuredPrometheus, pki: Pki) -> None:
    message = await PROMETHEUS.refused(query(prometheus.basic), BASIC | pki.other_authority)
    assert "certificate" in message


@hazard(
    seen="`SourceRefused`: no TLS, and which entries to look at",
    done="The count is held; the Secret is read again within seconds",
)
async def test_when_prometheus_does_not_know_our_certificate(prometheus: SecuredPrometheus, pki: Pki) -> None:
    where = query(prometheus.certificates)
    for secret in (pki.authority, pki.impostor("reader")):
        message = await PROMETHEUS.refused(where, secret)
        assert "no TLS" in message
        assert "tls.crt" in message


@hazard(
    seen="`SourceRefused`, until the Secret holds the new ones; then `Measured`",
    done="The count is held meanwhile; within seconds it goes on, with all that was measured before",
)
async def test_when_user_and_password_of_prometheus_change_while_the_operator_runs(
    prometheus: SecuredPrometheus, pki: Pki, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring, "DOUBTED_SECONDS", 0.2)
    where = query(prometheus.basic, SECRET)
    try:
        async with running(PROMETHEUS, where, BASIC | pki.authority) as measured:
            first = await measured.newest(is_complete)
            prometheus.let_in("successor")
            assert wanted([first, await measured.newest(is_refusal)], replicas=8) == 8
            measured.secret = {"username": "successor", "password": PASSWORD} | pki.authority
            assert (await measured.newest(is_complete)).at > first.at
            assert measured.window.waiting[0].at == first.at
    finally:
        prometheus.let_in(USER)

import gc
import ssl
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from logpipeline.sources import tls
from logpipeline.sources.credentials import Credentials, CredentialsError
from sandbox.certificates import Identity, client, new_authority

AUTHORITY = new_authority("test")
CLIENT = client(AUTHORITY, "reader", None)
RIGHT, WRONG = "hunter2", "guessed"


def certificate(identity: Identity) -> str:
    return identity.certificate.public_bytes(serialization.Encoding.PEM).decode()


def key(identity: Identity, password: str | None = None) -> str:
    encryption: serialization.KeySerializationEncryption = (
        serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
    )
    private = serialization.PrivateFormat.PKCS8
    return identity.key.private_bytes(serialization.Encoding.PEM, private, encryption).decode()


def credentials(**more: str) -> Credentials:
    values = {"ca.crt": certificate(AUTHORITY), "tls.crt": certificate(CLIENT), "tls.key": key(CLIENT)}
    return Credentials.of(values | {name.replace("_", "."): value for name, value in more.items()})


def test_only_the_given_authority_is_trusted() -> None:
    context = tls.context_of(credentials())
    assert [one["subject"] for one in context.get_ca_certs()] == [((("commonName", "test"),),)]
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


def test_the_name_of_the_host_may_be_left_unchecked_and_the_certificate_may_not() -> None:
    values = {"ssl.endpoint.identification.algorithm": "none"}
    context = tls.context_of(Credentials.of(values))
    assert not context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED


def test_a_key_with_a_password_is_opened_with_it() -> None:
    tls.check(credentials(tls_key=key(CLIENT, RIGHT), tls_key_password=RIGHT))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (
            credentials(tls_key=key(client(AUTHORITY, "other", None))),
            "'tls.key' does not belong to 'tls.crt'",
        ),
        (credentials(tls_key=key(CLIENT, RIGHT)), "'tls.key.password' does not open the key"),
        (
            credentials(tls_key=key(CLIENT, RIGHT), tls_key_password=WRONG),
            "'tls.key.password' does not open the key",
        ),
        (credentials(tls_crt="nonsense"), "are not a certificate and its key"),
    ],
)
def test_a_key_that_does_not_fit_is_named(wrong: Credentials, sentence: str) -> None:
    with pytest.raises(CredentialsError) as refused:
        tls.check(wrong)
    assert sentence in str(refused.value)


def test_a_key_is_never_written_to_a_disk_and_goes_with_its_last_reference() -> None:
    chain = tls.client_chain(credentials())
    assert chain is not None
    path = Path(str(chain)[:])
    assert "PRIVATE KEY" in path.read_text()
    assert path.readlink().name.startswith("memfd:credentials") or "memfd:" in str(path.readlink())
    plain = Path("".join(chain))
    del chain, path
    gc.collect()
    assert not plain.exists()

"""The credentials of a Kafka cluster as the client library wants them.

Only what is listed here comes out of a Secret: a property such as `plugin.library.paths` would let whoever
writes one run code in the operator.
"""

from typing import Final

from logpipeline.sources import tls
from logpipeline.sources.credentials import (
    AUTHORITY,
    CERTIFICATE,
    HOST_CHECK,
    KEY,
    KEY_PASSWORD,
    MECHANISM,
    NO_CREDENTIALS,
    PASSWORD,
    PROTOCOL,
    TLS_KEYS,
    USERNAME,
    Credentials,
    CredentialsError,
)

ENCRYPTED: Final = frozenset({"SSL", "SASL_SSL"})
AUTHENTICATED: Final = frozenset({"SASL_PLAINTEXT", "SASL_SSL"})
PROTOCOLS: Final = frozenset({"PLAINTEXT", *ENCRYPTED, *AUTHENTICATED})
MECHANISMS: Final = frozenset({"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"})
ELSEWHERE: Final = frozenset({"OAUTHBEARER", "GSSAPI", "AWS_MSK_IAM"})
"""Mechanisms that brokers know and we do not."""

_PROPERTIES: Final = {
    MECHANISM: "sasl.mechanism",
    USERNAME: "sasl.username",
    PASSWORD: "sasl.password",
    AUTHORITY: "ssl.ca.pem",
    CERTIFICATE: "ssl.certificate.pem",
    KEY: "ssl.key.pem",
    KEY_PASSWORD: "ssl.key.password",
    HOST_CHECK: "ssl.endpoint.identification.algorithm",
}


def properties_of(credentials: Credentials) -> dict[str, str]:
    """Properties of librdkafka; none for a connection without a Secret. Raises CredentialsError."""
    if credentials is NO_CREDENTIALS:
        return {}
    protocol, mechanism = _protocol(credentials), _mechanism(credentials)
    if protocol in AUTHENTICATED and not credentials.has_any(USERNAME):
        raise CredentialsError(f"'{PROTOCOL}' asks for SASL, and there is no '{USERNAME}': add it")
    if protocol not in AUTHENTICATED:
        _refuse_unused(credentials, PROTOCOL, protocol, (USERNAME, PASSWORD, MECHANISM))
    if protocol not in ENCRYPTED:
        _refuse_unused(credentials, PROTOCOL, protocol, TLS_KEYS)
    tls.check(credentials)
    given = {_PROPERTIES[key]: value for key, value in credentials.values.items() if key in _PROPERTIES}
    chosen = {MECHANISM: mechanism} if mechanism else {}
    return {**given, **chosen, PROTOCOL: protocol}


def _protocol(credentials: Credentials) -> str:
    """As given; otherwise one with TLS, so that no password travels in clear by omission."""
    given = credentials.get(PROTOCOL)
    if given is not None:
        if given.upper() not in PROTOCOLS:
            raise CredentialsError(f"'{PROTOCOL}' is none of {', '.join(sorted(PROTOCOLS))}")
        return given.upper()
    if credentials.has_any(USERNAME, PASSWORD, MECHANISM):
        return "SASL_SSL"
    if credentials.has_any(*TLS_KEYS):
        return "SSL"
    raise CredentialsError(f"it holds none of '{PROTOCOL}', '{USERNAME}', '{AUTHORITY}' and '{CERTIFICATE}'")


def _mechanism(credentials: Credentials) -> str | None:
    credentials.need(USERNAME, PASSWORD)
    credentials.need(PASSWORD, USERNAME)
    credentials.need(USERNAME, MECHANISM)
    given = credentials.get(MECHANISM)
    if given is None:
        return None
    if given.upper() in ELSEWHERE:
        raise CredentialsError(
            f"'{MECHANISM}' {given.upper()} is not supported: use one of {', '.join(sorted(MECHANISMS))}, "
            "or client certificates"
        )
    if given.upper() not in MECHANISMS:
        raise CredentialsError(f"'{MECHANISM}' is none of {', '.join(sorted(MECHANISMS))}")
    credentials.need(MECHANISM, USERNAME)
    return given.upper()


def _refuse_unused(credentials: Credentials, setting: str, value: str, keys: tuple[str, ...]) -> None:
    """Whoever gives a certificate means it to be used."""
    unused = [key for key in keys if key in credentials.values]
    if unused:
        raise CredentialsError(
            f"'{unused[0]}' has no effect with '{setting}' {value}: take it out, or choose another"
        )

"""Whether the credentials of a connection can be used for it at all, before anybody is asked."""

from urllib.parse import urlsplit

from logpipeline.sources import tls
from logpipeline.sources.base import (
    Connection,
    KafkaConnection,
    PrometheusConnection,
    RedisConnection,
    RedisServer,
)
from logpipeline.sources.credentials import (
    PASSWORD,
    SENTINEL_PASSWORD,
    TLS_KEYS,
    TOKEN,
    USERNAME,
    Credentials,
    CredentialsError,
)
from logpipeline.sources.kafka.credentials import properties_of
from logpipeline.sources.prometheus.credentials import headers_of, login_of
from logpipeline.sources.redis.client import options_of, sentinel_options_of


def check(connection: Connection, credentials: Credentials) -> None:
    """Raise CredentialsError, which says what is wrong, where they cannot be."""
    match connection:
        case KafkaConnection():
            properties_of(credentials)
        case RedisConnection():
            _check_redis(connection, credentials)
        case PrometheusConnection():
            _check_prometheus(connection, credentials)


def _check_redis(connection: RedisConnection, credentials: Credentials) -> None:
    servers = connection.servers
    if isinstance(servers, RedisServer):
        encrypted = servers.address.startswith("rediss:")
        if "@" in servers.address and credentials.has_any(USERNAME, PASSWORD):
            raise CredentialsError(
                f"'{PASSWORD}' is given here and in the address of the spec too: take it out of the address"
            )
    else:
        encrypted = servers.tls
    if not encrypted:
        _refuse_certificates(credentials, "rediss:// as the address, or tls: true,")
    options_of(credentials, encrypted=encrypted)
    sentinel_options_of(credentials, encrypted=encrypted)
    if not credentials.has_any(PASSWORD, SENTINEL_PASSWORD, *TLS_KEYS):
        raise CredentialsError(f"it holds none of '{PASSWORD}', 'ca.crt' and 'tls.crt'")


def _check_prometheus(connection: PrometheusConnection, credentials: Credentials) -> None:
    login_of(credentials)
    headers_of(credentials)
    if urlsplit(connection.address).scheme != "https":
        _refuse_certificates(credentials, "https:// as the address")
    tls.check(credentials)
    if not credentials.has_any(USERNAME, TOKEN, *TLS_KEYS):
        raise CredentialsError(f"it holds none of '{USERNAME}', '{TOKEN}', 'ca.crt' and 'tls.crt'")


def _refuse_certificates(credentials: Credentials, remedy: str) -> None:
    """Whoever gives a certificate means it to be used."""
    given = [key for key in TLS_KEYS if key in credentials.values]
    if given:
        raise CredentialsError(
            f"'{given[0]}' is given for a connection without TLS: give {remedy} in the spec"
        )

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
from logpipeline.sources.kafka import credentials as kafka_credentials
from logpipeline.sources.redis import client as redis_client


def check(connection: Connection, credentials: Credentials) -> None:
    """Raise CredentialsError, which says what is wrong, where they cannot be."""
    match connection:
        case KafkaConnection():
            kafka_credentials.properties_of(credentials)
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
    redis_client.options_of(credentials, encrypted=encrypted)
    redis_client.sentinel_options_of(credentials, encrypted=encrypted)
    if not credentials.has_any(PASSWORD, SENTINEL_PASSWORD, *TLS_KEYS):
        raise CredentialsError(f"it holds none of '{PASSWORD}', 'ca.crt' and 'tls.crt'")


def _check_prometheus(connection: PrometheusConnection, credentials: Credentials) -> None:
    credentials.need(USERNAME, PASSWORD)
    credentials.need(PASSWORD, USERNAME)
    if credentials.has_any(TOKEN) and credentials.has_any(USERNAME):
        raise CredentialsError(f"'{TOKEN}' and '{USERNAME}' are both given: one of them is sent, keep that")
    if not all(" " < sign <= "~" for sign in credentials.get(TOKEN) or ""):
        raise CredentialsError(f"'{TOKEN}' holds spaces, line ends or letters that no token has")
    if ":" in (credentials.get(USERNAME) or ""):
        raise CredentialsError(f"'{USERNAME}' holds a colon, which basic authentication cannot send")
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

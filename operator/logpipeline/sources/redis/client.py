"""The credentials of a Redis server as the client library wants them."""

from typing import Any

from logpipeline.sources import tls
from logpipeline.sources.credentials import (
    AUTHORITY,
    KEY_PASSWORD,
    PASSWORD,
    SENTINEL_PASSWORD,
    SENTINEL_USERNAME,
    USERNAME,
    Credentials,
)


def options_of(credentials: Credentials, *, encrypted: bool) -> dict[str, Any]:
    """Arguments of redis-py for a server or the nodes of a cluster. Raises CredentialsError."""
    return {**_login(credentials, USERNAME, PASSWORD), **_encryption(credentials, wanted=encrypted)}


def sentinel_options_of(credentials: Credentials, *, encrypted: bool) -> dict[str, Any]:
    """Arguments of redis-py for sentinels, which have passwords of their own, or none."""
    login = _login(credentials, SENTINEL_USERNAME, SENTINEL_PASSWORD)
    return {**login, **_encryption(credentials, wanted=encrypted)}


def _login(credentials: Credentials, username: str, password: str) -> dict[str, str]:
    credentials.need(username, password)
    given = {"username": credentials.get(username), "password": credentials.get(password)}
    return {name: value for name, value in given.items() if value is not None}


def _encryption(credentials: Credentials, *, wanted: bool) -> dict[str, Any]:
    """Authorities of the system are trusted too: the library always adds them."""
    if not wanted:
        return {}
    tls.check(credentials)
    options: dict[str, Any] = {"ssl_check_hostname": tls.checks_host(credentials)}
    if authority := credentials.get(AUTHORITY):
        options["ssl_ca_data"] = authority
    if chain := tls.client_chain(credentials):
        options |= {"ssl_certfile": chain, "ssl_password": credentials.get(KEY_PASSWORD) or ""}
    return options

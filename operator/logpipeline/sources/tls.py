"""Certificates and keys of a Secret as TLS libraries want them, without a file on any disk."""

import os
import ssl
import weakref
from typing import Self

from logpipeline.sources.credentials import (
    AUTHORITY,
    CERTIFICATE,
    HOST_CHECK,
    KEY,
    KEY_PASSWORD,
    Credentials,
    CredentialsError,
)


class MemoryFile(str):
    """The path of a file that exists in memory alone, for libraries that read keys from files only.

    It is there for as long as this very string is; a copy of its characters does not hold it.
    """

    __slots__ = ("__weakref__",)

    def __new__(cls, content: str) -> Self:
        """A file that holds `content`."""
        descriptor = os.memfd_create("credentials", os.MFD_CLOEXEC)
        with os.fdopen(os.dup(descriptor), "w", encoding="utf-8") as file:
            file.write(content)
        path = super().__new__(cls, f"/proc/self/fd/{descriptor}")
        weakref.finalize(path, os.close, descriptor)
        return path


def client_chain(credentials: Credentials) -> MemoryFile | None:
    """The client's certificates and key, both in one file; None where there are none."""
    chain, key = credentials.get(CERTIFICATE), credentials.get(KEY)
    return None if chain is None or key is None else MemoryFile(f"{chain}\n{key}\n")


def checks_host(credentials: Credentials) -> bool:
    """Whether the server's certificate must name the host that was dialled."""
    return credentials.get(HOST_CHECK) != "none"


def context_of(credentials: Credentials) -> ssl.SSLContext:
    """TLS that trusts `ca.crt`, else what the system trusts. Raises CredentialsError."""
    context = _strict(credentials)
    if AUTHORITY not in credentials.values:
        context.load_default_certs()
    return context


def check(credentials: Credentials) -> None:
    """Raise CredentialsError where a certificate or a key is of no use."""
    _strict(credentials)


def _strict(credentials: Credentials) -> ssl.SSLContext:
    """Without the authorities of the system, which take a while to load."""
    if credentials.get(HOST_CHECK) not in (None, "https", "none"):
        raise CredentialsError(f"'{HOST_CHECK}' is neither 'https' nor 'none'")
    credentials.need(CERTIFICATE, KEY)
    credentials.need(KEY, CERTIFICATE)
    credentials.need(KEY_PASSWORD, KEY)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = checks_host(credentials)
    _trust(context, credentials.get(AUTHORITY))
    _identify(context, credentials)
    return context


def _trust(context: ssl.SSLContext, authority: str | None) -> None:
    if authority is None:
        return
    if not authority.isascii():
        raise CredentialsError(f"'{AUTHORITY}' holds letters beyond ASCII, which PEM does not have")
    try:
        context.load_verify_locations(cadata=authority)
    except ssl.SSLError:
        raise CredentialsError(f"'{AUTHORITY}' holds no certificate in PEM form") from None


def _identify(context: ssl.SSLContext, credentials: Credentials) -> None:
    chain = client_chain(credentials)
    if chain is None:
        return
    try:
        # Never None for a password: OpenSSL would ask for it at the terminal.
        context.load_cert_chain(chain, password=credentials.get(KEY_PASSWORD) or "")
    except (ssl.SSLError, ValueError) as error:
        if getattr(error, "reason", None) == "KEY_VALUES_MISMATCH":
            raise CredentialsError(f"'{KEY}' does not belong to '{CERTIFICATE}'") from None
        raise CredentialsError(
            f"'{CERTIFICATE}' and '{KEY}' are not a certificate and its key in PEM form, "
            f"or '{KEY_PASSWORD}' does not open the key"
        ) from None

"""What a Secret says about a connection: users, passwords, certificates. Never shown."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Protocol

from logpipeline.core.readings import Missing
from logpipeline.sources.base import Connection

USERNAME: Final = "username"
PASSWORD: Final = "password"  # noqa: S105 - a key
TOKEN: Final = "token"  # noqa: S105 - a key
AUTHORITY: Final = "ca.crt"
CERTIFICATE: Final = "tls.crt"
KEY: Final = "tls.key"
KEY_PASSWORD: Final = "tls.key.password"  # noqa: S105 - a key
HOST_CHECK: Final = "ssl.endpoint.identification.algorithm"
PROTOCOL: Final = "security.protocol"
MECHANISM: Final = "sasl.mechanism"
SENTINEL_USERNAME: Final = "sentinel.username"
SENTINEL_PASSWORD: Final = "sentinel.password"  # noqa: S105 - a key
TLS_KEYS: Final = (AUTHORITY, CERTIFICATE, KEY, KEY_PASSWORD, HOST_CHECK)
KNOWN_KEYS: Final = frozenset(
    {
        *(USERNAME, PASSWORD, TOKEN, PROTOCOL, MECHANISM, SENTINEL_USERNAME, SENTINEL_PASSWORD),
        *TLS_KEYS,
    }
)
"""All that is taken out of a Secret, for whatever kind of source: the rest is not even decoded."""

_SHORTEST_HIDDEN: Final = 4
_HIDDEN: Final = "…"
_NOTHING: Final[MappingProxyType[str, str]] = MappingProxyType({})


class CredentialsError(ValueError):
    """Credentials that cannot be used. Says in a sentence which key is wrong, and never a value."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """The entries of a Secret. Equal where nothing has changed; their values stay out of `repr`."""

    values: MappingProxyType[str, str] = field(default_factory=lambda: _NOTHING, repr=False)
    """Text by key: `username`, `password`, `ca.crt` and so on."""

    @classmethod
    def of(cls, values: Mapping[str, str]) -> "Credentials":
        """With a copy of `values`; an empty one counts as not given."""
        return cls(MappingProxyType({key: value for key, value in values.items() if value}))

    def get(self, key: str) -> str | None:
        """The value of `key`; None where there is none."""
        return self.values.get(key)

    def has_any(self, *keys: str) -> bool:
        """Whether there is a value for one of `keys`."""
        return not self.values.keys().isdisjoint(keys)

    def need(self, key: str, needed: str) -> None:
        """Raise CredentialsError where `key` is given without `needed`."""
        if key in self.values and needed not in self.values:
            raise CredentialsError(f"'{key}' is given without '{needed}': add it")

    def hide_in(self, text: str) -> str:
        """`text` without the passwords and the user, should somebody else have written them there."""
        for key in (PASSWORD, TOKEN, KEY_PASSWORD, SENTINEL_PASSWORD):
            secret = self.get(key)
            if secret is not None and len(secret) >= _SHORTEST_HIDDEN:
                text = text.replace(secret, _HIDDEN)
        for key in (USERNAME, SENTINEL_USERNAME):
            # Not inside of other words or names: a user may be called as a topic or a host is.
            user = re.escape(self.get(key) or "")
            text = re.sub(rf"(?<![\w.'-]){user}(?![\w.':-])", _HIDDEN, text) if user else text
        return text


NO_CREDENTIALS: Final = Credentials()
"""For a connection whose source names no Secret."""


class Keys(Protocol):
    """Who knows the credentials of all connections."""

    async def credentials_of(self, connection: Connection) -> Credentials | Missing:
        """The credentials as they are now, or why there are none. Raises nothing."""

    def doubt(self, connection: Connection) -> None:
        """They were refused: they may have changed, so they are looked at again, and soon."""

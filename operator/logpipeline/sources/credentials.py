"""What a Secret says about a connection: users, passwords, certificates. Never shown."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from logpipeline.core.model import Missing
from logpipeline.sources.base import Connection

_NOTHING: Final[MappingProxyType[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Credentials:
    """The entries of a Secret. Equal where nothing has changed; their values stay out of `repr`."""

    values: MappingProxyType[str, str] = field(default=_NOTHING, repr=False)
    """Text by key: `username`, `password`, `ca.crt` and so on."""


NO_CREDENTIALS: Final = Credentials()
"""For a connection whose source names no Secret."""

CredentialsOf = Callable[[Connection], Awaitable[Credentials | Missing]]
"""The credentials of a connection as they are now, or why there are none. Raises nothing."""

"""The Secrets that hold credentials: read when needed, one at a time, and again when they may have changed.

They are never listed nor watched, and one without our label is none of ours: whoever may write a LogPipeline
could otherwise send any Secret of the namespace to any address.
"""

import asyncio
from asyncio import Task
from typing import Final, NamedTuple, Protocol

import structlog

from logpipeline.core.readings import Missing
from logpipeline.kube import ApiError, Json, resource_path
from logpipeline.sources import secrets, usability
from logpipeline.sources.base import Clock, Connection, SecretRef
from logpipeline.sources.credentials import NO_CREDENTIALS, Credentials, CredentialsError
from logpipeline.sources.secrets import Fault, Verdict

STALE_SECONDS: Final = 30.0
"""How old what was read may get before it is read again."""
DOUBTED_SECONDS: Final = 5.0
"""The same where it was refused, or gave no credentials."""
FIRST_READ_SECONDS: Final = 2.0
"""How long a first pass is held up for its Secret."""
UNUSED_SECONDS: Final = 300.0
"""How long one that nobody asks for is remembered."""


class SecretReader(Protocol):
    """The API server, of which one thing is wanted."""

    async def get(self, path: str) -> Json:
        """The object at `path`. Raises ApiError."""


class Keyring:
    """The credentials of all connections. What is in hand is given at once; newer ones are fetched beside."""

    def __init__(self, api: SecretReader, *, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self._entries: dict[SecretRef, _Entry] = {}
        self._usable: dict[Connection, _Check] = {}
        self._swept_at = float("-inf")

    async def credentials_of(self, connection: Connection) -> Credentials | Missing:
        """The credentials as they are now, or why there are none. Waits only where none were read yet."""
        secret = connection.secret
        if secret is None:
            return NO_CREDENTIALS
        self._forget_unused()
        entry = self._entries.get(secret)
        if entry is None:
            entry = self._entries[secret] = _Entry(self._api, secret)
        verdict = await entry.current()
        if isinstance(verdict, Credentials):
            verdict = self._checked(connection, secret, verdict)
        if isinstance(verdict, Fault):
            entry.doubt()
            return verdict.at(self._clock())
        return verdict

    def doubt(self, connection: Connection) -> None:
        """They were refused: they may have changed, so they are looked at again, and soon."""
        if connection.secret in self._entries:
            self._entries[connection.secret].doubt()

    async def close(self) -> None:
        """Stop reading."""
        await asyncio.gather(*(entry.close() for entry in self._entries.values()))

    def _checked(self, connection: Connection, secret: SecretRef, credentials: Credentials) -> Verdict:
        """Whether this connection can use them, found out once: keys are slow to read."""
        now, known = asyncio.get_running_loop().time(), self._usable.get(connection)
        if known is not None and known.credentials is credentials:
            self._usable[connection] = known._replace(asked_at=now)
            return known.verdict
        try:
            usability.check(connection, credentials)
            verdict: Verdict = credentials
        except CredentialsError as error:
            verdict = secrets.invalid(secret, error)
        self._usable[connection] = _Check(credentials, verdict, now)
        return verdict

    def _forget_unused(self) -> None:
        """Nothing stays in memory that is not in use: no Secret, nor an address that a spec once had."""
        now = asyncio.get_running_loop().time()
        if now - self._swept_at < STALE_SECONDS:
            return
        self._swept_at, oldest = now, now - UNUSED_SECONDS
        self._entries = {who: entry for who, entry in self._entries.items() if entry.asked_at >= oldest}
        self._usable = {who: check for who, check in self._usable.items() if check.asked_at >= oldest}


class _Check(NamedTuple):
    """Whether a connection can use what a Secret held."""

    credentials: Credentials
    verdict: Verdict
    asked_at: float


class _Entry:
    """One Secret: what was read last, and the reading under way."""

    def __init__(self, api: SecretReader, secret: SecretRef) -> None:
        self._api = api
        self._secret = secret
        self._loop = asyncio.get_running_loop()
        self._verdict: Verdict | None = None
        self._reading: Task[None] | None = None
        self._read_at = self.asked_at = self._loop.time()
        self._doubted = False
        self._log = structlog.get_logger().bind(secret=str(secret))

    async def current(self) -> Verdict:
        self.asked_at = self._loop.time()
        if self._verdict is None:
            await asyncio.wait({self._read()}, timeout=FIRST_READ_SECONDS)
            return self._verdict or secrets.not_yet(self._secret)
        self._read_if_due()
        return self._verdict

    def doubt(self) -> None:
        self._doubted = True
        self._read_if_due()

    async def close(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait({self._reading})

    def _read_if_due(self) -> None:
        if self._loop.time() - self._read_at >= (DOUBTED_SECONDS if self._doubted else STALE_SECONDS):
            self._read()

    def _read(self) -> Task[None]:
        """Begin to read, unless that is under way."""
        if self._reading is None or self._reading.done():
            self._read_at, self._doubted = self._loop.time(), False
            self._reading = asyncio.create_task(self._take(), name=f"read Secret {self._secret}")
        return self._reading

    async def _take(self) -> None:
        """Read it, and hold what was read last where the API server does not say what is so."""
        namespace, name = self._secret
        try:
            found = await self._api.get(resource_path("v1", "secrets", namespace, name))
            verdict: Verdict = secrets.understood(self._secret, found)
        except ApiError as error:
            refusal = secrets.refusal(self._secret, error.status)
            if refusal is None:
                # Not the error's own sentence: it may quote what was answered.
                self._log.warning("the Secret could not be read again", status=error.status, why=error.reason)
                return
            verdict = refusal
        except Exception as failure:  # noqa: BLE001 - whatever it was, it must not end in silence
            # Without the traceback, which may quote what was answered.
            self._log.error("the Secret could not be understood", why=type(failure).__name__)
            if self._verdict is not None:
                return
            verdict = secrets.not_understood(self._secret)
        if verdict != self._verdict:
            self._log.info("read the Secret", news=_told(verdict), again=self._verdict is not None)
            self._verdict = verdict


def _told(verdict: Verdict) -> str:
    return verdict.message if isinstance(verdict, Fault) else "it holds credentials"

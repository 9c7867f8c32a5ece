"""What a reader is guarded from: credentials that change, and those who would show them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import structlog

from logpipeline.api.conditions import Reason
from logpipeline.core.readings import Doubt, Missing, PartitionId, Reading, Sample, Sharing
from logpipeline.sources.base import Connection, RedisConnection, RedisQuery, RedisServer, SecretRef
from logpipeline.sources.credentials import NO_CREDENTIALS, Credentials
from logpipeline.sources.guarded import GuardedReader
from tests.unit.sources.keys import FakeKeys
from tests.unit.virtual_time import START, now, play

REDIS = RedisConnection(RedisServer("redis://redis:6379"), SecretRef("shop", "auth"))
QUERY = RedisQuery(REDIS, "collectors", ("log",))
LOGIN = Credentials.of({"username": "auditor", "password": "hunter2!"})
SAMPLE = Sample(
    START, Sharing.SHARED, (PartitionId("log", 0),), np.array([1], np.int64), np.array([0], np.int64)
)


@dataclass
class Readers:
    """Makes readers that all say the same, and notes with which credentials."""

    said: Reading | Exception = SAMPLE
    last_words: Exception | None = None
    """Raised when one is closed."""
    made: list[Credentials] = field(default_factory=list)
    closed: int = 0

    def make(self, _: Connection, credentials: Credentials) -> "Readers":
        self.made.append(credentials)
        return self

    async def sample(self, queries: Collection[RedisQuery]) -> Mapping[RedisQuery, Reading]:
        if isinstance(self.said, Exception):
            raise self.said
        return dict.fromkeys(queries, self.said)

    async def close(self) -> None:
        self.closed += 1
        if self.last_words is not None:
            raise self.last_words


class Guarded:
    """A guarded reader with everything about it made up."""

    def __init__(self, said: Reading | Exception = SAMPLE, given: Credentials | Missing = LOGIN) -> None:
        self.readers, self.keys = Readers(said), FakeKeys(given)
        self.reader = GuardedReader(self.readers.make, REDIS, self.keys, deadline_seconds=4, clock=now)

    async def measure(self) -> Reading:
        return (await self.reader.sample([QUERY]))[QUERY]

    async def missing(self) -> Missing:
        reading = await self.measure()
        assert isinstance(reading, Missing), reading
        return reading


def test_without_its_secret_nobody_is_dialled() -> None:
    async def story() -> None:
        guarded = Guarded(given=Missing(now(), Reason.SECRET_MISSING, "Secret shop/auth is not there"))
        assert await guarded.missing() == guarded.keys.given
        assert not guarded.readers.made
        await guarded.reader.close()

    play(story)


def test_a_changed_secret_makes_a_new_connection_and_an_unchanged_one_does_not() -> None:
    async def story() -> None:
        guarded = Guarded(given=NO_CREDENTIALS)
        await guarded.measure()
        await guarded.measure()
        guarded.keys.given = LOGIN
        await guarded.measure()
        guarded.keys.given = Credentials.of(dict(LOGIN.values))
        await guarded.measure()
        await guarded.reader.close()
        assert guarded.readers.made == [NO_CREDENTIALS, LOGIN]
        assert guarded.readers.closed == 2

    play(story)


def test_a_secret_that_is_taken_away_ends_the_connection() -> None:
    async def story() -> None:
        guarded = Guarded()
        await guarded.measure()
        guarded.keys.given = Missing(now(), Reason.SECRET_NOT_LABELLED, "not meant for LogPipelines")
        assert (await guarded.missing()).reason is Reason.SECRET_NOT_LABELLED
        guarded.keys.given = LOGIN
        assert await guarded.measure() is SAMPLE
        await guarded.reader.close()
        assert guarded.readers.made == [LOGIN, LOGIN]
        assert guarded.readers.closed == 2

    play(story)


def test_only_a_refusal_puts_credentials_in_doubt() -> None:
    async def story() -> None:
        guarded = Guarded(Missing(START, Reason.SOURCE_UNREACHABLE, "away"))
        await guarded.measure()
        assert not guarded.keys.doubted
        guarded.readers.said = Missing(START, Reason.SOURCE_REFUSED, "wrong password")
        await guarded.measure()
        assert guarded.keys.doubted == [REDIS]
        await guarded.reader.close()

    play(story)


def test_what_a_server_says_of_the_credentials_is_not_passed_on() -> None:
    said = "user auditor with hunter2! may not read 'auditor' of auditor-log at auditor:6379"
    told = "user … with … may not read 'auditor' of auditor-log at auditor:6379"

    async def story() -> None:
        guarded = Guarded(Missing(START, Reason.SOURCE_REFUSED, said))
        assert (await guarded.missing()).message == told
        partial = replace(SAMPLE, missing=(PartitionId("other", 0),), missing_because=said)
        guarded.readers.said = partial
        reading = await guarded.measure()
        assert isinstance(reading, Sample)
        assert reading.missing_because == told
        guarded.readers.said = replace(SAMPLE, doubts=(Doubt(Reason.SOURCE_REFUSED, said),))
        reading = await guarded.measure()
        assert isinstance(reading, Sample)
        assert reading.doubts == (Doubt(Reason.SOURCE_REFUSED, told),)
        await guarded.reader.close()

    play(story)


def test_what_a_library_says_of_the_credentials_is_not_logged() -> None:
    async def story() -> None:
        guarded = Guarded(ValueError("not a header: 'Bearer hunter2!'"))
        with structlog.testing.capture_logs() as logged:
            assert "hunter2" not in (await guarded.missing()).message
        assert "ValueError: not a header: 'Bearer …'" in str(logged[0]["exception"])
        assert "hunter2" not in str(logged)
        await guarded.reader.close()

    play(story)


def test_what_a_library_says_at_the_end_is_not_logged_either() -> None:
    async def story() -> None:
        guarded = Guarded()
        guarded.readers.last_words = OSError("closing redis://auditor:hunter2!@redis")
        await guarded.measure()
        with structlog.testing.capture_logs() as logged:
            guarded.keys.given = Missing(now(), Reason.SECRET_MISSING, "Secret shop/auth is not there")
            await guarded.measure()
            await guarded.reader.close()
        assert "OSError: closing redis://" in str(logged[0]["exception"])
        assert "hunter2" not in str(logged)

    play(story)

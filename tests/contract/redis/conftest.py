import time
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
import redis

from logpipeline.sources.base import RedisConnection, RedisQuery
from logpipeline.sources.credentials import NO_CREDENTIALS
from logpipeline.sources.redis.reader import RedisReader
from tests.contract.redis.farm import Farm
from tests.contract.redis.watch import Watch
from tests.contract.redis_keys import Streams

MakeWatch = Callable[..., Watch]


@pytest.fixture
def streams(redis_url: str) -> Iterator[Streams]:
    with redis.Redis.from_url(redis_url) as client:
        yield Streams(redis_url, client)


@pytest.fixture
async def watch() -> AsyncIterator[MakeWatch]:
    """Watch a query with a reader of its own."""
    readers: list[RedisReader] = []

    def make(query: RedisQuery, *beside: RedisQuery, deadline_seconds: float = 10.0) -> Watch:
        connection: RedisConnection = query.connection
        readers.append(
            RedisReader(connection, NO_CREDENTIALS, deadline_seconds=deadline_seconds, clock=time.time)
        )
        return Watch(readers[-1], query, beside=beside)

    yield make
    for reader in readers:
        await reader.close()


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Farm]:
    farm = Farm(tmp_path_factory.mktemp("redis"))
    yield farm
    farm.close()

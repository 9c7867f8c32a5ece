"""A place to run logferry in, and topics and streams of one's own."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis
from confluent_kafka.admin import AdminClient, NewTopic

from tests.contract.logferry.ferry import Ferry

MakeTopic = Callable[[int], str]


@pytest.fixture
def ferry(tmp_path: Path) -> Iterator[Ferry]:
    """Starts logferry's commands and ends them after the test."""
    ferry = Ferry(tmp_path)
    yield ferry
    ferry.close()


@pytest.fixture
def make_topic(kafka_bootstrap: str) -> MakeTopic:
    """Create a topic with so many partitions."""

    def make(partitions: int) -> str:
        name = f"topic-{uuid.uuid4().hex[:8]}"
        admin = AdminClient({"bootstrap.servers": kafka_bootstrap})
        admin.create_topics([NewTopic(name, partitions, 1)])[name].result(30)
        return name

    return make


@pytest.fixture
def stream() -> str:
    """The name of a stream nobody has used."""
    return f"stream-{uuid.uuid4().hex[:8]}"


@dataclass(frozen=True)
class Addresses:
    """Where the stores are."""

    kafka: str
    redis: str


@pytest.fixture
def addresses(kafka_bootstrap: str, redis_url: str) -> Addresses:
    """Both stores at once."""
    return Addresses(kafka_bootstrap, redis_url)


@pytest.fixture
def redis_client(redis_url: str) -> Iterator[redis.Redis]:
    """A look into Redis itself."""
    with redis.Redis.from_url(redis_url) as client:
        yield client

"""A broker for the hazards of topics and groups; those of brokers have three to themselves."""

from collections.abc import AsyncIterator, Callable

import pytest

from logpipeline.sources.base import KafkaQuery
from tests.contract.kafka.brokers import Kafka, Watch

MakeWatch = Callable[[KafkaQuery], Watch]


@pytest.fixture(scope="session")
def kafka(kafka_bootstrap: str) -> Kafka:
    """The broker that all tests of a session share."""
    kafka = Kafka(kafka_bootstrap)
    kafka.awake()
    return kafka


@pytest.fixture
async def watching(kafka: Kafka) -> AsyncIterator[MakeWatch]:
    """Begin to watch a query."""
    watches: list[Watch] = []

    def begin(query: KafkaQuery) -> Watch:
        watches.append(Watch(kafka, query))
        return watches[-1]

    yield begin
    for watch in watches:
        await watch.close()

"""Kafka: groups that share out their partitions, in every protocol."""

import asyncio
import time
from collections.abc import Callable, Iterator

import pytest
from confluent_kafka import Consumer

from logpipeline.core.readings import GroupState, Reading, Sample
from logpipeline.sources.base import KafkaQuery
from logpipeline.sources.kafka.members import FEW
from tests.contract.kafka.brokers import SLOW, Kafka
from tests.contract.kafka.conftest import MakeWatch
from tests.contract.reading import WITHIN_SECONDS
from tests.hazards import hazard

pytestmark = pytest.mark.contract


class Members:
    """Consumers of one group, which take part in a rebalance for as long as they are polled."""

    def __init__(self, kafka: Kafka, **settings: str) -> None:
        self.group, self.topic = kafka.name("group"), kafka.topic(0, 0)
        self._kafka, self._settings = kafka, settings
        self._consumers: list[Consumer] = []

    def join(self) -> None:
        consumer = self._kafka.consumer(self.group, **self._settings)
        # With callbacks the client waits for them to be called, by a poll, before it lets go of a partition.
        consumer.subscribe([self.topic], on_assign=_nothing, on_revoke=_nothing)
        self._consumers.append(consumer)

    def share(self, *partitions: int) -> None:
        """Poll all of them until they have so many partitions each."""
        give_up = time.monotonic() + WITHIN_SECONDS
        while [len(consumer.assignment()) for consumer in self._consumers] != list(partitions):
            assert time.monotonic() < give_up, [consumer.assignment() for consumer in self._consumers]
            for consumer in self._consumers:
                consumer.poll(0.05)

    def close(self) -> None:
        for consumer in self._consumers:
            consumer.close()


def _nothing(*_: object) -> None:
    """Leave it to the client."""


PROTOCOLS = {
    "classic, eager": {"partition_assignment_strategy": "range", "heartbeat_interval_ms": "100"},
    "classic, cooperative": {
        "partition_assignment_strategy": "cooperative-sticky",
        "heartbeat_interval_ms": "100",
    },
    "KIP-848": {"group_protocol": "consumer"},
}


@pytest.fixture(params=PROTOCOLS.values(), ids=PROTOCOLS.keys())
def members(request: pytest.FixtureRequest, kafka: Kafka) -> Iterator[Members]:
    members = Members(kafka, **request.param)
    yield members
    members.close()


@hazard(
    seen="`Measured`; `group` is `Rebalancing`",
    done="Never fewer until the partitions are shared out; more for what waits",
)
@pytest.mark.parametrize("others", [0, FEW], ids=["alone", "beside many others"])
async def test_when_a_group_rebalances(
    kafka: Kafka, watching: MakeWatch, members: Members, others: int
) -> None:
    """A second member joins, and the first does not let go of anything since nobody polls it."""
    kafka.commit(members.group, members.topic, 0, 0)
    members.join()
    await asyncio.to_thread(members.share, 2)
    watch = watching(kafka.query(members.group, members.topic))
    watch.beside = [idle_group(kafka, members.topic) for _ in range(others)]
    await watch.until(is_in(GroupState.STABLE))
    await watch.sample()
    assert watch.wanted(8) < 8
    members.join()
    await watch.until(is_in(GroupState.REBALANCING))
    assert watch.wanted(8) == 8
    kafka.produce(members.topic, 450, 450, at=watch.clock.now)
    await watch.sample()
    assert watch.wanted(1, **SLOW) > 1
    await asyncio.to_thread(members.share, 1, 1)
    await watch.until(is_in(GroupState.STABLE))


def idle_group(kafka: Kafka, topic: str) -> KafkaQuery:
    group = kafka.name("group")
    kafka.commit(group, topic, 0, 0)
    return kafka.query(group, topic)


def is_in(state: GroupState) -> Callable[[Reading], bool]:
    def is_so(reading: Reading) -> bool:
        return isinstance(reading, Sample) and reading.group is not None and reading.group.state is state

    return is_so


@hazard(
    seen="`Measured`; `partitions.usable` is what the largest topic has",
    done="Not more replicas than that: `range` gives the others nothing",
)
async def test_when_a_group_reads_several_topics_under_range(kafka: Kafka, watching: MakeWatch) -> None:
    small, large = kafka.topic(900), kafka.topic(900, 900, 900)
    group = kafka.name("group")
    consumer = kafka.consumer(group, partition_assignment_strategy="range")
    consumer.subscribe([small, large])
    watch = watching(kafka.query(group))
    try:
        await watch.until(lambda reading: _polled(consumer, reading))
        for _ in range(2):
            await watch.sample()
        (decided,) = watch.decision(1, **SLOW).stages.values()
    finally:
        consumer.close()
    assert decided.measures is not None
    assert len(decided.measures.partitions) == 4
    assert (decided.usable, decided.replicas) == (3, 3)


def _polled(consumer: Consumer, reading: Reading) -> bool:
    """Whether the consumer, polled meanwhile, has all its partitions, and the group is known to be stable."""
    consumer.poll(0.05)
    return len(consumer.assignment()) == 4 and is_in(GroupState.STABLE)(reading)

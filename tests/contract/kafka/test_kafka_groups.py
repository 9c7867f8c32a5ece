"""Kafka: consumer groups that do strange things."""

import asyncio
import os
import signal

import pytest

from logpipeline.api.conditions import Reason
from logpipeline.core.readings import GroupState, PartitionId
from tests.contract.kafka.brokers import EARLIEST, LATEST, SLOW, Kafka
from tests.contract.kafka.conftest import MakeWatch
from tests.contract.reading import WITHIN_SECONDS
from tests.hazards import hazard

pytestmark = pytest.mark.contract


async def test_a_healthy_idle_group_is_scaled_in(kafka: Kafka, watching: MakeWatch) -> None:
    """What the hazards below are measured against: without them the same stage shrinks."""
    topic, group = kafka.topic(10, 10), kafka.name("group")
    kafka.commit(group, topic, 10, 10)
    watch = watching(kafka.query(group, topic))
    for _ in range(2):
        await watch.sample()
    assert watch.reason() == Reason.MEASURED
    assert watch.wanted(8) < 8


@hazard(
    seen="`Measured`: another client is started, and the pass is made again within its time",
    done="What is needed; the count is as if nothing had happened",
)
async def test_when_the_kafka_client_library_aborts_its_process(kafka: Kafka, watching: MakeWatch) -> None:
    topic, group = kafka.topic(10, 10), kafka.name("group")
    kafka.commit(group, topic, 10, 10)
    watch = watching(kafka.query(group, topic))
    await watch.sample()
    client = await watch.reader.process.client()
    measuring = asyncio.create_task(watch.sample())
    await asyncio.sleep(0)
    os.kill(client.pid, signal.SIGABRT)
    assert (await measuring).complete
    assert (await watch.reader.process.client()).pid != client.pid
    kafka.produce(topic, 450, 450, at=watch.clock.now)
    await watch.sample()
    assert watch.reason() == Reason.MEASURED
    assert watch.wanted(1, **SLOW) > 1


@hazard(
    seen="`PartlyMeasured`: the partition, its commit and its end",
    done="Never fewer; more for what is known to wait",
)
async def test_when_an_offset_is_committed_beyond_the_end(kafka: Kafka, watching: MakeWatch) -> None:
    topic, group = kafka.topic(10, 0, 0), kafka.name("group")
    kafka.commit(group, topic, 35_000, 0, 0)
    watch = watching(kafka.query(group, topic))
    await watch.sample()
    sample = await watch.sample()
    assert sample.missing == (PartitionId(topic, 0),)
    assert "committed 35000" in sample.missing_because
    assert watch.reason() == Reason.PARTLY_MEASURED
    assert watch.wanted(8) == 8
    kafka.produce(topic, 0, 500, 400)
    assert (await watch.sample()).backlog.tolist() == [500, 400]
    assert watch.wanted(1, **SLOW) > 1


@hazard(
    seen="`PartitionRewound`: from where to where, until the group is there again",
    done="What is to be read again waits; never fewer, more for what waits",
)
async def test_when_the_offsets_of_a_group_are_reset_back(kafka: Kafka, watching: MakeWatch) -> None:
    topic, group = kafka.topic(900, 900), kafka.name("group")
    kafka.commit(group, topic, 900, 900)
    watch = watching(kafka.query(group, topic))
    await watch.sample()
    kafka.commit(group, topic, 100, 500)
    for _ in range(2):
        sample = await watch.sample()
        assert sample.backlog.tolist() == [800, 400]
        assert watch.reason() == Reason.PARTITION_REWOUND
        assert "from 900 to 100" in sample.doubts[0].message
    assert watch.wanted(1, **SLOW) > 1
    kafka.commit(group, topic, 890, 900)
    await watch.sample()
    assert watch.wanted(8) == 8
    kafka.commit(group, topic, 900, 900)
    assert (await watch.sample()).doubts == ()


@pytest.mark.parametrize("reset", [EARLIEST, LATEST])
@hazard(
    seen="`PartitionRewound`: the commit that is gone, until the group commits again",
    done="What waits is what `offsetResetPolicy` says; never fewer",
)
async def test_when_committed_offsets_expire(kafka: Kafka, watching: MakeWatch, reset: str) -> None:
    topic, group = kafka.topic(900, 900), kafka.name("group")
    kafka.commit(group, topic, 300, 400)
    watch = watching(kafka.query(group, topic, reset=reset))
    await watch.sample()
    kafka.admin.delete_consumer_groups([group])[group].result(WITHIN_SECONDS)
    for _ in range(2):
        sample = await watch.sample()
    assert sample.backlog.tolist() == [900 if reset is EARLIEST else 0] * 2
    assert watch.reason() == Reason.PARTITION_REWOUND
    assert "300, is gone" in sample.doubts[0].message
    assert watch.wanted(8) == 8
    assert (watch.wanted(1, **SLOW) > 1) == (reset is EARLIEST)


@hazard(
    seen="`Measured`: the whole log waits", done="Scaled for all of it: consumers will begin at the log start"
)
async def test_when_nothing_is_committed_and_consumers_begin_at_the_start(
    kafka: Kafka, watching: MakeWatch
) -> None:
    topic, group = kafka.topic(800, 8, 400), kafka.name("group")
    kafka.commit(group, topic, None, 0)
    kafka.truncate(topic, 2, 100)
    watch = watching(kafka.query(group, topic, reset=EARLIEST))
    sample = await watch.sample()
    assert sample.backlog.tolist() == [800, 8, 300]
    assert watch.wanted(1, **SLOW) > 1


@hazard(
    seen="`Measured`: backlog in the committed partitions alone",
    done="Scaled for what arrives from then on: consumers will begin at the end",
)
async def test_when_nothing_is_committed_and_consumers_begin_at_the_end(
    kafka: Kafka, watching: MakeWatch
) -> None:
    topic, group = kafka.topic(800, 8), kafka.name("group")
    kafka.commit(group, topic, None, 0)
    watch = watching(kafka.query(group, topic, reset=LATEST))
    assert (await watch.sample()).backlog.tolist() == [0, 8]
    kafka.produce(topic, 500, 0, at=watch.clock.now)
    await watch.sample()
    assert watch.wanted(1, **SLOW) > 1


@hazard(seen="`Measured`; `group` is `Empty`", done="Scaled for what waits")
async def test_when_a_group_has_no_members(kafka: Kafka, watching: MakeWatch) -> None:
    topic, group = kafka.topic(500, 400), kafka.name("group")
    kafka.commit(group, topic, 0, 0)
    watch = watching(kafka.query(group, topic))
    sample = await watch.sample()
    assert sample.group is not None
    assert sample.group.state is GroupState.EMPTY
    assert watch.wanted(1, **SLOW) > 1


@hazard(seen="`Measured`; `group` is `Dead`", done="Scaled for what waits by `offsetResetPolicy`")
async def test_when_a_group_was_never_there(kafka: Kafka, watching: MakeWatch) -> None:
    watch = watching(kafka.query(kafka.name("group"), kafka.topic(500, 400)))
    sample = await watch.sample()
    assert sample.group is not None
    assert sample.group.state is GroupState.DEAD
    assert watch.wanted(1, **SLOW) > 1

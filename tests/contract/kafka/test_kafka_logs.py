"""Kafka: logs that are deleted, recreated, grown, compacted and truncated."""

from collections.abc import Sequence

import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource, NewPartitions, ResourceType

from logpipeline.api.conditions import Reason
from logpipeline.core.evaluate import evaluate
from logpipeline.core.losses import watch_losses
from logpipeline.core.readings import Missing, Reading, Sample
from logpipeline.core.window import window_of
from tests.contract.kafka.brokers import SLOW, Kafka
from tests.contract.kafka.conftest import MakeWatch
from tests.contract.reading import WITHIN_SECONDS, is_complete, missed
from tests.hazards import hazard
from tests.unit.core.given import memory

pytestmark = pytest.mark.contract


def counted_as_lost(readings: Sequence[Reading]) -> int:
    """Records that were lost in all, as status tells."""
    known = memory()
    for count, reading in enumerate(readings, 1):
        known = watch_losses(known, evaluate(window_of(readings[:count]), reading.at))
    return known.lost


@hazard(
    seen="`TopicMissing`, or `PartlyMeasured` where the group reads others too",
    done="The count is held; with other topics never fewer, more for what is known to wait",
)
async def test_when_a_topic_is_deleted(kafka: Kafka, watching: MakeWatch) -> None:
    doomed, other, group = kafka.topic(10), kafka.topic(0, 0), kafka.name("group")
    kafka.commit(group, doomed, 10)
    kafka.commit(group, other, 0, 0)
    alone, both = watching(kafka.query(group, doomed)), watching(kafka.query(group, *sorted([doomed, other])))
    await alone.sample()
    await both.sample()
    kafka.delete(doomed)
    missing = missed(await alone.until(lambda reading: isinstance(reading, Missing)))
    assert missing.reason is Reason.TOPIC_MISSING
    assert alone.wanted(8) == 8
    await both.until(lambda reading: not is_complete(reading))
    assert both.reason() == Reason.PARTLY_MEASURED
    assert both.wanted(8) == 8
    kafka.produce(other, 500, 400)
    await both.sample()
    assert both.wanted(1, **SLOW) > 1


@hazard(
    seen="`PartitionRewound` or `PartlyMeasured`: the commits that are gone, or lie beyond the new end",
    done="Never fewer meanwhile; more for what waits",
)
async def test_when_a_topic_is_recreated(kafka: Kafka, watching: MakeWatch) -> None:
    topic, group = kafka.topic(900, 900), kafka.name("group")
    kafka.commit(group, topic, 900, 900)
    watch = watching(kafka.query(group, topic))
    for _ in range(2):
        await watch.sample()
    assert watch.wanted(8) < 8
    kafka.delete(topic)
    await watch.until(lambda reading: isinstance(reading, Missing))
    kafka.topic(700, 700, name=topic)
    await watch.until(lambda reading: isinstance(reading, Sample) and reading.produced.tolist() == [700, 700])
    assert watch.wanted(8) == 8
    assert watch.wanted(1, **SLOW) > 1


@hazard(
    seen="`Measured`: the new partitions too, half a minute later at most",
    done="Scaled for what waits in the new ones; never fewer until their rates are known",
)
async def test_when_a_topic_grows_by_partitions(kafka: Kafka, watching: MakeWatch) -> None:
    topic, group = kafka.topic(10), kafka.name("group")
    kafka.commit(group, topic, 10)
    watch = watching(kafka.query(group, topic))
    await watch.sample()
    kafka.admin.create_partitions([NewPartitions(topic, 3)])[topic].result(WITHIN_SECONDS)
    kafka.renew()
    kafka.produce(topic, 0, 400, 500)
    watch.begin()  # rather than wait until topics are asked for again
    sample = await watch.sample()
    assert sample.backlog.tolist() == [0, 400, 500]
    assert watch.wanted(8) == 8
    assert watch.wanted(1, **SLOW) > 1


@hazard(
    seen="`Measured`: the backlog in offsets, which are more than the records that are left",
    done="Never fewer for what compaction took; the backlog is gone when the group is done",
)
async def test_when_a_topic_is_compacted(kafka: Kafka, watching: MakeWatch) -> None:
    clean_at_once = {"cleanup_policy": "compact", "segment_ms": 1, "min_cleanable_dirty_ratio": 0.001}
    _clean_often(kafka)
    topic, group = kafka.topic(0, **clean_at_once), kafka.name("group")
    for _ in range(3):
        kafka.produce(topic, 300, key=b"the same")
    kafka.commit(group, topic, 0)
    watch = watching(kafka.query(group, topic))
    await watch.sample()
    await watch.until(lambda _: _records_in(kafka, topic) < 900)
    sample = await watch.sample()
    assert sample.backlog.tolist() == [900]
    assert watch.wanted(8, **SLOW) == 8
    kafka.commit(group, topic, 900)
    assert (await watch.sample()).backlog.tolist() == [0]


def _clean_often(kafka: Kafka) -> None:
    """Have the log cleaner of every broker look for work ten times a second."""
    entry = ConfigEntry("log.cleaner.backoff.ms", "100", incremental_operation=AlterConfigOpType.SET)
    for broker in kafka.admin.list_topics(timeout=WITHIN_SECONDS).brokers:
        resource = ConfigResource(ResourceType.BROKER, str(broker), incremental_configs=[entry])
        kafka.admin.incremental_alter_configs([resource])[resource].result(WITHIN_SECONDS)


def _records_in(kafka: Kafka, topic: str) -> int:
    consumer = kafka.consumer(kafka.name("count"))
    consumer.assign([TopicPartition(topic, 0, 0)])
    try:
        return len(consumer.consume(1_000, timeout=1))
    finally:
        consumer.close()


@hazard(
    seen="`Measured`: what waits has not changed", done="Scaled as usual: the group had read what was deleted"
)
async def test_when_a_topic_is_truncated_behind_its_group(kafka: Kafka, watching: MakeWatch) -> None:
    topic, group = kafka.topic(900, 900), kafka.name("group")
    kafka.commit(group, topic, 500, 900)
    watch = watching(kafka.query(group, topic))
    await watch.sample()
    kafka.truncate(topic, 0, 400)
    sample = await watch.sample()
    assert sample.backlog.tolist() == [400, 0]
    assert sample.doubts == ()
    assert watch.reason() == Reason.MEASURED


@hazard(
    seen="`RecordsLost`: how many, and where; `lostRecords` counts them",
    done="What is lost does not wait any more; never fewer, more for what is left",
)
async def test_when_retention_overtakes_the_group(kafka: Kafka, watching: MakeWatch) -> None:
    topic, group = kafka.topic(900, 900, 900), kafka.name("group")
    kafka.commit(group, topic, 20, 20, 20)
    watch = watching(kafka.query(group, topic))
    await watch.sample()
    kafka.truncate(topic, 0, 420)
    sample = await watch.sample()
    assert sample.lost is not None
    assert sample.lost.tolist() == [400, 0, 0]
    assert sample.backlog.tolist() == [480, 880, 880]
    assert watch.reason() == Reason.RECORDS_LOST
    assert "400 records" in sample.doubts[0].message
    assert f"{topic}/0" in sample.doubts[0].message
    assert watch.wanted(1, **SLOW) > 1
    for _ in range(8):  # log starts are read again in between
        await watch.sample()
    assert counted_as_lost(watch.readings) == 400
    kafka.commit(group, topic, 900, 900, 900)
    assert (await watch.sample()).doubts == ()
    assert counted_as_lost(watch.readings) == 400


@hazard(
    seen="`Measured`: a backlog of one record a partition, which never goes",
    done="The stage stays awake, unless `activationBacklog` is at least the number of partitions",
)
async def test_when_a_log_ends_with_transaction_markers(kafka: Kafka, watching: MakeWatch) -> None:
    topic, group = kafka.topic(0, 0), kafka.name("group")
    producer = Producer({**kafka.settings, "transactional.id": kafka.name("transaction")})
    producer.init_transactions(WITHIN_SECONDS)
    producer.begin_transaction()
    for partition in range(2):
        producer.produce(topic, b"{}", partition=partition)
    producer.commit_transaction(WITHIN_SECONDS)
    kafka.commit(group, topic, 1, 1)  # as consumers do, which are never given the marker
    watch = watching(kafka.query(group, topic))
    for _ in range(80):
        sample = await watch.sample()
    assert sample.backlog.tolist() == [1, 1]
    asleep = {"minReplicas": 0}
    assert watch.wanted(1, **asleep) == 1
    assert watch.wanted(1, **asleep, activationBacklog=2) == 0
    assert watch.wanted(0, **asleep, activationBacklog=2) == 0
    kafka.produce(topic, 500, 400)
    await watch.sample()
    assert watch.wanted(0, **asleep, activationBacklog=2, **SLOW) > 1

"""Kafka: groups that commit often, and groups that commit rarely."""

import pytest

from tests.contract.kafka.brokers import Kafka, Watch
from tests.contract.kafka.conftest import MakeWatch
from tests.hazards import hazard

pytestmark = pytest.mark.contract
PARTITIONS = 6
PER_SECOND = 20
"""Records/s in each partition."""
RIGHT = {"capacity": {"recordsPerSecond": 60}}
"""Three replicas of two partitions each, at 70 %."""
EVERY_SECONDS, PHASE_SECONDS = 5.0, 1.7
"""Between samples; and from a commit to a sample, where both are as often."""
WARM_SECONDS, OVER_SECONDS = 120.0, 420.0


@pytest.mark.parametrize("interval_seconds", [0.2, 5.0, 30.0])
@hazard(
    seen="`Measured`: a backlog that goes up and down with the commits",
    done="Neither more nor fewer: what flows between two commits is nobody's work to catch up",
)
async def test_when_a_healthy_group_commits_at_its_interval(
    kafka: Kafka, watching: MakeWatch, interval_seconds: float
) -> None:
    topic, group = kafka.topic(*[0] * PARTITIONS), kafka.name("group")
    kafka.commit(group, topic, *[0] * PARTITIONS)
    watch = watching(kafka.query(group, topic))
    passed = 0.0
    while passed < OVER_SECONDS:
        passed += EVERY_SECONDS
        await flow(kafka, watch, topic, passed, interval_seconds)
        if passed > WARM_SECONDS:
            assert watch.wanted(3, **RIGHT) == 3, f"after {passed} s"
    if interval_seconds > EVERY_SECONDS:
        most = max(int(reading.backlog.sum()) for reading in watch.readings)  # type: ignore[union-attr]
        assert most > PARTITIONS * PER_SECOND * (interval_seconds - EVERY_SECONDS)


async def flow(kafka: Kafka, watch: Watch, topic: str, passed: float, interval_seconds: float) -> None:
    """Another few seconds of records, consumed, and committed when the last commit was due; and a sample."""
    kafka.produce(
        topic, *[round(PER_SECOND * EVERY_SECONDS)] * PARTITIONS, at=watch.clock.now + EVERY_SECONDS
    )
    committed = max(0.0, (passed - PHASE_SECONDS) // interval_seconds * interval_seconds + PHASE_SECONDS)
    kafka.commit(watch.query.group, topic, *[round(PER_SECOND * min(committed, passed))] * PARTITIONS)
    await watch.sample(EVERY_SECONDS)

"""Kafka: the first tick after a start, when nothing was measured before."""

from collections.abc import Callable

import numpy as np
import pytest

from logpipeline.core.evaluate import evaluate
from logpipeline.core.model import Measures
from logpipeline.core.window import window_of
from tests.contract.kafka.brokers import Kafka, Watch
from tests.contract.kafka.conftest import MakeWatch
from tests.hazards import hazard

pytestmark = pytest.mark.contract
MINUTES_15 = 900
WITHIN = 0.05


def steady(_: int) -> int:
    return 20


def bursty(second: int) -> int:
    """A hundred a second for five seconds in every quarter of a minute."""
    return 100 if second % 15 < 5 else 0


def stopped(second: int) -> int:
    """Nothing any more for the last 150 seconds."""
    return 20 if second < MINUTES_15 - 150 else 0


class Story:
    """A topic as producers wrote it over the last quarter of an hour, in two partitions."""

    def __init__(self, kafka: Kafka, per_second: Callable[[int], int], clock: float) -> None:
        self.topic, self.ends_at = kafka.topic(0, 0), clock
        counts = [per_second(second) for second in range(MINUTES_15)]
        for second, count in enumerate(counts):
            if count:
                kafka.send(self.topic, count, count, at=self.written_at(second))
        kafka.flush()
        self.written = np.cumsum([0, *counts])

    def written_at(self, second: int) -> float:
        """Unix seconds: in the middle of each second."""
        return self.ends_at - MINUTES_15 + second + 0.5

    @property
    def arrival(self) -> float:
        """Records/s over a minute or over five, whichever is more."""
        return 2 * max(float(self.written[-1] - self.written[-1 - span]) / span for span in (60, 300))

    def offset_at(self, second: int) -> int:
        """Where a partition ended when so many seconds of the story had passed."""
        return int(self.written[second])

    def age_of(self, offset: int) -> float:
        """Seconds from when a record was written to the end of the story."""
        return self.ends_at - self.written_at(int(np.searchsorted(self.written, offset, side="right")) - 1)


def measured(watch: Watch) -> Measures:
    """What the readings so far say."""
    measures = evaluate(window_of(watch.readings), watch.clock.now)
    assert isinstance(measures, Measures)
    return measures


@pytest.mark.parametrize("per_second", [steady, bursty, stopped])
@pytest.mark.parametrize("behind_seconds", [40, 250, 700])
async def test_rates_and_ages_are_right_with_the_first_reading(
    kafka: Kafka, watching: MakeWatch, per_second: Callable[[int], int], behind_seconds: int
) -> None:
    group = kafka.name("group")
    watch = watching(kafka.query(group))
    story = Story(kafka, per_second, watch.clock.now)
    offset = story.offset_at(MINUTES_15 - behind_seconds)
    kafka.commit(group, story.topic, offset, story.offset_at(MINUTES_15))
    sample = await watch.sample(0)
    measures = measured(watch)
    assert measures.arrival is not None
    assert measures.arrival.sum() == pytest.approx(story.arrival, rel=WITHIN)
    assert measures.backlog.sum() == story.offset_at(MINUTES_15) - offset
    if measures.backlog.sum():
        assert measures.oldest_seconds == pytest.approx(story.age_of(offset), rel=WITHIN)
    assert watch.wanted(8) >= 1
    second = await watch.sample(5)
    assert second.past is sample.past


async def test_a_group_that_is_hours_behind_has_the_age_of_its_oldest_record(
    kafka: Kafka, watching: MakeWatch
) -> None:
    group = kafka.name("group")
    watch = watching(kafka.query(group))
    topic, ages = kafka.topic(0, 0), [40_000, 20_000, 10_000, 5_000, 2_000, 500]
    for age in ages:
        kafka.send(topic, 10, 10, at=watch.clock.now - age)
    kafka.flush()
    kafka.commit(group, topic, 60, 5)
    await watch.sample(0)
    assert measured(watch).oldest_seconds == pytest.approx(40_000, rel=WITHIN)
    for age, consumed in zip(ages, (5, 15, 25, 35, 45, 55), strict=True):
        kafka.commit(group, topic, 60, consumed)
        await watch.sample(5)
        assert measured(watch).oldest_seconds == pytest.approx(age, rel=WITHIN, abs=35)


async def test_what_retention_took_is_not_recalled(kafka: Kafka, watching: MakeWatch) -> None:
    watch = watching(kafka.query(kafka.name("group")))
    story = Story(kafka, steady, watch.clock.now)
    kafka.commit(watch.query.group, story.topic, 18_000, 18_000)
    kafka.truncate(story.topic, 0, story.offset_at(MINUTES_15 - 250))
    sample = await watch.sample(0)
    past = {round(sample.at - recalled.at): recalled for recalled in sample.past}
    assert np.isnan(past[300].produced[0])
    assert past[300].produced[1] == pytest.approx(story.offset_at(MINUTES_15 - 300), abs=40)
    assert past[200].produced[0] == pytest.approx(story.offset_at(MINUTES_15 - 200), abs=40)


@hazard(
    seen="`Measured`: rates from live measurements alone, after two of them",
    done="Timestamps of such a topic are not believed until the operator starts again; never fewer",
)
async def test_when_producers_replay_old_records(kafka: Kafka, watching: MakeWatch) -> None:
    """They write as many records as ever, with the timestamps of yesterday."""
    group = kafka.name("group")
    watch = watching(kafka.query(group))
    story = Story(kafka, steady, watch.clock.now)
    kafka.commit(group, story.topic, 18_000, 18_000)
    assert (await watch.sample(0)).past
    kafka.produce(story.topic, 5_000, 5_000, at=watch.clock.now - 86_400)
    for _ in range(2):
        assert (await watch.sample(5)).past == ()
    assert measured(watch).arrival is not None
    assert watch.wanted(8) == 8
    watch.begin()
    assert (await watch.sample(5)).past == ()


@hazard(
    seen="`Measured`: rates from live measurements alone, after two of them",
    done="Timestamps of such a topic are not believed until the operator starts again",
)
async def test_when_the_clocks_of_producers_are_ahead(kafka: Kafka, watching: MakeWatch) -> None:
    group = kafka.name("group")
    watch = watching(kafka.query(group))
    story = Story(kafka, steady, watch.clock.now + 60)
    kafka.commit(group, story.topic, 18_000, 18_000)
    assert (await watch.sample(0)).past == ()


async def test_an_operator_that_takes_over_a_busy_stage_does_not_shrink_it(
    kafka: Kafka, watching: MakeWatch
) -> None:
    group = kafka.name("group")
    watch = watching(kafka.query(group))
    story = Story(kafka, steady, watch.clock.now)
    kafka.commit(group, story.topic, 18_000, 18_000)
    await watch.sample(0)
    assert watch.wanted(2, capacity={"recordsPerSecond": 30}) == 2
    assert watch.wanted(1, capacity={"recordsPerSecond": 30}) == 2

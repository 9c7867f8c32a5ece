"""What a source tells of the plant, as the real sources would."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from logpipeline.api.conditions import Reason
from logpipeline.core.evaluate import evaluate
from logpipeline.core.model import Measures
from logpipeline.core.readings import GroupState, Missing, Reading, Sample, Sharing
from logpipeline.core.window import Window, window_of
from logpipeline.sim.plant import Plant
from tests.unit.sim.plant.given import COLLECT, INDEX, plant, played, station


def readings(whole: Plant, seconds: int, every: int = 5) -> list[Reading]:
    told = []
    for _ in range(seconds // every):
        played(whole, every)
        told.append(next(iter(whole.seen().values())).reading)
    return told


def samples(seconds: int = 120, every: int = 5, **said: Any) -> list[Sample]:  # noqa: ANN401
    told = readings(plant(**said), seconds, every)
    assert all(isinstance(reading, Sample) for reading in told)
    return [reading for reading in told if isinstance(reading, Sample)]


def test_committed_offsets_are_a_staircase_and_each_consumer_has_its_own_moments() -> None:
    told = samples(120, 1, rate=800, replicas=4, capacity=1_000, commitEvery="30s")
    moved = np.diff(np.array([sample.consumed for sample in told]), axis=0) > 0
    moments = [set(np.flatnonzero(column) % 30) for column in moved.T]
    assert all(len(own) == 1 for own in moments), "every 30 s"
    assert len(set.union(*moments)) > 1, "and not all at once"
    assert all(sample.backlog.sum() > 0 for sample in told), "so that there is always some lag"


def test_a_healthy_group_is_seen_to_commit_as_often_as_it_does() -> None:
    told = samples(600, 5, rate=8_000, replicas=8, capacity=2_000, commitEvery="30s")
    history = window_of(told).history
    assert history is not None
    assert history.commit_interval_seconds == pytest.approx(30, abs=3)
    assert evaluated(told).excess.sum() == 0.0


def evaluated(told: list[Sample]) -> Measures:
    measures = evaluate(window_of(told), told[-1].at)
    assert isinstance(measures, Measures)
    return measures


def test_the_log_recalls_the_time_before_the_first_sample() -> None:
    first = samples(5, 5, rate=[{"at": "0s", "rate": 800}])[0]
    known = evaluated([first])
    assert known.arrival is not None
    assert known.arrival.sum() == pytest.approx(800, rel=0.01)
    later = samples(60, 5, rate=800)
    assert all(sample.past is later[0].past for sample in later)


def test_a_log_that_recalls_nothing_tells_no_rate_at_first() -> None:
    assert evaluated(samples(5, 5, rate=800, measuring={"recalls": False})).arrival is None


def test_measured_ages_are_the_true_ones_as_far_as_samples_can_tell() -> None:
    whole, stage = station(rate=[{"at": "0s", "rate": 500}, {"at": "2m", "rate": 3_000}], commitEvery="0s")
    window = Window()
    for _ in range(60):
        played(whole, 5)
        window = window.extended(whole.seen()["index"].reading)
        measures = evaluate(window, whole.now)
        assert isinstance(measures, Measures)
        assert measures.oldest_seconds == pytest.approx(stage.log.oldest_seconds(stage.taken), abs=5)


def test_noise_is_a_share_of_what_arrives_between_two_samples_and_does_not_add_up() -> None:
    noise = 0.05
    told = samples(3_600, 5, rate=8_000, replicas=16, partitions=16, measuring={"noise": noise})
    ends = np.array([float(sample.produced.sum()) for sample in told])
    arrived = np.diff(ends)
    assert arrived.mean() == pytest.approx(40_000, rel=0.01)
    assert arrived.std() / 40_000 == pytest.approx(noise, rel=0.15)
    assert (np.diff(np.array([sample.produced for sample in told]), axis=0) >= 0).all(), "counters never fall"


def test_a_source_that_is_away_says_so_and_comes_back() -> None:
    blind = [
        {"since": "20s", "until": "40s"},
        {"since": "40s", "until": "60s", "what": "Half"},
        {"since": "60s", "until": "80s", "what": "One"},
    ]
    told = readings(plant(rate=800, measuring={"blind": blind}), 100)
    away = [reading for reading in told if isinstance(reading, Missing)]
    assert [reading.at - told[0].at + 5 for reading in away] == [20, 25, 30, 35]
    assert {reading.reason for reading in away} == {Reason.SOURCE_UNREACHABLE}
    partial = [reading for reading in told if isinstance(reading, Sample) and not reading.complete]
    assert [len(sample.partitions) for sample in partial] == [4] * 4 + [7] * 4
    assert [len(sample.missing) for sample in partial] == [4] * 4 + [1] * 4
    assert all(sample.lost is not None and len(sample.lost) == len(sample.partitions) for sample in partial)


def test_a_source_that_froze_tells_the_same_again_and_again() -> None:
    blind = [{"since": "20s", "until": "40s", "what": "Frozen"}]
    told = samples(60, 5, rate=800, measuring={"blind": blind})
    still = [after.produced.sum() == before.produced.sum() for before, after in pairwise(told)]
    assert still == [False, False, True, True, True, True, False, False, False, False, False]
    assert len({sample.at for sample in told}) == len(told)


def test_the_marker_of_a_transaction_is_a_lag_that_nobody_works_off() -> None:
    told = samples(60, 5, rate=0, measuring={"markers": True})
    assert told[-1].backlog.tolist() == [1] * 8


def test_a_topic_that_is_made_anew_is_seen_to_begin_at_nothing() -> None:
    told = samples(60, 5, rate=800, recreated=["30s"], measuring={"noise": 0.05})
    assert told[-1].produced.sum() == pytest.approx(30 * 800, rel=0.1)


def test_a_doubt_is_told_while_there_is_one() -> None:
    doubtful = [{"since": "10s", "until": "20s", "reason": "SourceInconsistent"}]
    told = samples(30, 5, rate=800, measuring={"doubtful": doubtful})
    assert [bool(sample.doubts) for sample in told] == [False, True, True, False, False, False]


def test_a_group_that_rebalances_is_seen_to() -> None:
    whole = plant(rate=800, replicas=2, startUp="10s")
    told = []
    for second in range(60):
        if second == 20:
            whole.scale("index", 4, "somebody")
        played(whole, 1)
        reading = whole.seen()["index"].reading
        assert isinstance(reading, Sample)
        assert reading.group is not None
        told.append(reading.group.state)
    assert [told.index(GroupState.REBALANCING), told.count(GroupState.REBALANCING)] == [30, 14]


def test_lost_records_are_told_until_the_group_has_jumped_over_them() -> None:
    lagging = samples(60, 5, rate=8_000, replicas=1, capacity=100, retention=1_000, commitEvery="20s")
    assert max(int(sample.lost.sum()) for sample in lagging if sample.lost is not None) > 0
    assert all((sample.backlog <= 1_000).all() for sample in lagging)


def test_a_stream_is_one_partition_that_tells_the_age_of_its_oldest_entry() -> None:
    sample = samples(60, 5, rate=3_000, stages=(COLLECT,))[-1]
    assert sample.sharing is Sharing.SHARED
    assert sample.group is None
    assert [str(name.topic) for name in sample.partitions] == ["gin_logs"]
    assert int(sample.backlog[0]) == pytest.approx(60 * 2_000, abs=1)
    assert sample.oldest_at == pytest.approx(sample.at - 40, abs=1)


def with_source(**source: Any) -> dict[str, Any]:  # noqa: ANN401
    return {**INDEX, "source": source}


def test_a_list_without_a_counter_tells_what_waits_and_that_more_is_not_known() -> None:
    redis = {"address": "redis://redis:6379/0", "lists": [{"key": "log_buffer"}]}
    sample = samples(60, 5, rate=3_000, stages=(with_source(redis=redis),))[-1]
    assert not sample.counted
    assert int(sample.backlog.sum()) == pytest.approx(60 * 2_000, abs=1)
    assert [doubt.reason for doubt in sample.doubts] == [Reason.ARRIVAL_UNKNOWN]
    counted = {"address": "redis://redis:6379/0", "lists": [{"key": "log_buffer", "arrivalKey": "n"}]}
    assert samples(60, 5, rate=3_000, stages=(with_source(redis=counted),))[-1].counted


def test_prometheus_tells_a_rate_where_it_is_asked_for_one() -> None:
    asked = {"address": "http://prometheus:9090", "backlogQuery": "sum(waiting)"}
    told = samples(
        120, 5, rate=3_000, stages=(with_source(prometheus=asked | {"arrivalQuery": "sum(rate)"}),)
    )
    assert told[-1].arrival_per_second == pytest.approx(3_000)
    assert told[-1].doubts == ()
    silent = samples(120, 5, rate=3_000, stages=(with_source(prometheus=asked),))[-1]
    assert silent.arrival_per_second is None
    assert [doubt.reason for doubt in silent.doubts] == [Reason.ARRIVAL_UNKNOWN]


def test_half_of_a_single_stream_is_nothing() -> None:
    blind = [{"since": "0s", "until": "60s", "what": "Half"}]
    told = readings(plant(rate=800, stages=(COLLECT,), measuring={"blind": blind}), 10)
    assert all(isinstance(reading, Missing) for reading in told)

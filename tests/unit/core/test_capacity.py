"""What one replica can do: when it is learned, from what, and how long it is believed."""

from dataclasses import replace

import numpy as np
import pytest

from logpipeline.api.status import Confidence
from logpipeline.core.capacity import (
    Full,
    Learned,
    can_learn,
    confidence_of,
    known_capacity,
    learn,
    watch_full,
)
from logpipeline.core.model import Measures
from logpipeline.core.readings import Group, GroupState, Sharing
from tests.unit.core.given import NOW, measures, scaling

MEASURED = Learned(1000.0, busy_seconds=180, busy_at=NOW - 5, observed_at=NOW - 5)


def window(taken: list[float], busy: list[bool], **fields: object) -> Measures:
    """A minute in which partitions gave `taken` records/s, and had work all the time where `busy`."""
    rates = np.array(taken)
    given = {"excess": np.where(busy, 1e5, 0.0), "arrival": rates, "consumption": rates}
    more = {"taken": rates, "taken_seconds": 60.0, "busy": np.array(busy), "commit_interval_seconds": 5.0}
    return measures(**given | more | fields)


def learned(of: Measures, before: Learned | None = None, at_work: int = 2, assignor: str = "range") -> float:
    after = learn(before, of, scaling(), at_work, assignor)
    return 1000.0 if after is None else after.records_per_second


def test_busy_replicas_take_the_place_of_a_guess_whichever_way_it_was_wrong() -> None:
    assert learned(window([400.0] * 4, [True] * 4)) == 800
    assert learned(window([900.0] * 4, [True] * 4)) == 1800


def test_the_one_consumer_that_is_busy_is_enough_where_it_is_known_what_it_reads() -> None:
    """Hot keys: nine consumers in ten are idle while one falls behind for hours."""
    assert learned(window([500.0, 100.0, 50.0, 50.0], [True, False, False, False])) == 600


def test_a_stuck_partition_teaches_nothing() -> None:
    assert learned(window([0.0, 100.0, 50.0, 50.0], [False] * 4, excess=np.zeros(4))) == 1000


def test_a_replica_that_keeps_up_with_more_than_is_believed_shows_that_it_can() -> None:
    """A guess that is too low was for ever: nobody is ever busy with twice the replicas."""
    idle = window([1200.0, 600.0], [False, False])
    assert learned(idle) == pytest.approx(1200 * 55 / 60), "one commit interval of it may be older"
    after = learn(None, idle, scaling(), 2, "range")
    assert after is not None
    assert confidence_of(after, NOW) is Confidence.LOW


def test_what_idle_replicas_take_is_no_reason_to_believe_less() -> None:
    assert learned(window([100.0, 100.0], [False, False]), MEASURED) == 1000


def test_lower_rates_are_followed_at_once_and_higher_ones_slowly() -> None:
    """Capacity learned on cheap records: those that cost twice as much must not wait for an average."""
    slower, faster = (window([each] * 2, [True] * 2) for each in (500.0, 1500.0))
    low = high = MEASURED
    for tick in range(12):
        at = NOW + 5 * tick
        low = learn(low, replace(slower, at=at), scaling(), 2, "range") or low
        high = learn(high, replace(faster, at=at), scaling(), 2, "range") or high
    assert low.records_per_second < 700
    assert 1050 < high.records_per_second < 1150


def test_other_records_take_the_place_of_what_was_learned_of_cheap_ones() -> None:
    """Capacity that was averaged down took seven minutes and as many rebalances to be found."""
    assert learned(window([245.0] * 4, [True] * 4), MEASURED) == 490
    assert learned(window([245.0] * 4, [True] * 3 + [False]), MEASURED) > 900, "where all have work alone"


def test_it_is_no_ratchet() -> None:
    """Bursts of commits that read as capacity multiplied it: each was believed, and none forgotten."""
    burst, usual = (window([each] * 2, [True] * 2) for each in (3000.0, 1000.0))
    after = MEASURED
    for tick in range(60):
        of = replace(burst if tick % 12 == 0 else usual, at=NOW + 5 * tick)
        after = learn(after, of, scaling(), 2, "range") or after
    assert after.records_per_second < 1100


@pytest.mark.parametrize(
    ("settled", "fields"),
    [
        (59.0, {}),
        (600.0, {"lower_bound": True}),
        (600.0, {"estimated": True}),
        (600.0, {"group": Group(GroupState.REBALANCING, None, 2)}),
        (600.0, {"taken": None}),
    ],
    ids=["count changed", "partly known", "estimated", "rebalancing", "too young"],
)
def test_moments_that_teach_nothing(settled: float, fields: dict[str, object]) -> None:
    assert can_learn(window([1.0], [True]), 60.0)
    assert not can_learn(replace(window([1.0], [True]), **fields), settled)


def test_a_store_that_is_full_is_not_learned_as_replicas_that_do_less() -> None:
    """Learned as capacity it would ask for ever more replicas, each of which does less."""
    full = watch_full(None, window([500.0] * 4, [True] * 4), 2)
    assert full == Full(2, 2000.0)
    full = watch_full(full, window([510.0] * 4, [True] * 4), 4)
    assert full is not None
    assert full.saturated
    helped = watch_full(Full(2, 2000.0), window([1000.0] * 4, [True] * 4), 4)
    assert helped == Full(4, 4000.0)
    assert watch_full(full, window([510.0] * 4, [False] * 4), 4) is None


def test_what_is_taken_while_no_replica_is_ready_says_nothing_of_the_first_that_are() -> None:
    """Consumers that are not ready, or not ours, empty the topic: the next decision divided by them."""
    others = watch_full(None, window([500.0] * 4, [True] * 4), 0)
    assert others is None
    assert watch_full(others, window([500.0] * 4, [True] * 4), 2) == Full(2, 2000.0)


@pytest.mark.parametrize(
    ("seconds", "ago", "confidence"),
    [
        (180, 60, Confidence.HIGH),
        (30, 60, Confidence.MEDIUM),
        (180, 7 * 3600, Confidence.MEDIUM),
        (180, 25 * 3600, Confidence.LOW),
        (0, 0, Confidence.LOW),
    ],
)
def test_confidence_grows_with_what_was_seen_and_falls_with_age(
    seconds: float, ago: float, confidence: Confidence
) -> None:
    assert confidence_of(Learned(1.0, seconds, NOW - ago, NOW - ago), NOW) is confidence


def test_what_is_pinned_is_pinned() -> None:
    pinned = scaling(capacity={"recordsPerSecond": 1234, "learn": False})
    assert known_capacity(pinned, MEASURED, NOW).records_per_second == 1234
    assert known_capacity(pinned, MEASURED, NOW).confidence is Confidence.HIGH
    assert known_capacity(scaling(), None, NOW).confidence is Confidence.LOW


def test_of_a_stream_that_anybody_reads_all_replicas_are_busy_or_none() -> None:
    of = window([3000.0], [True], sharing=Sharing.SHARED)
    assert learned(of, at_work=2) == 1500

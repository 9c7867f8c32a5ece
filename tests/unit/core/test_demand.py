"""The formulas of the design, with numbers worked out by hand."""

import numpy as np
import pytest

from logpipeline.api.status import Confidence
from logpipeline.core.capacity import Known
from logpipeline.core.demand import alert_load, demand, drain_load, look_ahead, pace_of
from logpipeline.core.fit import fit
from logpipeline.core.headroom import Pace
from logpipeline.core.model import Measures
from logpipeline.core.readings import Sharing
from logpipeline.core.rules import Rule
from tests.unit.core.given import measures, scaling

NEVER = 10**12
PACE = Pace(lead=40, pause=5)
KNOWN = Known(1000.0, Confidence.HIGH, "learned")
FOUND = 0.98 * (1 - 5 / 600)
"""What two percent of doubt leave, and 5 s of pause in each window of 10 minutes."""


def asked(
    of: Measures, alert_backlog: int = NEVER, at_work: float = 1e9, **fields: object
) -> tuple[float, list[Rule]]:
    given = scaling(**{"targetUtilizationPercent": 70} | fields)
    found = demand(of, given, KNOWN, at_work=at_work, pace=PACE, alert_backlog=alert_backlog)
    return found.total, [applied.rule for applied in found.rules]


def test_what_arrives_is_taken_at_the_target_utilisation() -> None:
    load, rules = asked(measures())
    assert load == pytest.approx(200 / 0.7)
    assert rules == [Rule.ARRIVAL_TERM]
    assert asked(measures(), targetUtilizationPercent=50)[0] == pytest.approx(400)


def test_nothing_waits_and_nothing_comes_asks_for_nothing() -> None:
    load, _ = asked(measures(arrival=np.zeros(2)))
    assert load == 0


def test_not_knowing_the_arrival_asks_for_the_backlog_alone() -> None:
    load, rules = asked(measures(arrival=None, excess=np.array([3000.0, 0.0])))
    assert load == pytest.approx(10)
    assert rules == [Rule.ARRIVAL_TERM, Rule.DRAIN_TERM]


def test_a_backlog_is_drained_within_the_time_with_what_comes_meanwhile() -> None:
    # 100 + (30,000 + 100 x 5 s of rebalance) / 300 s = 201.67 for the one, 100 at what is found for the other
    load, rules = asked(measures(excess=np.array([30_000.0, 0.0])))
    assert load == pytest.approx(201.6667 + 100 / FOUND)
    assert Rule.DRAIN_TERM in rules


def test_draining_asks_for_nothing_where_nothing_waits() -> None:
    assert drain_load(np.array([100.0]), np.array([0.0]), 300, 5).tolist() == [0.0]


def test_growth_is_carried_on_through_the_lead_time_up_to_twice() -> None:
    arrival = np.array([100.0, 300.0])
    assert look_ahead(arrival, 1.0, 40) == pytest.approx(np.array([110.0, 330.0]))
    assert look_ahead(arrival, 1e9, 40).tolist() == [200.0, 600.0]
    assert look_ahead(np.zeros(2), 5.0, 40).tolist() == [0.0, 0.0]


def test_the_lead_time_is_start_up_and_rebalance_and_tick() -> None:
    assert pace_of(30, 5) == PACE


@pytest.mark.parametrize(
    ("excess", "at_work", "expected"),
    [
        (900.0, 200.0, 0.0),  # below the threshold, and it does not grow
        (1400.0, 200.0, 210.0),  # 400 above it, gone within 40 s: 200 + 10
        (900.0, 180.0, 217.5),  # 20/s more than is taken: 1,700 by then, 700 above: 200 + 17.5
        (0.0, 0.0, 375.0),  # nobody works: 8,000 by then, 7,000 above: 200 + 175
    ],
)
def test_the_alert_term_brings_the_backlog_below_its_threshold(
    excess: float, at_work: float, expected: float
) -> None:
    load = alert_load(np.array([100.0, 100.0]), np.array([excess, 0.0]), at_work, 40, 1000)
    assert load.sum() == pytest.approx(expected)


def test_a_high_rate_that_is_kept_up_with_is_no_alert() -> None:
    """800,000/s for 40 s are 32 million records: they are consumed, and nobody waits."""
    high = measures(arrival=np.array([400_000.0] * 2), consumption=np.array([400_000.0] * 2))
    assert asked(high, 1_000_000, at_work=1_000_000.0)[1] == [Rule.ARRIVAL_TERM]


def test_a_rate_that_fell_is_no_alert() -> None:
    """Arrival remembers five minutes and consumption falls at once: that is no growing backlog."""
    fell = measures(arrival=np.array([400_000.0] * 2), consumption=np.array([10_000.0] * 2))
    assert asked(fell, 1_000_000, at_work=1_200_000.0)[1] == [Rule.ARRIVAL_TERM]


def test_one_stray_record_does_not_put_all_the_load_on_its_partition() -> None:
    stray = measures(arrival=np.array([400_000.0] * 2), excess=np.array([1.0, 0.0]))
    load = demand(stray, scaling(), KNOWN, at_work=0.0, pace=PACE, alert_backlog=1_000_000).load
    assert load[0] == pytest.approx(load[1], rel=1e-3)


def unknown(**fields: object) -> Measures:
    """A list that nobody counts: 60,000 records wait, and it grows by 100/s."""
    given = {"excess": np.array([60_000.0]), "arrival": None, "consumption": None, "pace": 100.0}
    return measures(**given | {"drain_seconds": None, "sharing": Sharing.SHARED} | fields)


def asked_blindly(of: Measures, *, at_work: float = 2000, settled: bool = True) -> tuple[float, list[Rule]]:
    found = demand(
        of, scaling(drainWithin="5m"), KNOWN, at_work=at_work, pace=PACE, alert_backlog=10**9, settled=settled
    )
    return float(found.load.sum()), [applied.rule for applied in found.rules]


def test_what_arrives_unknown_is_what_is_taken_and_the_growth() -> None:
    """2,000/s at work, 100/s of growth, and 60,000 in 300 s."""
    assert asked_blindly(unknown()) == (2300, [Rule.ARRIVAL_TERM, Rule.DRAIN_TERM, Rule.ARRIVAL_UNKNOWN])


@pytest.mark.parametrize(
    "fields",
    [
        {"pace": None},
        {"pace": -600.0, "drain_seconds": 100.0},
        {"excess": np.array([19_000.0])},
        {"excess": np.zeros(1)},
    ],
    ids=["too early", "gone in time", "on its way", "empty"],
)
def test_an_unknown_arrival_asks_for_no_more_where_nobody_is_late(fields: dict[str, object]) -> None:
    assert Rule.ARRIVAL_UNKNOWN not in asked_blindly(unknown(**fields))[1]


def test_growth_under_other_replicas_says_nothing_of_the_present_ones() -> None:
    """Replicas that start take nothing yet: growth until then asked for more and more of them."""
    assert Rule.ARRIVAL_UNKNOWN not in asked_blindly(unknown(), settled=False)[1]


def test_head_room_belongs_to_the_whole_and_not_to_a_partition_that_cannot_be_divided() -> None:
    """One partition near a replica's capacity asked for as many replicas as there are partitions."""
    hot = measures(arrival=np.array([900.0, *[30.0] * 31]), excess=np.zeros(32))
    of = scaling(targetUtilizationPercent=70)
    found = demand(hot, of, KNOWN, at_work=1e9, pace=PACE, alert_backlog=NEVER)
    assert found.total == pytest.approx((900 + 31 * 30) / 0.7)
    assert found.load[0] == pytest.approx(900 / FOUND)
    assert fit(hot, found.load, of, None, capacity=1000.0, total=found.total).replicas < 32


def test_a_step_up_is_to_do_for_a_while() -> None:
    """Each step stops the group: 1, 2, 4, 8 with a rebalance each let a backlog grow that one step spares."""
    growing = measures(slope=0.2)
    queued = np.array([500.0, 500.0])
    now = demand(growing, scaling(), KNOWN, at_work=1e9, pace=PACE, alert_backlog=NEVER)
    then = demand(growing, scaling(), KNOWN, at_work=1e9, pace=PACE, alert_backlog=NEVER, queued=queued)
    assert now.total == pytest.approx((200 + 0.2 * 40) / FOUND)
    assert then.total == pytest.approx((200 + 0.2 * (40 + 240)) / FOUND)

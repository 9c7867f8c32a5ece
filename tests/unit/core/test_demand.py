"""The formulas of the design, with numbers worked out by hand."""

import numpy as np
import pytest

from logpipeline.core.demand import alert_load, demand, drain_load, lead_seconds, look_ahead
from logpipeline.core.model import Measures
from logpipeline.core.readings import Sharing
from logpipeline.core.rules import Rule
from tests.unit.core.given import measures, scaling

NEVER = 10**12


def asked(
    of: Measures, alert_backlog: int = NEVER, at_work: float = 1e9, **fields: object
) -> tuple[float, list[Rule]]:
    found = demand(of, scaling(**fields), at_work=at_work, lead=40, alert_backlog=alert_backlog)
    return float(found.load.sum()), [applied.rule for applied in found.rules]


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
    # 100 + (30,000 + 100 x 5 s of rebalance) / 300 s = 201.67 for the one, 100 / 0.7 = 142.86 for the other
    load, rules = asked(measures(excess=np.array([30_000.0, 0.0])))
    assert load == pytest.approx(201.6667 + 142.8571)
    assert Rule.DRAIN_TERM in rules


def test_draining_asks_for_nothing_where_nothing_waits() -> None:
    assert drain_load(np.array([100.0]), np.array([0.0]), 300).tolist() == [0.0]


def test_growth_is_carried_on_through_the_lead_time_up_to_twice() -> None:
    arrival = np.array([100.0, 300.0])
    assert look_ahead(arrival, 1.0, 40) == pytest.approx(np.array([110.0, 330.0]))
    assert look_ahead(arrival, 1e9, 40).tolist() == [200.0, 600.0]
    assert look_ahead(np.zeros(2), 5.0, 40).tolist() == [0.0, 0.0]


def test_the_lead_time_is_start_up_and_rebalance_and_tick() -> None:
    assert lead_seconds(30) == 40


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
    load = demand(stray, scaling(), at_work=0.0, lead=40, alert_backlog=1_000_000).load
    assert load[0] == pytest.approx(load[1], rel=1e-3)


def unknown(**fields: object) -> Measures:
    """A list that nobody counts: 60,000 records wait, and it grows by 100/s."""
    given = {"excess": np.array([60_000.0]), "arrival": None, "consumption": None, "pace": 100.0}
    return measures(**given | {"drain_seconds": None, "sharing": Sharing.SHARED} | fields)


def asked_blindly(of: Measures, *, at_work: float = 2000, settled: bool = True) -> tuple[float, list[Rule]]:
    found = demand(
        of, scaling(drainWithin="5m"), at_work=at_work, lead=40, alert_backlog=10**9, settled=settled
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

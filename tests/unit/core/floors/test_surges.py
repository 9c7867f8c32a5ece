"""What an event brings to each stage."""

import numpy as np
import pytest

from logpipeline.api.conditions import Reason
from logpipeline.core.floors.surges import Surge, announced, reaching
from logpipeline.core.flow import Inflow, Outflow
from logpipeline.core.observation import Observation
from logpipeline.core.occurrence import Usual
from tests.unit.core.floors.given import sale
from tests.unit.core.given import measures

FIRST = Surge(sale(), 40_000.0, reaches="collect")
FROM = Outflow("collect", 1_000.0, consumed=5e6, consuming=1_000.0)


def handed_on(upstream: Outflow | None, inflow: Inflow | None, arrival: float | None) -> Surge:
    seen = measures(arrival=None if arrival is None else np.full(2, arrival / 2))
    (surge,) = reaching("index", [FIRST], upstream=upstream, inflow=inflow, measures=seen)
    return surge


def test_the_first_stage_gets_what_is_announced() -> None:
    (surge,) = announced(Observation({}, (sale(),)))
    (here,) = reaching("collect", [surge], upstream=None, inflow=None, measures=None)
    assert (here.per_second, here.reaches, here.notes) == (40_000.0, "collect", ())


def test_a_multiplier_is_of_what_is_usual() -> None:
    big = sale(multiplier=40)
    usual = {"double-eleven": Usual(500.0, "median of the same slot on 14 days")}
    (surge,) = announced(Observation({}, (big,), usual))
    assert surge.per_second == 20_000.0
    assert surge.notes == ("40 x 500/s, the median of the same slot on 14 days",)


def test_what_is_usual_may_not_be_known() -> None:
    (surge,) = announced(Observation({}, (sale(multiplier=40),)))
    assert surge.per_second is None
    assert surge.unknown is not None
    assert surge.unknown.reason is Reason.BASELINE_UNKNOWN


def test_the_next_stage_gets_what_was_learned_of_the_flow() -> None:
    learned = Inflow(0.0, 0.0, 0.0, ratio=0.5, agreed=True)
    assert handed_on(FROM, learned, 900.0).per_second == 20_000.0


@pytest.mark.parametrize("inflow", [None, Inflow(0.0, 0.0, 0.0, ratio=3.0)])
def test_before_it_is_learned_it_is_what_flows_now(inflow: Inflow | None) -> None:
    surge = handed_on(FROM, inflow, 250.0)
    assert surge.per_second == 10_000.0
    assert "0.25 of each record" in surge.notes[-1]


@pytest.mark.parametrize(
    ("upstream", "arrival"),
    [(None, 250.0), (FROM, None), (FROM, 0.0), (Outflow("collect", 0, 0, 0.0), 250.0)],
)
def test_where_nothing_flows_it_is_one_for_one_and_said(
    upstream: Outflow | None, arrival: float | None
) -> None:
    surge = handed_on(upstream, None, arrival)
    assert surge.per_second == 40_000.0
    assert "one for each record" in surge.notes[-1]

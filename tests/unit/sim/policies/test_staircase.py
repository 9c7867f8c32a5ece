"""The cheapest staircase is one, and it is what somebody who pays for pods would do."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logpipeline.sim.policies.staircase import Prices, Steps, cheapest_staircase

EAGER = Prices(step_seconds=10.0, start_up_seconds=60.0, pause_seconds=15.0, all_pause=True)
COOPERATIVE = Prices(step_seconds=10.0, start_up_seconds=60.0, pause_seconds=5.0, all_pause=False)
FREE = Prices(step_seconds=10.0, start_up_seconds=0.0, pause_seconds=0.0, all_pause=True)
counts = st.lists(st.integers(0, 3), min_size=1, max_size=4)


def price(steps: Steps, prices: Prices) -> float:
    total = float(steps.sum()) * prices.step_seconds
    for before, after in pairwise(steps.tolist()):
        if before != after:
            still = after if prices.all_pause else abs(after - before)
            total += still * prices.pause_seconds + max(0, after - before) * prices.start_up_seconds
    return total


def allowed(steps: Steps, needed: Steps, after_change: Steps) -> bool:
    changed = np.diff(steps, prepend=steps[0]) != 0
    return bool((steps >= needed).all() and (steps >= after_change)[changed].all())


@pytest.mark.parametrize("prices", [EAGER, COOPERATIVE, FREE])
@settings(max_examples=25, deadline=None)
@given(needed=counts, more=st.integers(0, 1))
def test_no_other_is_cheaper(needed: list[int], more: int, prices: Prices) -> None:
    least = np.array(needed)
    after = least + more
    found = cheapest_staircase(least, after, prices)
    others = (np.array(steps) for steps in product(range(5), repeat=len(needed)))
    cheapest = min(price(other, prices) for other in others if allowed(other, least, after))
    assert allowed(found, least, after)
    assert price(found, prices) == pytest.approx(cheapest)


def test_what_costs_nothing_to_change_follows_what_is_needed() -> None:
    needed = np.array([1, 5, 2, 7, 7, 3])
    assert cheapest_staircase(needed, needed, FREE).tolist() == needed.tolist()


def test_a_pod_that_is_needed_again_within_its_start_up_is_kept() -> None:
    needed = np.array([4, *[3] * 5, 4])
    assert set(cheapest_staircase(needed, needed, EAGER).tolist()) == {4}


def test_a_long_time_in_which_less_is_needed_is_worth_two_rebalances() -> None:
    needed = np.array([*[20] * 5, *[4] * 60, *[20] * 5])
    assert cheapest_staircase(needed, needed, EAGER).tolist() == needed.tolist()


def test_a_climb_is_taken_in_few_steps() -> None:
    needed = np.repeat(np.arange(10, 30), 3)
    steps = cheapest_staircase(needed, needed, EAGER)
    assert 1 <= np.count_nonzero(np.diff(steps)) < 10

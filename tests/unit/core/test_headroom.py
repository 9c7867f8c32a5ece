"""Head room comes from what is measured."""

import pytest

from logpipeline.api.status import Confidence
from logpipeline.core.headroom import Pace, found_utilization, utilization
from tests.unit.core.given import scaling


def found(noise: float = 0.0, confidence: Confidence = Confidence.HIGH, **pace: float) -> float:
    given = {"lead": 80.0, "pause": 15.0} | pace
    return found_utilization(scaling(), noise, Pace(**given), confidence)


def test_a_pause_in_each_window_and_two_percent_of_doubt_are_all_that_is_kept_free() -> None:
    assert found() == pytest.approx(0.975 * 0.98)


def test_noise_that_a_minute_of_waiting_bears_costs_nothing() -> None:
    assert found(noise=0.2) == found()
    assert found(noise=0.5) < found()


def test_the_slower_pods_start_the_less_is_borne_by_waiting() -> None:
    assert found(noise=0.2, lead=600.0) < found(noise=0.2)


def test_long_pauses_and_doubt_keep_more_free() -> None:
    assert found(pause=60.0) < found()
    assert found(confidence=Confidence.LOW) < found(confidence=Confidence.MEDIUM) < found()


def test_what_the_spec_pins_is_taken() -> None:
    pinned = scaling(targetUtilizationPercent=70)
    assert utilization(pinned, 0.9, Pace(600, 60), Confidence.LOW) == 0.7


def test_whatever_is_measured_some_is_used_and_some_is_free() -> None:
    assert 0.4 <= found(noise=1e9, pause=1e9, lead=1e9) <= found(pause=0.0) <= 0.98

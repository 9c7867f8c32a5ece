"""Figures as people read them."""

import pytest

from logpipeline.sim.figures import FIGURES
from logpipeline.sim.report.numbers import SHOWN, spell_age, spell_minutes


def test_every_figure_is_shown() -> None:
    assert set(SHOWN) == set(FIGURES)


@pytest.mark.parametrize(("minutes", "text"), [(0, "0"), (0.25, "0.2"), (3.0, "3"), (39.4, "39")])
def test_minutes_have_a_digit_behind_the_point_where_they_are_few(minutes: float, text: str) -> None:
    assert spell_minutes(minutes) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0s"), (59.6, "1m"), (200, "3m20s"), (3_600, "1h"), (7_530, "2h5m")],
)
def test_ages_have_two_units_at_most(seconds: float, text: str) -> None:
    assert spell_age(seconds) == text

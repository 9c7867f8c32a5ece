"""Numbers as people say them."""

import pytest

from logpipeline.core.figures import spell_count, spell_rate


@pytest.mark.parametrize(
    ("records", "text"),
    [(999.6, "1k"), (999_600, "1M"), (1.234e12, "1230G")],
)
def test_what_is_rounded_to_the_next_size_has_its_letter(records: float, text: str) -> None:
    assert spell_count(records) == text


@pytest.mark.parametrize(
    ("records", "text"),
    [(0, "0"), (42, "42"), (999, "999"), (1000, "1k"), (1_240_000, "1.24M"), (3.1e9, "3.1G"), (2.5, "2.5")],
)
def test_three_figures_are_enough(records: float, text: str) -> None:
    assert spell_count(records) == text


def test_a_rate_has_its_unit() -> None:
    assert spell_rate(52_100) == "52.1k/s"

from datetime import timedelta
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from logpipeline.api.duration import Between, Duration, parse, spell

DURATIONS = TypeAdapter(Duration)


@given(st.integers(min_value=0, max_value=10 * 365 * 86_400))
def test_a_duration_that_the_operator_writes_is_read_back_as_it_was(seconds: int) -> None:
    span = timedelta(seconds=seconds)
    assert parse(spell(span)) == span


@given(st.lists(st.tuples(st.integers(0, 9_999), st.sampled_from("smhdw")), min_size=1, max_size=5))
def test_the_parts_of_a_duration_add_up_in_any_order(parts: list[tuple[int, str]]) -> None:
    size = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
    text = "".join(f"{count}{unit}" for count, unit in parts)
    assert parse(text).total_seconds() == sum(count * size[unit] for count, unit in parts)


@pytest.mark.parametrize(
    ("text", "shortest"),
    [("90s", "1m30s"), ("60m", "1h"), ("14d", "2w"), ("0m0s", "0s"), ("1h30m", "1h30m"), ("25h", "1d1h")],
)
def test_a_duration_is_shown_in_its_shortest_form(text: str, shortest: str) -> None:
    assert DURATIONS.dump_python(DURATIONS.validate_python(text), mode="json") == shortest


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        "m",
        "5 m",
        "5min",
        "-5m",
        "+5m",
        "1.5h",
        "5M",
        "5m ",
        "5m\n",
        "PT5M",
        "\u0665m",
        "1s" * 17,
        300,
        None,
    ],
)
def test_what_is_not_a_duration_is_refused_with_the_form_that_is(text: object) -> None:
    with pytest.raises(ValidationError, match="is not a duration: write it as 90s, 10m, 1h30m or 14d"):
        DURATIONS.validate_python(text)


def test_a_duration_beyond_all_bounds_is_refused_rather_than_overflowing() -> None:
    with pytest.raises(ValidationError, match="longer than any pipeline will live"):
        DURATIONS.validate_python("9" * 31 + "w")


@pytest.mark.parametrize("text", ["1s", "7d", "1w", "168h", "0h5m"])
def test_a_duration_at_its_bounds_is_accepted(text: str) -> None:
    assert TypeAdapter(Annotated[Duration, Between("1s", "7d")]).validate_python(text) == parse(text)


@pytest.mark.parametrize("text", ["0s", "0h0m0s", "1w1s", "8d"])
def test_a_duration_outside_its_bounds_is_refused_with_the_bounds(text: str) -> None:
    with pytest.raises(ValidationError, match="must be from 1s to 7d"):
        TypeAdapter(Annotated[Duration, Between("1s", "7d")]).validate_python(text)

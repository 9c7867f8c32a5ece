from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logferry.durations import parse_duration
from logferry.errors import UsageError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("250ms", 0.25), ("30s", 30), ("1m30s", 90), ("2h", 7_200), ("1d", 86_400), ("0s", 0)],
)
def test_durations_are_read_as_people_write_them(text: str, seconds: float):
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "30", "s", "-5s", "1.5s", "30 s", "5x", "٣s"])
def test_what_is_no_duration_is_refused_with_an_example(text: str):
    with pytest.raises(UsageError, match="30s"):
        parse_duration(text)


@given(st.text())
def test_any_text_is_a_duration_or_refused(text: str):
    with suppress(UsageError):
        assert parse_duration(text) >= 0

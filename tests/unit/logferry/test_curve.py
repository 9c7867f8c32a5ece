from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logferry.curve import Curve, constant, parse_curve
from logferry.errors import UsageError


def test_between_two_points_the_rate_is_linear():
    curve = parse_curve("0s:0 10s:100")
    assert curve.rate(5) == pytest.approx(50)
    assert curve.records_until(10) == 500


def test_a_surge_counts_as_the_area_below_the_curve():
    curve = parse_curve("0s:500 30s:500 31s:200000 36s:500")
    assert curve.records_until(30) == 15_000
    assert curve.records_until(36) == 15_000 + 100_250 + 501_250
    assert curve.seconds == 36


def test_two_points_at_one_time_make_a_step():
    curve = parse_curve("0s:100 10s:100 10s:1000 20s:1000")
    assert curve.rate(9.99) == pytest.approx(100)
    assert curve.rate(10) == pytest.approx(1_000)
    assert curve.records_until(20) == 11_000


def test_the_last_rate_goes_on():
    assert constant(500).records_until(60) == 30_000
    assert parse_curve("0s:100 10s:200").rate(1_000) == pytest.approx(200)


def test_a_file_of_counts_becomes_steps(tmp_path: Path):
    file = tmp_path / "requests.csv"
    file.write_text("time,requests\n2014-04-10T00:00:00Z,600\n2014-04-10T00:01:00Z,1200\n")
    curve = parse_curve(str(file))
    assert curve.rate(30) == pytest.approx(10)
    assert curve.rate(90) == pytest.approx(20)
    assert curve.records_until(120) == 1_800


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "begins at 0s"),
        ("5s:100", "begins at 0s"),
        ("0s", "not a point"),
        ("0s:x", "not a rate"),
        ("0s:-5", "0 or more"),
        ("0s:nan", "0 or more"),
        ("0s:inf", "0 or more"),
        ("0s:1 20s:1 10s:1", "forward"),
        ("x:1", "not a duration"),
        ("nowhere.csv", "cannot be read"),
    ],
)
def test_a_wrong_curve_is_refused_with_what_is_wrong(text: str, says: str):
    with pytest.raises(UsageError, match=says):
        parse_curve(text)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "time,requests\n",
        "a,b\n1,2\n3,4\n",
        "time,requests\n2014-04-10,5\n2014-04-10,5\n",
        "time,requests\nx\n",
        "time,requests\n2014-04-10,5\n2014-04-11T00:00:00Z,nan\n2014-04-12T00:00:00Z,nan\n",
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, content: str):
    file = tmp_path / "requests.csv"
    file.write_text(content)
    with pytest.raises(UsageError):
        parse_curve(str(file))


@given(st.text())
def test_any_text_is_a_curve_or_refused(text: str):
    with suppress(UsageError):
        parse_curve(text)


POINTS = st.lists(
    st.tuples(st.integers(0, 1_000), st.floats(0, 1e6, allow_nan=False)), min_size=1, max_size=8
)


@given(POINTS, st.floats(0, 2_000), st.floats(0, 2_000))
def test_what_is_due_never_shrinks(points: list[tuple[int, float]], one: float, other: float):
    later = sorted((float(seconds), rate) for seconds, rate in points)
    curve = Curve(((0.0, later[0][1]), *later))
    early, late = sorted((one, other))
    assert 0 <= curve.records_until(early) <= curve.records_until(late)

"""Files of traffic: what is in them, and what is said of those that cannot be used."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logpipeline.sim.trace import MOST, read_moment, read_trace
from logpipeline.sim.traffic import Traffic, TrafficError

TRACES = Path(__file__).parents[3] / "examples" / "traces"
NOON = 898_689_600.0
HEAD = "time,requests\n"
FIRST = "1998-06-24T12:00:00Z,600\n"
CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["time", "requests", "1998-06-24T12:00:00Z", "0001-01-01", "9999-12-31T23:59:59-14:00"]),
    st.sampled_from(["1", "-1", "nan", "inf", "1e999", "1_0", '"', "\x00", "", ";"]),
)


def trace(folder: Path, text: str) -> Path:
    path = folder / "shop.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_trace_is_read_step_by_step(tmp_path: Path) -> None:
    told = read_trace(trace(tmp_path, HEAD + FIRST + "1998-06-24T12:01:00Z,1200\n"))
    assert (told.begins, told.ends, told.step_seconds) == (NOON, NOON + 120, 60)
    assert told.counts.tolist() == [600, 1_200]


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + HEAD + "1998-06-24T12:00:00Z,1\r\n1998-06-24T12:01:00Z,2\r\n",
        "host, Requests ,time\na,1,1998-06-24 12:00:00\nb,2,1998-06-24 12:01\n\n",
        HEAD + '"1998-06-24T14:00:00+02:00","1.0"\n1998-06-24T12:01:00.000Z,2e0\n,\n',
    ],
    ids=["written by a spreadsheet", "more columns, and no zone", "another zone, and quotes"],
)
def test_traces_are_read_as_people_write_them(tmp_path: Path, text: str) -> None:
    told = read_trace(trace(tmp_path, text))
    assert told.begins == NOON
    assert told.counts.tolist() == [1, 2]


def test_steps_that_were_left_out_are_gaps(tmp_path: Path) -> None:
    minutes = (0, 1, 2, 5, 6)
    rows = "".join(f"1998-06-24T12:{minute:02}:00Z,10\n" for minute in minutes)
    told = read_trace(trace(tmp_path, HEAD + rows))
    assert told.step_seconds == 60
    assert [gap.ends - gap.begins for gap in told.gaps] == [120]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is empty: its first line must be `time,requests`"),
        ("time;requests\n", "line 1: has no column `time`"),
        ("time,time,requests\n", "line 1: has more than one column `time`"),
        (HEAD, "has 0 rows"),
        (HEAD + FIRST, "has 1 rows"),
        (HEAD + FIRST + "soon,1\n", "line 3: 'soon' is no time"),
        (HEAD + FIRST + "1998-06-24T12:01:00Z\n", "line 3: '' is no count"),
        (HEAD + FIRST + "1998-06-24T12:01:00Z,many\n", "line 3: 'many' is no count"),
        (HEAD + FIRST + "1998-06-24T12:01:00Z,-1\n", "line 3: '-1' is no count"),
        (HEAD + FIRST + "1998-06-24T12:01:00Z,nan\n", "line 3: 'nan' is no count"),
        (HEAD + FIRST + FIRST, "line 3: 1998-06-24T12:00:00Z is not later than"),
        (
            HEAD + FIRST + "1998-06-24T12:01:00Z,1\n1998-06-24T12:02:00Z,1\n1998-06-24T12:02:30Z,1\n",
            "line 5: begins 30 s after the line before, while steps are 60 s long",
        ),
    ],
)
def test_what_cannot_be_used_is_a_sentence_with_file_and_line(
    tmp_path: Path, text: str, sentence: str
) -> None:
    with pytest.raises(TrafficError) as error:
        read_trace(trace(tmp_path, text))
    assert sentence in str(error.value)
    assert "shop.csv" in str(error.value)


def test_a_file_that_is_not_there_or_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrafficError, match=r"gone\.csv cannot be read: No such file"):
        read_trace(tmp_path / "gone.csv")
    with pytest.raises(TrafficError, match="cannot be read: Is a directory"):
        read_trace(tmp_path)
    (tmp_path / "shop.gz").write_bytes(b"\x1f\x8b\xff\xfe")
    with pytest.raises(TrafficError, match="is no text"):
        read_trace(tmp_path / "shop.gz")


@given(st.lists(st.lists(CELLS, max_size=4), max_size=6), st.sampled_from([HEAD, ""]))
def test_whatever_a_file_holds_it_is_read_or_refused_with_a_sentence(
    rows: list[list[str]], head: str
) -> None:
    text = head + "\n".join(",".join(cells) for cells in rows)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shop.csv"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        told = read_or_refused(path)
    if isinstance(told, Traffic):
        assert (told.counts >= 0).all()
        assert (told.counts <= MOST).all()
    else:
        assert str(path) in told


def read_or_refused(path: Path) -> Traffic | str:
    """What is read, or the sentence instead; any other error is one of the test's."""
    try:
        return read_trace(path)
    except TrafficError as error:
        return str(error)


@pytest.mark.parametrize("text", ["1998-06-24T12:00:00Z", " 1998-06-24T12:00 ", "1998-06-24T08:00:00-04:00"])
def test_a_moment_is_utc_where_it_names_no_zone(text: str) -> None:
    assert read_moment(text) == NOON


def test_a_moment_that_is_none_is_refused_with_the_form() -> None:
    with pytest.raises(ValueError, match="'noon' is no time: write it as 1998-06-24T12:00:00Z"):
        read_moment("noon")


@pytest.mark.parametrize(
    ("name", "step", "gaps"), [("worldcup98", 60, 0), ("elb_requests", 300, 8), ("nyc_taxi", 1_800, 0)]
)
def test_the_traces_that_are_given_can_be_read(name: str, step: float, gaps: int) -> None:
    told = read_trace(TRACES / f"{name}.csv")
    assert told.step_seconds == step
    assert len(told.gaps) == gaps
    assert told.peak > 0

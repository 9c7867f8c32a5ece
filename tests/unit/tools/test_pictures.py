"""The pictures of the docs are those of this code."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tools.pictures.__main__ import FOLDER, is_fresh, main, path_of
from tools.pictures.axes import counts, decades, minutes
from tools.pictures.canvas import LEFT, RIGHT, WIDTH, Curve, Mark, Panel, Picture, Point, drawn, folded
from tools.pictures.subjects import SUBJECTS

PAGE = FOLDER.parent / "how-it-decides.md"
LINE = "8→32: arrival 18.1k/s needs 22 at 84 % (c=1k/s, guess); +4 to be below 1M in 280 s; +6 as it fits"
MOST_BYTES = 60_000


def picture(*marks: Mark) -> Picture:
    ready = Curve("ready", "ours", [Point(0, 8), Point(300, 32)], steps=True, filled=True)
    return Picture("A step", minutes(60, 600), [Panel("Replicas", counts(32), [ready], marks=marks)])


def texts(svg: str, kind: str) -> list[str | None]:
    return [text.text for text in ET.fromstring(svg).iter() if text.get("class") == kind]  # noqa: S314 - ours


def test_a_page_shows_every_picture_that_is_drawn() -> None:
    shown = set(re.findall(r"\]\(images/([\w-]+)\.svg\)", PAGE.read_text()))
    assert shown == set(SUBJECTS)


@pytest.mark.parametrize("name", SUBJECTS)
def test_a_picture_is_there_is_small_and_asks_nobody_for_anything(name: str) -> None:
    svg = path_of(name).read_text(encoding="utf-8")
    assert len(svg.encode()) < MOST_BYTES
    assert ET.fromstring(svg).find("{*}title") is not None  # noqa: S314 - ours
    assert not re.search(r"<script|@import|@font-face|href|url\(", svg)


@pytest.mark.parametrize("name", ["partitions", "burst"])
def test_a_picture_is_what_is_drawn_now(name: str) -> None:
    assert is_fresh(name), "run `make pictures`, look at them, and read the page again"


def test_another_picture_is_not_taken_for_the_one_of_this_code(tmp_path: Path) -> None:
    path_of("partitions", tmp_path).write_text(path_of("burst").read_text(encoding="utf-8"), encoding="utf-8")
    assert not is_fresh("partitions", tmp_path)
    assert not is_fresh("burst", tmp_path / "empty")


def test_a_name_that_is_none_is_told_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check", "burts"]) == 2
    assert "no picture burts: only burst, slope" in capsys.readouterr().err


def test_only_decisions_on_the_picture_are_numbered_and_told() -> None:
    early, shown = Mark(30, 8, 4, "4→8: before"), Mark(300, 32, 8, "8→32: now & here")
    svg = drawn(picture(early, shown))
    assert texts(svg, "said") == ["8→32: now & here"]
    assert texts(svg, "number") == ["1", "1"]


def test_a_count_goes_on_to_both_edges_of_the_picture() -> None:
    left, right = LEFT, WIDTH - RIGHT
    (path,) = re.findall(r'class="curve " .* d="(M[^"]*H[^"]*)"', drawn(picture()))
    assert re.fullmatch(rf"M{left}\.0,120\.5H378\.9V44\.1H{right}\.0V44\.1", path)


def test_a_long_line_is_folded_between_its_parts_and_loses_nothing() -> None:
    lines = folded(f"{LINE}; {LINE}")
    assert len(lines) > 1
    assert " ".join(lines) == f"{LINE}; {LINE}"
    assert all(line.endswith(";") for line in lines[:-1])


def test_on_a_log_scale_nothing_stands_on_the_floor() -> None:
    axis = decades(1_000, 1_000_000)
    assert axis.place(0, 100, 0) == axis.place(1_000, 100, 0) == 100
    assert 0 < axis.place(1_000_000, 100, 0) < axis.place(1_000, 100, 0)
    assert list(axis.ticks) == [1e3, 1e4, 1e5, 1e6]

"""The report: one file, with everything in it, that asks nobody for anything."""

import json
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from typing import Any

import pytest

from logpipeline.sim.report.page import render
from logpipeline.sim.report.scene import TELLING, Drawing, Scene, scene_of
from logpipeline.sim.track import Track
from tests.unit.sim.tracks import change, level, stage_track, track

EVIL = '</script><script>alert("x")</script>&<b>'


class Tags(HTMLParser):
    """Names and attributes of all elements, and the text of those that are named."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self._inside = dict(attrs).get("id") or ""

    def handle_data(self, data: str) -> None:
        self.texts[self._inside] = self.texts.get(self._inside, "") + data


def scene(*tracks: Track, name: str = "sale", facts: Sequence[tuple[str, str]] = (), **how: Any) -> Scene:  # noqa: ANN401
    return scene_of(name, f"{name} in a minute", facts, tracks or (track(),), Drawing(**how))


def parsed(page: str) -> Tags:
    tags = Tags()
    tags.feed(page)
    return tags


def data_of(page: str) -> Any:  # noqa: ANN401 - whatever the page is given
    return json.loads(parsed(page).texts["data"])


def test_the_page_asks_nobody_for_anything() -> None:
    page = render("Report", [scene()])
    for _, attributes in parsed(page).found:
        assert not (attributes.get("src") or "").strip()
        assert (attributes.get("href") or "data:").startswith("data:")
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", page)
    assert "default-src 'none'" in page
    assert "@import" not in page
    assert "url(http" not in page


def test_nothing_that_users_write_becomes_part_of_the_page() -> None:
    tracks = [track(stage_track(EVIL, changes=(change(60, 2, 3, EVIL),)), policy=EVIL)]
    page = render(EVIL, [scene(*tracks, name=EVIL, facts=[(EVIL, EVIL)])])
    tags = parsed(page)
    assert [tag for tag, _ in tags.found].count("script") == 2
    assert "b" not in {tag for tag, _ in tags.found}
    (drawn,) = data_of(page)
    assert drawn["runs"][0]["policy"] == EVIL
    assert drawn["runs"][0]["stages"][EVIL]["changes"][0][3] == EVIL


def test_the_table_is_there_without_a_script() -> None:
    page = render("Report", [scene(track(stage_track(oldest_seconds=level(200))), track(policy="keda"))])
    rows = [attributes["data-policy"] for tag, attributes in parsed(page).found if tag == "tr" and attributes]
    assert rows == ["logpipeline", "keda"]
    table = page[page.index("<table") : page.index("</table>")]
    assert "3m20s" in table
    assert ">10<" in table


def test_a_decision_is_told_with_its_rules_at_its_time() -> None:
    changed = stage_track(changes=(change(60, 2, 3, "2→3: arrival 14.2k/s"),))
    (drawn,) = data_of(render("Report", [scene(track(changed))]))
    told = drawn["runs"][0]["stages"]["index"]["changes"]
    assert told == [[60, 2, 3, "arrival 14.2k/s", [["ArrivalTerm", "14.2k/s"]]]]


def test_a_policy_that_never_rests_does_not_make_the_page_endless() -> None:
    restless = stage_track(changes=tuple(change(second, 2, 3) for second in range(TELLING + 50)))
    (drawn,) = data_of(render("Report", [scene(track(restless))]))
    told = drawn["runs"][0]["stages"]["index"]["changes"]
    assert len(told) == TELLING + 50
    assert len(told[0]) == 5
    assert told[-1] == [TELLING + 49, 2, 3]


def test_a_large_report_draws_one_seed_and_tells_the_figures_of_all() -> None:
    tracks = [track(seed=1), track(stage_track(oldest_seconds=level(200)), seed=2)]
    page = render("Report", [scene(*tracks, every_seed=False)])
    (drawn,) = data_of(page)
    assert [run["seed"] for run in drawn["runs"]] == [1]
    assert "0 to 10" in page


def test_each_scene_has_a_table_of_its_own() -> None:
    page = render("Report", [scene(name="sale"), scene(name="match")])
    assert page.count("<table") == 2
    assert [one["name"] for one in data_of(page)] == ["sale", "match"]


@pytest.mark.parametrize(("dated", "begins"), [(True, 1_795_000_000.0), (False, 0.0)])
def test_a_scenario_begins_at_midnight_and_a_trace_when_it_did(dated: bool, begins: float) -> None:  # noqa: FBT001
    (drawn,) = data_of(render("Report", [scene(dated=dated)]))
    assert drawn["begins"] == begins
    assert drawn["seconds"] == 600

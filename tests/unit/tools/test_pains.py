"""The page of pains says what the stories say."""

from pathlib import Path

import pytest
import yaml

from tests.scenarios.pains import Naive
from tools import pains
from tools.pains import Complaint

STORY = {
    "story": "Nothing happens.",
    "pain": {"complaint": "A hot key", "naive": "lag", "because": "it adds"},
    "expect": [{"because": "it is quiet"}, {"because": "it stays so"}],
}


@pytest.fixture
def stories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(pains, "STORIES", tmp_path)
    for complaint in Complaint:
        told = STORY | {"pain": {"complaint": str(complaint), "naive": "lag", "because": "it adds"}}
        (tmp_path / f"{complaint.name.lower()}.yaml").write_text(yaml.safe_dump(told))
    (tmp_path / "other.yaml").write_text(yaml.safe_dump({"story": "Another.", "expect": []}))
    return tmp_path


@pytest.mark.usefixtures("stories")
def test_each_pain_has_a_row_with_who_has_it_and_what_happens_here() -> None:
    page = pains.render()
    assert (
        "| A hot key | **Lag by a threshold**: it adds. | Nothing happens. It is quiet; it stays so. "
        "([hot_key](../tests/scenarios/hot_key.yaml)) |"
    ) in page
    assert page.count("\n| ") == len(Complaint) + 1
    assert "Another." not in page


def test_two_stories_of_one_pain_share_its_row(stories: Path) -> None:
    (stories / "hot_too.yaml").write_text(yaml.safe_dump(STORY | {"story": "Nor does this."}))
    row = next(line for line in pains.render().splitlines() if line.startswith("| A hot key"))
    assert "Nothing happens." in row
    assert "Nor does this." in row


def test_a_pain_without_a_story_is_no_page(stories: Path) -> None:
    (stories / "hot_key.yaml").unlink()
    with pytest.raises(LookupError, match="A hot key"):
        pains.render()


def test_there_are_words_for_everybody_who_has_one() -> None:
    assert set(pains.NAIVE) == set(Naive)
